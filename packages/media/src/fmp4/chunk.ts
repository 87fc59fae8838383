/**
 * One CMAF chunk: (prft +) moof + mdat of one track.
 *
 * In: the frames, in decode order. Out: the bytes in one allocation of exactly their size; every payload is copied
 * once. This is on the way of every frame, so nothing here grows, nests or allocates by frame.
 * What all samples share (duration, size, flags) stands once in tfhd; only what differs goes into trun.
 * Spec: ISO/IEC 14496-12 §8.16.5 (prft), §8.8.4 to §8.8.8 and §8.8.12 (moof, mfhd, traf, tfhd, trun, tfdt),
 * §8.1.1 (mdat); ISO/IEC 23000-19 §7.3.2 (CMAF chunk).
 */
import { assert } from '../bytes/index.ts';
import type { Frame } from '../frame.ts';
import type { Ticks, UnixMs } from '../time/units.ts';

export interface ChunkInput {
  readonly trackId: number;
  /** mfhd's sequence_number: grows with every chunk. */
  readonly sequenceNumber: number;
  readonly timescale: number;
  /** At least one; dts strictly increasing. All of one track. */
  readonly frames: readonly Frame[];
  /** When the first frame reached us; written as `prft` when given. */
  readonly captureMs?: UnixMs | undefined;
}

export interface WrittenChunk {
  /** Exactly as long as its buffer. Give it away as immutable. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the coded frames begin, back to back, to the end of `bytes`. */
  readonly payloadOffset: number;
}

const PRFT_BYTES = 32;
const MOOF_HEADER_BYTES = 8;
const MFHD_BYTES = 16;
const TRAF_HEADER_BYTES = 8;
const TFHD_BYTES = 28;
const TFDT_BYTES = 20;
const TRUN_HEADER_BYTES = 20;
const MDAT_HEADER_BYTES = 8;
/** Box sizes are 32-bit here; a chunk of that size is a defect of the caller, who cuts by time and bytes. */
const MAX_CHUNK_BYTES = 0x7fff_ffff;

/** prft flags 24: the clock is consistent, at a small constant distance from when the picture was taken. */
const PRFT_CAPTURED = 24;
/** Seconds from 1900, where NTP counts from, to 1970 (RFC 5905 §6). */
const NTP_UNIX_OFFSET_S = 2_208_988_800;

/** tfhd tf_flags (§8.8.7.1). */
const TFHD_DEFAULT_DURATION = 0x00_0008;
const TFHD_DEFAULT_SIZE = 0x00_0010;
const TFHD_DEFAULT_FLAGS = 0x00_0020;
const TFHD_DEFAULT_BASE_IS_MOOF = 0x02_0000;
/** trun tr_flags (§8.8.8.1). */
const TRUN_DATA_OFFSET = 0x00_0001;
const TRUN_FIRST_FLAGS = 0x00_0004;
const TRUN_DURATION = 0x00_0100;
const TRUN_SIZE = 0x00_0200;
const TRUN_FLAGS = 0x00_0400;
const TRUN_COMPOSITION = 0x00_0800;

/** Sample flags (§8.8.3.1): sample_depends_on 2 = on no other; 1 = on others, with sample_is_non_sync_sample. */
const FLAGS_KEY = 0x0200_0000;
const FLAGS_DELTA = 0x0101_0000;

const FOURCC = {
  prft: 0x7072_6674,
  moof: 0x6d6f_6f66,
  mfhd: 0x6d66_6864,
  traf: 0x7472_6166,
  tfhd: 0x7466_6864,
  tfdt: 0x7466_6474,
  trun: 0x7472_756e,
  mdat: 0x6d64_6174,
} as const;

/**
 * A sample lasts until the next one's dts, so that the chunk has no seams inside; the last lasts as long as its
 * frame says.
 */
export function writeChunk(input: ChunkInput): WrittenChunk {
  const { frames } = input;
  const first = frames[0];
  assert(first !== undefined, 'a chunk has at least one frame');

  // What do all samples share?
  const defaultDuration = durationAt(frames, 0);
  const defaultSize = first.payload.length;
  let payloadBytes = 0;
  let sameDuration = true;
  let sameSize = true;
  let composed = false;
  let keyAfterFirst = false;
  let deltaAfterFirst = false;
  for (let i = 0; i < frames.length; i++) {
    const frame = frameAt(frames, i);
    payloadBytes += frame.payload.length;
    if (durationAt(frames, i) !== defaultDuration) sameDuration = false;
    if (frame.payload.length !== defaultSize) sameSize = false;
    if (frame.pts !== frame.dts) composed = true;
    if (i > 0 && frame.key) keyAfterFirst = true;
    if (i > 0 && !frame.key) deltaAfterFirst = true;
  }
  // Flags: one value for all, or an exception for the first (a key frame and what depends on it), or each its own.
  const sameFlags = first.key ? !deltaAfterFirst : !keyAfterFirst;
  const firstDiffers = !sameFlags && !(first.key ? keyAfterFirst : deltaAfterFirst);
  const defaultFlags = (sameFlags ? first.key : !first.key) ? FLAGS_KEY : FLAGS_DELTA;

  const tfhdFlags =
    TFHD_DEFAULT_BASE_IS_MOOF | TFHD_DEFAULT_DURATION | TFHD_DEFAULT_SIZE | TFHD_DEFAULT_FLAGS;
  const trunFlags =
    TRUN_DATA_OFFSET |
    (firstDiffers ? TRUN_FIRST_FLAGS : 0) |
    (sameDuration ? 0 : TRUN_DURATION) |
    (sameSize ? 0 : TRUN_SIZE) |
    (sameFlags || firstDiffers ? 0 : TRUN_FLAGS) |
    (composed ? TRUN_COMPOSITION : 0);
  const sampleBytes =
    (sameDuration ? 0 : 4) + (sameSize ? 0 : 4) + (sameFlags || firstDiffers ? 0 : 4) + (composed ? 4 : 0);

  const prftBytes = input.captureMs === undefined ? 0 : PRFT_BYTES;
  const tfhdBytes = TFHD_BYTES;
  const trunBytes = TRUN_HEADER_BYTES + (firstDiffers ? 4 : 0) + frames.length * sampleBytes;
  const trafBytes = TRAF_HEADER_BYTES + tfhdBytes + TFDT_BYTES + trunBytes;
  const moofBytes = MOOF_HEADER_BYTES + MFHD_BYTES + trafBytes;
  const payloadOffset = prftBytes + moofBytes + MDAT_HEADER_BYTES;
  const totalBytes = payloadOffset + payloadBytes;
  assert(totalBytes <= MAX_CHUNK_BYTES, 'a chunk is smaller than 2 GiB');

  const bytes = new Uint8Array(totalBytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u32 = (value: number): void => {
    view.setUint32(at, value);
    at += 4;
  };
  const u64 = (value: number): void => {
    view.setUint32(at, Math.floor(value / 0x1_0000_0000));
    view.setUint32(at + 4, value >>> 0);
    at += 8;
  };

  if (input.captureMs !== undefined) {
    u32(PRFT_BYTES); //                                  size
    u32(FOURCC.prft); //                                 type
    u32((1 << 24) | PRFT_CAPTURED); //                   version 1, flags
    u32(input.trackId); //                               reference_track_ID
    const seconds = Math.floor(input.captureMs / 1000);
    u32(seconds + NTP_UNIX_OFFSET_S); //                 ntp_timestamp: seconds
    u32(Math.floor(((input.captureMs - seconds * 1000) / 1000) * 0x1_0000_0000)); // ntp_timestamp: fraction
    u64(first.pts); //                                   media_time
  }

  u32(moofBytes); //                                     size
  u32(FOURCC.moof); //                                   type

  u32(MFHD_BYTES); //                                    size
  u32(FOURCC.mfhd); //                                   type
  u32(0); //                                             version, flags
  u32(input.sequenceNumber); //                          sequence_number

  u32(trafBytes); //                                     size
  u32(FOURCC.traf); //                                   type

  u32(tfhdBytes); //                                     size
  u32(FOURCC.tfhd); //                                   type
  u32(tfhdFlags); //                                     version 0, tf_flags
  u32(input.trackId); //                                 track_ID
  u32(defaultDuration); //                               default_sample_duration
  u32(defaultSize); //                                   default_sample_size
  u32(defaultFlags); //                                  default_sample_flags

  u32(TFDT_BYTES); //                                    size
  u32(FOURCC.tfdt); //                                   type
  u32(1 << 24); //                                       version 1, flags
  u64(first.dts); //                                     baseMediaDecodeTime

  u32(trunBytes); //                                     size
  u32(FOURCC.trun); //                                   type
  u32((1 << 24) | trunFlags); //                         version 1 (signed composition offsets), tr_flags
  u32(frames.length); //                                 sample_count
  u32(moofBytes + MDAT_HEADER_BYTES); //                 data_offset, from the start of moof
  if (firstDiffers) u32(first.key ? FLAGS_KEY : FLAGS_DELTA); // first_sample_flags
  if (sampleBytes > 0) {
    for (let i = 0; i < frames.length; i++) {
      const frame = frameAt(frames, i);
      if (!sameDuration) u32(durationAt(frames, i)); //  sample_duration
      if (!sameSize) u32(frame.payload.length); //       sample_size
      if ((trunFlags & TRUN_FLAGS) !== 0) u32(frame.key ? FLAGS_KEY : FLAGS_DELTA); // sample_flags
      if (composed) {
        view.setInt32(at, frame.pts - frame.dts); //     sample_composition_time_offset
        at += 4;
      }
    }
  }

  u32(MDAT_HEADER_BYTES + payloadBytes); //              size
  u32(FOURCC.mdat); //                                   type
  assert(at === payloadOffset, 'the boxes are as long as computed');
  for (let i = 0; i < frames.length; i++) {
    const { payload } = frameAt(frames, i);
    bytes.set(payload, at);
    at += payload.length;
  }
  return { bytes, payloadOffset };
}

function frameAt(frames: readonly Frame[], index: number): Frame {
  const frame = frames[index];
  assert(frame !== undefined, 'frames has no holes');
  return frame;
}

function durationAt(frames: readonly Frame[], index: number): Ticks {
  const frame = frameAt(frames, index);
  const next = frames[index + 1];
  return next === undefined ? frame.duration : next.dts - frame.dts;
}
