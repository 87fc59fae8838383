/**
 * Chunks to messages: bytes in by `push`, messages out by `next`.
 *
 * Spec: Adobe RTMP 1.0 §5.3 (chunking), §5.4.1 and §5.4.2 (SetChunkSize, Abort: applied here, not reported).
 * Bytes may be cut anywhere. A payload is copied once, from the input into an array of exactly its size; only
 * messages above `EAGER_BYTES` are grown into (doubling), so that an announced length alone costs nothing.
 *
 * Where senders and specification differ:
 * - A type-3 chunk that starts a message re-applies the last delta (§5.3.1.2.4). After a type 0 that delta is the
 *   type-0 timestamp itself; nginx-rtmp and gortmplib take 0. Both agree while it is small; a jump of more than
 *   `MAX_FIRST_DELTA_MS` is not believed and taken as 0.
 * - The extended timestamp is repeated on type-3 chunks (§5.3.1.3), but some senders leave it out: the four bytes
 *   count as a timestamp only if they equal the one expected.
 *
 * @throws {FormatError} from `next`; the connection cannot go on after one. Codes `rtmp/…` below.
 */
import { assert, FormatError } from '../bytes/index.ts';
import {
  DEFAULT_CHUNK_BYTES,
  EAGER_BYTES,
  MAX_CHUNK_STREAMS,
  MAX_MESSAGE_BYTES,
  MAX_PARTIAL_BYTES,
} from './limits.ts';
import { MESSAGE, type RtmpMessage } from './message.ts';

/** §5.3.1.2: bytes of the message header, by chunk type. */
const MESSAGE_HEADER_BYTES = [11, 7, 3, 0] as const;
/** 3-byte basic header, 11-byte message header, extended timestamp. */
const MAX_CHUNK_HEADER_BYTES = 3 + 11 + 4;
/** §5.3.1.3: this value in the 24-bit field says that 32 bits follow. */
const EXTENDED = 0xffffff;
/** A real second message is a frame after the first, never more than this. */
const MAX_FIRST_DELTA_MS = 1000;

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What is remembered of a chunk stream: its last header, and the message it is in the middle of. */
class ChunkStream {
  timestampMs = 0;
  deltaMs = 0;
  lengthBytes = 0;
  typeId = 0;
  streamId = 0;
  /** The 32-bit field of the last header of type 0, 1 or 2, if it had one. */
  extendedField: number | undefined;
  /** The last header was of type 0: its timestamp is absolute. */
  afterAbsolute = false;
  payload: Uint8Array | undefined;
  received = 0;
}

export class ChunkReader {
  /** Bytes of payload a chunk, as the peer set it. */
  #chunkBytes = DEFAULT_CHUNK_BYTES;
  #maxMessageBytes: number;
  readonly #streams = new Map<number, ChunkStream>();
  /** Bytes held in half-received messages, all chunk streams together. */
  #partialBytes = 0;
  /** The part of those arrays that is allocated but not filled yet. */
  #unfilledBytes = 0;

  #input = NO_BYTES;
  #at = 0;
  /** A chunk header that the end of the last input cut off. */
  readonly #header = new Uint8Array(MAX_CHUNK_HEADER_BYTES);
  #headerLength = 0;
  /** Bytes of input consumed before `#input`. */
  #consumedBefore = 0;

  /** The chunk whose payload is being read. */
  #current: ChunkStream | undefined;
  #chunkLeft = 0;

  constructor(maxMessageBytes = MAX_MESSAGE_BYTES) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Applies to messages that start from now on. */
  set maxMessageBytes(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Half-received payload held now, for tests and statistics. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  /** Gives the reader its next bytes. All messages of the bytes before must have been taken by `next`. */
  push(bytes: Uint8Array): void {
    assert(this.#at === this.#input.length, 'the reader was drained before it got more');
    this.#consumedBefore += this.#input.length;
    this.#input = bytes;
    this.#at = 0;
  }

  /** The next whole message, or `undefined` when it needs more bytes. */
  next(): RtmpMessage | undefined {
    for (;;) {
      const current = this.#current ?? this.#readHeader();
      if (current === undefined) return this.#drained();
      const message = this.#readPayload(current);
      if (message !== undefined) {
        if (message.typeId !== MESSAGE.setChunkSize && message.typeId !== MESSAGE.abort) return message;
        this.#applyControl(message);
      } else if (this.#current !== undefined) return this.#drained();
    }
  }

  /** Forgets the input, so that its memory is not held until the next one. */
  #drained(): undefined {
    assert(this.#at === this.#input.length, 'nothing is left of the input');
    this.#consumedBefore += this.#input.length;
    this.#input = NO_BYTES;
    this.#at = 0;
  }

  #fail(code: string, message: string): never {
    throw new FormatError(code, message, this.#consumedBefore + this.#at);
  }

  /**
   * One chunk header, either straight from the input or, when the last input ended within it, put together in
   * `#header`. Leaves `#current` and `#chunkLeft` set.
   */
  #readHeader(): ChunkStream | undefined {
    if (this.#headerLength === 0) {
      const used = this.#parseHeader(this.#input, this.#at, this.#input.length);
      if (used > 0) {
        this.#at += used;
        return this.#current;
      }
      while (this.#at < this.#input.length) this.#header[this.#headerLength++] = this.#input[this.#at++] ?? 0;
      return undefined;
    }
    // Byte by byte: at most 18 of them, and only where an input ended within a header.
    while (this.#at < this.#input.length) {
      this.#header[this.#headerLength++] = this.#input[this.#at++] ?? 0;
      const used = this.#parseHeader(this.#header, 0, this.#headerLength);
      if (used === 0) continue;
      // Bytes looked at for an extended timestamp that turned out not to be there are payload.
      if (used < this.#headerLength) this.#unread(this.#header.slice(used, this.#headerLength));
      this.#headerLength = 0;
      return this.#current;
    }
    return undefined;
  }

  /** Puts bytes back before the rest of the input: at most four, and rarely. */
  #unread(bytes: Uint8Array): void {
    const rest = this.#input.subarray(this.#at);
    const joined = new Uint8Array(bytes.length + rest.length);
    joined.set(bytes);
    joined.set(rest, bytes.length);
    this.#consumedBefore += this.#at - bytes.length;
    this.#input = joined;
    this.#at = 0;
  }

  /**
   * §5.3.1. Returns the number of bytes the header takes, or 0 when it is not whole within `bytes[at, end)`.
   * State changes only when it is whole.
   */
  #parseHeader(bytes: Uint8Array, at: number, end: number): number {
    if (at >= end) return 0;
    const first = bytes[at] ?? 0;
    const fmt = first >> 6;
    let id = first & 0x3f;
    let pos = at + 1;
    if (id < 2) {
      // §5.3.1.1: 0 and 1 say that one or two more bytes follow.
      const idBytes = id + 1;
      if (pos + idBytes > end) return 0;
      id = 64 + (bytes[pos] ?? 0) + (idBytes === 2 ? (bytes[pos + 1] ?? 0) * 256 : 0);
      pos += idBytes;
    }
    const headerBytes = MESSAGE_HEADER_BYTES[fmt] ?? 0;
    if (pos + headerBytes > end) return 0;
    const known = this.#streams.get(id);
    if (known === undefined && fmt >= 2) {
      this.#fail(
        'rtmp/chunk-without-header',
        `a type ${fmt} chunk on a chunk stream that never had a header`,
      );
    }
    if (fmt === 3) return this.#continue(known, bytes, at, pos, end);

    const field = readU24(bytes, pos);
    let extendedField: number | undefined;
    let after = pos + headerBytes;
    if (field === EXTENDED) {
      if (after + 4 > end) return 0;
      extendedField = readU32(bytes, after);
      after += 4;
    }
    const stream = known ?? this.#open(id);
    const lengthBytes = fmt === 2 ? stream.lengthBytes : readU24(bytes, pos + 3);
    if (stream.payload !== undefined) {
      // Some senders repeat a full header within a message. With the same length it is one more continuation.
      if (lengthBytes !== stream.lengthBytes) {
        this.#fail('rtmp/message-length-changed', 'a new length in the middle of a message');
      }
      stream.extendedField = extendedField;
      this.#startChunk(stream);
      return after - at;
    }
    if (fmt < 2) {
      stream.lengthBytes = lengthBytes;
      stream.typeId = bytes[pos + 6] ?? 0;
    }
    const value = extendedField ?? field;
    if (fmt === 0) {
      stream.streamId = readU32Le(bytes, pos + 7);
      stream.timestampMs = value;
    } else {
      stream.timestampMs = (stream.timestampMs + value) >>> 0;
    }
    stream.deltaMs = value;
    stream.afterAbsolute = fmt === 0;
    stream.extendedField = extendedField;
    this.#startMessage(stream);
    return after - at;
  }

  /** A type-3 chunk: the rest of a message, or a new message like the last one. */
  #continue(
    stream: ChunkStream | undefined,
    bytes: Uint8Array,
    at: number,
    pos: number,
    end: number,
  ): number {
    assert(stream !== undefined, 'the caller refused a fresh chunk stream');
    let after = pos;
    if (stream.extendedField !== undefined) {
      const repeated = matchU32(bytes, pos, end, stream.extendedField);
      if (repeated === undefined) return 0;
      if (repeated) after += 4;
    }
    if (stream.payload !== undefined) {
      this.#startChunk(stream);
      return after - at;
    }
    if (stream.afterAbsolute) {
      if (stream.deltaMs > MAX_FIRST_DELTA_MS) stream.deltaMs = 0;
      stream.afterAbsolute = false;
    }
    stream.timestampMs = (stream.timestampMs + stream.deltaMs) >>> 0;
    this.#startMessage(stream);
    return after - at;
  }

  #open(id: number): ChunkStream {
    if (this.#streams.size >= MAX_CHUNK_STREAMS) {
      this.#fail('rtmp/too-many-chunk-streams', `more than ${MAX_CHUNK_STREAMS} chunk streams`);
    }
    const stream = new ChunkStream();
    this.#streams.set(id, stream);
    return stream;
  }

  #startMessage(stream: ChunkStream): void {
    if (stream.lengthBytes > this.#maxMessageBytes) {
      this.#fail(
        'rtmp/message-too-large',
        `${stream.lengthBytes} bytes announced, ${this.#maxMessageBytes} allowed`,
      );
    }
    stream.payload = NO_BYTES;
    stream.received = 0;
    this.#startChunk(stream);
  }

  #startChunk(stream: ChunkStream): void {
    this.#current = stream;
    this.#chunkLeft = Math.min(this.#chunkBytes, stream.lengthBytes - stream.received);
  }

  /** As much of the current chunk's payload as the input has. The message, if that completes it. */
  #readPayload(stream: ChunkStream): RtmpMessage | undefined {
    const available = Math.min(this.#chunkLeft, this.#input.length - this.#at);
    const isWhole = stream.received === 0 && available === stream.lengthBytes;
    const from = this.#at;
    this.#at += available;
    this.#chunkLeft -= available;
    if (this.#chunkLeft === 0) this.#current = undefined;
    if (isWhole) {
      // The whole message lies in this chunk and this input: most audio, and all commands.
      return this.#finish(stream, new Uint8Array(this.#input.subarray(from, this.#at)));
    }
    if (available > 0) {
      this.#makeRoom(stream, available);
      const payload = stream.payload;
      assert(payload !== undefined, 'a message in progress has its array');
      payload.set(this.#input.subarray(from, this.#at), stream.received);
      stream.received += available;
      this.#partialBytes += available;
      this.#unfilledBytes -= available;
    }
    if (stream.received < stream.lengthBytes) return undefined;
    const payload = stream.payload;
    assert(payload?.length === stream.lengthBytes, 'a finished message fills its array');
    this.#partialBytes -= payload.length;
    return this.#finish(stream, payload);
  }

  #finish(stream: ChunkStream, payload: Uint8Array): RtmpMessage {
    stream.payload = undefined;
    stream.received = 0;
    return { typeId: stream.typeId, streamId: stream.streamId, timestampMs: stream.timestampMs, payload };
  }

  /** Makes the array of a message large enough for `byteCount` more, never larger than the message. */
  #makeRoom(stream: ChunkStream, byteCount: number): void {
    const payload = stream.payload ?? NO_BYTES;
    const needed = stream.received + byteCount;
    if (needed <= payload.length) return;
    if (this.#partialBytes + byteCount > MAX_PARTIAL_BYTES) {
      this.#fail('rtmp/too-much-unfinished', `more than ${MAX_PARTIAL_BYTES} bytes of unfinished messages`);
    }
    const wanted = Math.max(needed, payload.length * 2, EAGER_BYTES - this.#unfilledBytes);
    const capacity = Math.min(stream.lengthBytes, wanted);
    const grown = new Uint8Array(capacity);
    grown.set(payload.subarray(0, stream.received));
    this.#unfilledBytes += capacity - payload.length;
    stream.payload = grown;
  }

  #drop(stream: ChunkStream): void {
    this.#partialBytes -= stream.received;
    this.#unfilledBytes -= (stream.payload?.length ?? 0) - stream.received;
    stream.payload = undefined;
    stream.received = 0;
  }

  /** §5.4.1, §5.4.2 */
  #applyControl(message: RtmpMessage): void {
    if (message.payload.length < 4)
      this.#fail('rtmp/control-short', 'a control message of less than 4 bytes');
    const value = readU32(message.payload, 0);
    if (message.typeId === MESSAGE.setChunkSize) {
      // The top bit must be zero and is ignored. Sizes above 65,536 are against the specification and harmless:
      // a message is bounded by itself.
      const chunkBytes = value & 0x7fff_ffff;
      if (chunkBytes === 0) this.#fail('rtmp/chunk-size-zero', 'a chunk size of 0');
      this.#chunkBytes = chunkBytes;
      return;
    }
    const stream = this.#streams.get(value);
    if (stream !== undefined) this.#drop(stream);
  }
}

function readU24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

function readU32(bytes: Uint8Array, at: number): number {
  return readU24(bytes, at) * 256 + (bytes[at + 3] ?? 0);
}

/** §5.3.1.2.1: the message stream id is the one little-endian field. */
function readU32Le(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) + readU24Le(bytes, at + 1) * 256;
}

function readU24Le(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
}

/** Do the next four bytes equal `expected`? `undefined` while those at hand do but are too few to tell. */
function matchU32(bytes: Uint8Array, at: number, end: number, expected: number): boolean | undefined {
  for (let i = 0; i < 4; i++) {
    if (at + i >= end) return undefined;
    if (bytes[at + i] !== ((expected >>> (24 - 8 * i)) & 0xff)) return false;
  }
  return true;
}
