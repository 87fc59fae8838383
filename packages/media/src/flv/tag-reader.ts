/**
 * FLV tag bodies to configurations and frames: stop 4 on the way of a frame.
 *
 * In: the body of one audio, video or data tag (an RTMP message carries exactly that), with its timestamp.
 * Out: what it holds, in order. Nothing throws here: what cannot be used is reported as `dropped` with a code.
 * Which codecs exist is in codec-table.ts; what their packets mean is with each codec's track.
 * Spec: FLV 10.1 §E.4.2 (AUDIODATA), §E.4.3 (VIDEODATA), §E.4.4 (SCRIPTDATA); Enhanced RTMP v2 (the FourCC headers
 * are recognised, so that their codecs can be refused by name).
 */
import type { TagEvent, TrackKind } from '../frame.ts';
import type { Ms } from '../time/units.ts';
import { AUDIO_CODEC_ROWS, FOURCC_NAMES, VIDEO_CODEC_ROWS } from './codec-table.ts';
import { type CodecRow, type CodecTrack, dropped, orDropped } from './codec-track.ts';
import { readMetadata } from './metadata.ts';

/** Frame types (§E.4.3.1). 2 and 3 are inter frames. */
const FRAME_KEY = 1;
const FRAME_GENERATED_KEY = 4;
const FRAME_INFO = 5;
/** Bit 7 of the first byte of a video body: an Enhanced RTMP header with a FourCC. */
const VIDEO_EX_HEADER = 0x80;
/** SoundFormat 9: likewise for audio. */
const AUDIO_EX_HEADER = 9;

/** AVCPacketType, AACPacketType. */
const PACKET_SEQUENCE_HEADER = 0;
const PACKET_CODED = 1;
const PACKET_END_OF_SEQUENCE = 2;

/** Unsupported codecs are reported once each; a sender that invents more than these is reported no further. */
const MAX_REFUSED_CODECS = 16;

interface OpenTrack {
  readonly row: CodecRow;
  readonly codec: CodecTrack;
}

/** Reads the tags of one publisher; a new publisher gets a new reader. */
export class TagReader {
  #video: OpenTrack | undefined;
  #audio: OpenTrack | undefined;
  readonly #refused = new Set<string>();

  /**
   * Units: `timestampMs` unsigned 32-bit as sent; it is handed on untouched.
   * Memory: payloads are views into `body` wherever nothing had to be left out: do not write into it afterwards.
   * Configurations are copies.
   */
  read(type: 'audio' | 'video' | 'data', timestampMs: Ms, body: Uint8Array): TagEvent[] {
    const out: TagEvent[] = [];
    // A message without a body is how some encoders fill a silence: no error.
    if (body.length === 0) return out;
    switch (type) {
      case 'video':
        this.#readVideo(timestampMs, body, out);
        break;
      case 'audio':
        this.#readAudio(timestampMs, body, out);
        break;
      case 'data': {
        const values = orDropped(undefined, out, () => readMetadata(body));
        if (values !== undefined) out.push({ type: 'metadata', values });
        break;
      }
    }
    return out;
  }

  #readVideo(timestampMs: Ms, body: Uint8Array, out: TagEvent[]): void {
    const first = body[0] ?? 0;
    if ((first & VIDEO_EX_HEADER) !== 0) {
      this.#refuseFourCc('video', body, out);
      return;
    }
    const frameType = first >> 4; //                     FrameType
    const codecId = first & 0x0f; //                     CodecID
    if (frameType === FRAME_INFO) {
      out.push(dropped('video', 'flv/video-info-frame', 'a command frame (seek marks) holds no picture'));
      return;
    }
    const track = this.#open('video', this.#video, VIDEO_CODEC_ROWS.get(codecId), codecId, out);
    if (track === undefined) return;
    this.#video = track;
    if (body.length < 5) {
      // A lone frame header is the video side of an empty message; more is a cut header.
      if (body.length > 1)
        out.push(dropped('video', 'flv/video-tag-short', `a video tag of ${body.length} bytes`));
      return;
    }
    const packetType = body[1]; //                       AVCPacketType
    const compositionOffsetMs = signed24(body, 2); //    CompositionTime
    const keyFlagged = frameType === FRAME_KEY || frameType === FRAME_GENERATED_KEY;
    const payload = body.subarray(5);
    if (packetType === PACKET_CODED) {
      track.codec.packet({ dtsMs: timestampMs, compositionOffsetMs, keyFlagged, payload }, out);
    } else {
      readControl('video', packetType, payload, track.codec, out);
    }
  }

  #readAudio(timestampMs: Ms, body: Uint8Array, out: TagEvent[]): void {
    const first = body[0] ?? 0;
    const format = first >> 4; //                        SoundFormat; rate, size and type below it say nothing true
    if (format === AUDIO_EX_HEADER) {
      this.#refuseFourCc('audio', body, out);
      return;
    }
    const track = this.#open('audio', this.#audio, AUDIO_CODEC_ROWS.get(format), format, out);
    if (track === undefined) return;
    this.#audio = track;
    if (track.row.packetTypes !== true) {
      const packet = {
        dtsMs: timestampMs,
        compositionOffsetMs: 0,
        keyFlagged: true,
        payload: body.subarray(1),
      };
      track.codec.packet(packet, out);
      return;
    }
    if (body.length < 2) return;
    const packetType = body[1]; //                       AACPacketType
    const payload = body.subarray(2);
    if (packetType === PACKET_CODED) {
      track.codec.packet({ dtsMs: timestampMs, compositionOffsetMs: 0, keyFlagged: true, payload }, out);
    } else {
      readControl('audio', packetType, payload, track.codec, out);
    }
  }

  /** The track of this codec: the open one, or a new one when the publisher changed codecs. */
  #open(
    kind: TrackKind,
    current: OpenTrack | undefined,
    row: CodecRow | undefined,
    id: number,
    out: TagEvent[],
  ): OpenTrack | undefined {
    if (row !== undefined && row === current?.row) return current;
    if (row?.open === undefined) {
      this.#refuse(kind, row?.name ?? `${kind} codec ${id}`, out);
      return undefined;
    }
    return { row, codec: row.open() };
  }

  #refuseFourCc(kind: TrackKind, body: Uint8Array, out: TagEvent[]): void {
    const fourCc = String.fromCharCode(...body.subarray(1, 5)).replaceAll(/[^ -~]/g, '?');
    this.#refuse(kind, FOURCC_NAMES.get(fourCc) ?? `FourCC "${fourCc}"`, out);
  }

  #refuse(kind: TrackKind, name: string, out: TagEvent[]): void {
    if (this.#refused.has(name) || this.#refused.size >= MAX_REFUSED_CODECS) return;
    this.#refused.add(name);
    out.push(dropped(kind, `flv/${kind}-codec-unsupported`, `${name} is not supported`));
  }
}

function readControl(
  kind: TrackKind,
  packetType: number | undefined,
  payload: Uint8Array,
  codec: CodecTrack,
  out: TagEvent[],
): void {
  if (packetType === PACKET_SEQUENCE_HEADER) codec.configure(payload, out);
  else if (packetType === PACKET_END_OF_SEQUENCE) out.push({ type: 'end', kind });
  else out.push(dropped(kind, `flv/${kind}-packet-type`, `packet type ${packetType}`));
}

function signed24(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8)) >> 8;
}
