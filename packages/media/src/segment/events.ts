/**
 * What the packager leaves, in order: the vocabulary of delivery.
 *
 * A chunk is a CMAF chunk (one moof + mdat of one track, about 100 ms), the atom of delivery. A part is a run of
 * chunks, a segment a run of parts; both are slices of the same buffers. Numbers count within one broadcast.
 */
import type { TrackConfig, TrackKind } from '../frame.ts';
import type { Ms, Ticks, UnixMs } from '../time/units.ts';

/** The CMAF header of one track, and everything a player must know before it can decode. */
export interface InitSegment {
  readonly kind: TrackKind;
  /** Counts the configurations of this track within the broadcast, from 0. */
  readonly version: number;
  readonly config: TrackConfig;
  /** ftyp + moov. */
  readonly bytes: Uint8Array;
}

/** CMAF track ids differ, so that the same chunks interleave under a two-track init. */
export const TRACK_IDS: Readonly<Record<TrackKind, number>> = { video: 1, audio: 2 };

export interface Chunk {
  readonly kind: TrackKind;
  readonly init: InitSegment;
  /** Counts this track's chunks within the broadcast, from 0. */
  readonly sequence: number;
  /** (prft +) moof + mdat. Immutable and shared: nobody writes into it. */
  readonly bytes: Uint8Array;
  /** Offset in `bytes` of the mdat payload: the coded frames back to back (an MP3 elementary stream, for one). */
  readonly payloadOffset: number;
  readonly dts: Ticks;
  readonly duration: Ticks;
  /** Starts with a frame that decoding can start at. */
  readonly key: boolean;
  /** First chunk after a discontinuity. */
  readonly discontinuity: boolean;
  /** Counts encoder sessions: grows by one at each discontinuity. */
  readonly epoch: number;
  /** Media sequence number of the segment it belongs to, and index of the part in it. */
  readonly segment: number;
  readonly part: number;
  readonly frameCount: number;
  /** When its first frame reached us. */
  readonly captureMs: UnixMs;
}

export type PackagerEvent =
  | { readonly type: 'init'; readonly init: InitSegment }
  | { readonly type: 'chunk'; readonly chunk: Chunk }
  /** The part is whole: no further chunk will join it. */
  | { readonly type: 'part-end'; readonly kind: TrackKind; readonly segment: number; readonly part: number }
  | { readonly type: 'segment-end'; readonly kind: TrackKind; readonly segment: number }
  /** Once a broadcast, before the first `segment-end`: the limits that every later part and segment keeps. */
  | { readonly type: 'targets'; readonly targets: Targets }
  /** The last event: the broadcast is over. */
  | { readonly type: 'end' };

/** What a playlist promises; fixed for the broadcast. */
export interface Targets {
  /** No part of any track is longer. Whole milliseconds. */
  readonly partTargetMs: Ms;
  /** No segment of any track, rounded to whole seconds, is longer. */
  readonly targetDurationSeconds: number;
}

export interface PackagerOptions {
  /** Target length of a chunk; 0 = one frame a chunk (lowest latency). */
  readonly chunkMs: Ms;
  readonly partMs: Ms;
  readonly segmentMs: Ms;
}
