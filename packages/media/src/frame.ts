/**
 * The words that every layer of this package shares: what a track is, and what a frame is.
 *
 * A frame is one access unit: one coded picture, or one packet of audio. It is the atom of the engine.
 * `TagEvent` is what a container reader (FLV) leaves; `Frame` is what the timeline leaves.
 */
import type { Ms, Ticks, UnixMs } from './time/units.ts';

export type TrackKind = 'video' | 'audio';

/** Codecs the tables know. A codec joins by a row in `codec/`, not by an `if`. */
export type VideoCodec = 'avc';
export type AudioCodec = 'aac' | 'mp3';

/** How sample values mean colours: code points of ISO/IEC 23091-2 (the VUI's, and the `colr` box's). */
export interface VideoColour {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
}

/** The parameters of a video track, from its parameter sets (never from onMetaData). */
export interface VideoConfig {
  readonly kind: 'video';
  readonly codec: VideoCodec;
  /** RFC 6381, exact, from the parameter sets: `avc1.64001F`. */
  readonly codecString: string;
  /** The codec's configuration record as it goes into the sample entry (avcC without its box header). */
  readonly record: Uint8Array;
  /** Size of the picture after cropping, in luma samples. */
  readonly width: number;
  readonly height: number;
  /** Sample (pixel) aspect ratio; [1, 1] when the parameter sets do not say. */
  readonly sampleAspectRatio: readonly [number, number];
  /** Frames a second when the parameter sets say so (VUI timing), else undefined. */
  readonly frameRate: number | undefined;
  readonly timescale: number;
  /** When the parameter sets say so. */
  readonly colour?: VideoColour | undefined;
}

/** The parameters of an audio track. */
export interface AudioConfig {
  readonly kind: 'audio';
  readonly codec: AudioCodec;
  /** RFC 6381: `mp4a.40.2`, `mp4a.40.5`, `mp4a.6B`. */
  readonly codecString: string;
  /** AudioSpecificConfig for AAC; empty for codecs that need none (MP3). */
  readonly record: Uint8Array;
  /** The rate of the samples that come out (for HE-AAC twice the core's). */
  readonly sampleRate: number;
  readonly channels: number;
  /** Output samples a frame, in `timescale` ticks: 1,024 for AAC LC, 1,152 for MPEG-1 Layer III. */
  readonly frameTicks: Ticks;
  /** Ticks a second: the sample rate. */
  readonly timescale: number;
}

export type TrackConfig = VideoConfig | AudioConfig;

/** One access unit as a container carried it: times as the sender wrote them, not yet repaired. */
export interface RawFrame {
  readonly kind: TrackKind;
  /** Decode time in ms as sent: unsigned 32-bit, may wrap, jump or step back. */
  readonly dtsMs: Ms;
  /** pts - dts in ms, signed 24-bit on the wire. */
  readonly compositionOffsetMs: Ms;
  /** A point where decoding can start (for audio: always). */
  readonly key: boolean;
  /** The coded bytes as they go into `mdat`: length-prefixed NAL units for AVC, a raw packet for audio. */
  readonly payload: Uint8Array;
}

/** What a container reader leaves, in the order of the stream. */
export type TagEvent =
  /** A new or changed configuration of a track. An identical repetition is not reported. */
  | { readonly type: 'config'; readonly config: TrackConfig }
  | { readonly type: 'frame'; readonly frame: RawFrame }
  /** onMetaData: a hint for people and programs, never the truth about which tracks exist. */
  | { readonly type: 'metadata'; readonly values: ReadonlyMap<string, unknown> }
  /** The sender announced the end of this track. */
  | { readonly type: 'end'; readonly kind: TrackKind }
  /** Something that cannot be used was left out; `code` says why (`flv/avc-nal-length`, `flv/audio-codec-unsupported`). */
  | {
      readonly type: 'dropped';
      readonly kind: TrackKind | undefined;
      readonly code: string;
      readonly message: string;
    };

/** One access unit on the broadcast's timeline. */
export interface Frame {
  readonly kind: TrackKind;
  /** Decode time in the track's timescale; never steps back within a track; starts near 0 and never wraps. */
  readonly dts: Ticks;
  /** Presentation time in the track's timescale; may be below dts only where the codec says so. */
  readonly pts: Ticks;
  /** How long it lasts, in ticks: exact for audio, for video the best estimate when it arrived. */
  readonly duration: Ticks;
  readonly key: boolean;
  /** Decoding cannot go on from the frame before it: the encoder came back, or its clock jumped. */
  readonly discontinuity: boolean;
  readonly payload: Uint8Array;
  /** When it reached us. */
  readonly arrivalMs: UnixMs;
}
