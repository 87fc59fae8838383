/**
 * Packed audio: elementary frames with the media time in front, made from the chunks of the CMAF track.
 *
 * Spec: RFC 8216 §3.4: each segment begins with an ID3 tag holding a PRIV frame owned by
 * `com.apple.streaming.transportStreamTimestamp`, a 33-bit MPEG-2 timestamp (90 kHz) in eight octets.
 * ID3v2.4.0 §3.1 (header, synchsafe size), §4.27 (PRIV).
 * Memory: the frames are views into the chunks; only the tag is new.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { assert } from '../bytes/format-error.ts';
import type { Chunk } from '../segment/events.ts';
import type { Ticks } from '../time/units.ts';

const OWNER = 'com.apple.streaming.transportStreamTimestamp';
const PRIV_BYTES = OWNER.length + 1 + 8;
const ID3_HEADER_BYTES = 10;
const FRAME_HEADER_BYTES = 10;
export const TIMESTAMP_TAG_BYTES = ID3_HEADER_BYTES + FRAME_HEADER_BYTES + PRIV_BYTES;
const MPEG_CLOCK_WRAP = 2 ** 33;

export function timestampTag(time: Ticks, timescale: number): Uint8Array<ArrayBuffer> {
  // Both sizes are below 128, so that their synchsafe form is the number itself.
  return new ByteWriter(TIMESTAMP_TAG_BYTES)
    .ascii('ID3')
    .u16(0x0400) // version 2.4.0
    .u8(0) // flags
    .u32(FRAME_HEADER_BYTES + PRIV_BYTES) // size
    .ascii('PRIV')
    .u32(PRIV_BYTES) // size
    .u16(0) // flags
    .ascii(OWNER)
    .u8(0)
    .u64(Math.round((time * 90_000) / timescale) % MPEG_CLOCK_WRAP)
    .finish();
}

/** The pieces of a packed-audio segment or part, to be sent one after the other. */
export function packedAudioPieces(chunks: readonly Chunk[]): Uint8Array[] {
  const first = chunks[0];
  assert(first !== undefined, 'a segment has chunks');
  const tag = timestampTag(first.dts, first.init.config.timescale);
  return [tag, ...chunks.map((chunk) => chunk.bytes.subarray(chunk.payloadOffset))];
}
