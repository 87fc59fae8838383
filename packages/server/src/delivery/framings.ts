/**
 * How chunks become bytes on each kind of connection.
 *
 * In: chunks. Out: whole frames, ready for the socket. Every write is whole frames, so that what the `ws` package
 * writes on the same socket (pong, close) can never land inside one.
 *
 * | framing | one tick is |
 * | --- | --- |
 * | `millrace.v1` | for each chunk a binary WebSocket message: 32-byte header (contract) and the chunk |
 * | `websocket` | one binary WebSocket message: the chunks back to back |
 * | `http-chunked` | one chunk of HTTP/1.1's chunked coding |
 * | `http-raw` | the chunks back to back, for HTTP/1.0, which ends by closing |
 *
 * Specs: RFC 6455 §5.2 (frames from a server are not masked), RFC 9112 §7.1.
 */
import {
  MEDIA_FLAGS,
  MEDIA_FRAME_TYPES,
  MEDIA_HEADER_BYTES,
  writeMediaHeader,
  type MediaHeader,
  type ServerMessage,
} from '@millrace/contract';
import { TRACK_IDS, type Chunk, type InitSegment } from '@millrace/media';
import type { Framing } from '../live/bundle.ts';

const FIN = 0x80;
const OPCODE_TEXT = 0x1;
const OPCODE_BINARY = 0x2;
/** Payload lengths up to 125 stand in the second byte; 126 and 127 announce a u16 or u64. RFC 6455 §5.2. */
const MAX_7_BIT = 125;
const MAX_16_BIT = 0xffff;
const CRLF = '\r\n';
/** The source; transcoded renditions count from 1. */
const SOURCE_RENDITION = 0;

export const MILLRACE_FRAMING: Framing = {
  name: 'millrace.v1',
  bundle(chunks) {
    let total = 0;
    for (const { bytes } of chunks) {
      const payloadBytes = MEDIA_HEADER_BYTES + bytes.length;
      total += webSocketHeaderBytes(payloadBytes) + payloadBytes;
    }
    const into = Buffer.allocUnsafeSlow(total);
    let at = 0;
    for (const chunk of chunks) {
      at = writeWebSocketHeader(into, at, OPCODE_BINARY, MEDIA_HEADER_BYTES + chunk.bytes.length);
      writeMediaHeader(into, at, chunkHeader(chunk, false));
      into.set(chunk.bytes, at + MEDIA_HEADER_BYTES);
      at += MEDIA_HEADER_BYTES + chunk.bytes.length;
    }
    return into;
  },
  chunk: (chunk, droppedBefore) => millraceFrame(chunkHeader(chunk, droppedBefore), chunk.bytes),
};

export const WEBSOCKET_FRAMING: Framing = {
  name: 'websocket',
  bundle(chunks) {
    const payloadBytes = sumOfBytes(chunks);
    const into = Buffer.allocUnsafeSlow(webSocketHeaderBytes(payloadBytes) + payloadBytes);
    copyChunks(into, writeWebSocketHeader(into, 0, OPCODE_BINARY, payloadBytes), chunks);
    return into;
  },
  chunk: (chunk) => binaryMessage(chunk.bytes),
};

export const HTTP_CHUNKED_FRAMING: Framing = {
  name: 'http-chunked',
  bundle(chunks) {
    const payloadBytes = sumOfBytes(chunks);
    const head = payloadBytes.toString(16) + CRLF;
    const into = Buffer.allocUnsafeSlow(head.length + payloadBytes + CRLF.length);
    into.write(head, 0, 'latin1');
    into.write(CRLF, copyChunks(into, head.length, chunks), 'latin1');
    return into;
  },
  chunk: (chunk) => httpChunk(chunk.bytes),
};

export const HTTP_RAW_FRAMING: Framing = {
  name: 'http-raw',
  bundle(chunks) {
    const into = Buffer.allocUnsafeSlow(sumOfBytes(chunks));
    copyChunks(into, 0, chunks);
    return into;
  },
  chunk: (chunk) => [chunk.bytes],
};

/** A control message as one whole text frame. */
export function textFrame(message: ServerMessage): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const into = Buffer.allocUnsafe(webSocketHeaderBytes(text.length) + text.length);
  into.set(text, writeWebSocketHeader(into, 0, OPCODE_TEXT, text.length));
  return into;
}

export function initFrame(init: InitSegment, epoch: number): readonly Uint8Array[] {
  const header: MediaHeader = {
    type: MEDIA_FRAME_TYPES.init,
    track: TRACK_IDS[init.kind],
    rendition: SOURCE_RENDITION,
    flags: 0,
    epoch,
    sequence: init.version,
    duration: 0,
    dts: 0,
    captureTime: 0,
  };
  return millraceFrame(header, init.bytes);
}

export function binaryMessage(payload: Uint8Array): readonly Uint8Array[] {
  const head = Buffer.allocUnsafe(webSocketHeaderBytes(payload.length));
  writeWebSocketHeader(head, 0, OPCODE_BINARY, payload.length);
  return [head, payload];
}

export function httpChunk(payload: Uint8Array): readonly Uint8Array[] {
  return [Buffer.from(payload.length.toString(16) + CRLF, 'latin1'), payload, Buffer.from(CRLF, 'latin1')];
}

/** RFC 9112 §7.1: the zero-length chunk, without trailers. */
export const HTTP_LAST_CHUNK = Buffer.from('0\r\n\r\n', 'latin1');

function chunkHeader(chunk: Chunk, droppedBefore: boolean): MediaHeader {
  return {
    type: MEDIA_FRAME_TYPES.chunk,
    track: TRACK_IDS[chunk.kind],
    rendition: SOURCE_RENDITION,
    flags:
      (chunk.key ? MEDIA_FLAGS.key : 0) |
      (chunk.discontinuity ? MEDIA_FLAGS.discontinuity : 0) |
      (droppedBefore ? MEDIA_FLAGS.droppedBefore : 0),
    epoch: chunk.epoch,
    sequence: chunk.sequence,
    duration: chunk.duration,
    dts: chunk.dts,
    captureTime: chunk.captureMs,
  };
}

function millraceFrame(header: MediaHeader, payload: Uint8Array): readonly Uint8Array[] {
  const payloadBytes = MEDIA_HEADER_BYTES + payload.length;
  const head = Buffer.allocUnsafe(webSocketHeaderBytes(payloadBytes) + MEDIA_HEADER_BYTES);
  writeMediaHeader(head, writeWebSocketHeader(head, 0, OPCODE_BINARY, payloadBytes), header);
  return [head, payload];
}

function webSocketHeaderBytes(payloadBytes: number): number {
  if (payloadBytes <= MAX_7_BIT) return 2;
  return payloadBytes <= MAX_16_BIT ? 4 : 10;
}

/** Returns the offset behind the header. */
function writeWebSocketHeader(into: Buffer, at: number, opcode: number, payloadBytes: number): number {
  into[at] = FIN | opcode;
  if (payloadBytes <= MAX_7_BIT) {
    into[at + 1] = payloadBytes;
    return at + 2;
  }
  if (payloadBytes <= MAX_16_BIT) {
    into[at + 1] = 126;
    return into.writeUInt16BE(payloadBytes, at + 2);
  }
  into[at + 1] = 127;
  return into.writeBigUInt64BE(BigInt(payloadBytes), at + 2);
}

function sumOfBytes(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
}

function copyChunks(into: Buffer, from: number, chunks: readonly Chunk[]): number {
  let at = from;
  for (const { bytes } of chunks) {
    into.set(bytes, at);
    at += bytes.length;
  }
  return at;
}
