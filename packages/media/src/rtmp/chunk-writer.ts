/**
 * Messages to chunks.
 *
 * Spec: Adobe RTMP 1.0 §5.3. Writes type 0 where a chunk stream begins, changes its message stream or steps back
 * in time, type 1 or 2 otherwise; a new message never begins with type 3, whose timestamp senders disagree about.
 * Extended timestamps are repeated on continuations, as §5.3.1.3 asks.
 * Memory: each message becomes one new array of exactly its size.
 */
import { DEFAULT_CHUNK_BYTES } from './limits.ts';
import type { RtmpMessage } from './message.ts';

const EXTENDED = 0xffffff;
/** Deltas are sent only below half the 32-bit range: above it a peer could take them for a step back. */
const MAX_DELTA_MS = 0x7fff_ffff;

interface LastHeader {
  timestampMs: number;
  lengthBytes: number;
  typeId: number;
  streamId: number;
}

export class ChunkWriter {
  #chunkBytes = DEFAULT_CHUNK_BYTES;
  readonly #last = new Map<number, LastHeader>();

  /** From the next message on. The peer must have been told by a SetChunkSize message first. */
  set chunkBytes(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** @param chunkStreamId 2 to 65,599. */
  write(chunkStreamId: number, message: RtmpMessage): Uint8Array<ArrayBuffer> {
    const { typeId, streamId, payload } = message;
    const timestampMs = message.timestampMs >>> 0;
    const last = this.#last.get(chunkStreamId);
    const deltaMs = last === undefined ? 0 : timestampMs - last.timestampMs;
    let fmt = 0;
    if (last !== undefined && last.streamId === streamId && deltaMs >= 0 && deltaMs <= MAX_DELTA_MS) {
      fmt = last.lengthBytes === payload.length && last.typeId === typeId ? 2 : 1;
    }
    const time = fmt === 0 ? timestampMs : deltaMs;
    const isExtended = time >= EXTENDED;
    const idBytes = chunkStreamId < 64 ? 1 : chunkStreamId < 320 ? 2 : 3;
    const extendedBytes = isExtended ? 4 : 0;
    const headerBytes = idBytes + (fmt === 0 ? 11 : fmt === 1 ? 7 : 3) + extendedBytes;
    const continuations = payload.length === 0 ? 0 : Math.ceil(payload.length / this.#chunkBytes) - 1;
    const out = new Uint8Array(headerBytes + payload.length + continuations * (idBytes + extendedBytes));

    let at = writeBasicHeader(out, 0, fmt, chunkStreamId);
    at = writeU24(out, at, isExtended ? EXTENDED : time);
    if (fmt < 2) {
      at = writeU24(out, at, payload.length);
      out[at++] = typeId;
    }
    if (fmt === 0) at = writeU32Le(out, at, streamId);
    if (isExtended) at = writeU32(out, at, time);
    for (let from = 0; from < payload.length; from += this.#chunkBytes) {
      if (from > 0) {
        at = writeBasicHeader(out, at, 3, chunkStreamId);
        if (isExtended) at = writeU32(out, at, time);
      }
      const part = payload.subarray(from, from + this.#chunkBytes);
      out.set(part, at);
      at += part.length;
    }
    if (last === undefined) {
      this.#last.set(chunkStreamId, { timestampMs, lengthBytes: payload.length, typeId, streamId });
    } else {
      last.timestampMs = timestampMs;
      last.lengthBytes = payload.length;
      last.typeId = typeId;
      last.streamId = streamId;
    }
    return out;
  }
}

/** §5.3.1.1: chunk stream ids of 1, 2 and 3 bytes. */
function writeBasicHeader(out: Uint8Array, at: number, fmt: number, chunkStreamId: number): number {
  if (chunkStreamId < 64) {
    out[at] = (fmt << 6) | chunkStreamId;
    return at + 1;
  }
  const rest = chunkStreamId - 64;
  out[at] = (fmt << 6) | (rest < 256 ? 0 : 1);
  out[at + 1] = rest & 0xff;
  if (rest < 256) return at + 2;
  out[at + 2] = rest >> 8;
  return at + 3;
}

function writeU24(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 16;
  out[at + 1] = value >>> 8;
  out[at + 2] = value;
  return at + 3;
}

function writeU32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  return writeU24(out, at + 1, value);
}

function writeU32Le(out: Uint8Array, at: number, value: number): number {
  out[at] = value;
  out[at + 1] = value >>> 8;
  out[at + 2] = value >>> 16;
  out[at + 3] = value >>> 24;
  return at + 4;
}
