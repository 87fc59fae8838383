/**
 * Just enough RTMP to publish or play, as bytes: a peer that shares no code with the server under test.
 *
 * Out: the client's handshake, its commands, and media messages cut into 4,096-byte chunks. In: the few answers it waits
 * for are found in the bytes by name (`findResult`), not parsed in full.
 * Spec: Adobe RTMP 1.0 §5.2 (handshake), §5.3 (chunks), §7.2 (commands); AMF0.
 */

export const CHUNK_BYTES = 4_096;
/** S0, S1 and S2 (§5.2). */
export const SERVER_HANDSHAKE_BYTES = 1 + 1_536 + 1_536;

/** C0 and C1, then C2; zero times and a plain filling: the simple handshake. C2 echoes S1. */
export function handshakeStart(): Buffer {
  const bytes = Buffer.alloc(1 + 1_536, 0x4d);
  bytes.writeUInt8(3, 0); // C0 version
  bytes.writeUInt32BE(0, 1); // C1 time
  bytes.writeUInt32BE(0, 5); // C1 zero: no digest
  return bytes;
}

export function handshakeEnd(serverHandshake: Buffer): Buffer {
  return Buffer.from(serverHandshake.subarray(1, 1 + 1_536));
}

const MESSAGE_TYPES = { setChunkSize: 1, audio: 8, video: 9, data: 18, command: 20 } as const;
export type MessageType = keyof typeof MESSAGE_TYPES;

/** Chunk stream ids, as encoders choose them. */
const CHUNK_STREAMS: Readonly<Record<MessageType, number>> = {
  setChunkSize: 2,
  command: 3,
  audio: 4,
  data: 5,
  video: 6,
};

/** One message in chunks: the first with a full header and an absolute time (fmt 0, §5.3.1.2.1). */
export function fullMessage(
  type: MessageType,
  streamId: number,
  timestampMs: number,
  body: Buffer,
  chunkBytes = CHUNK_BYTES,
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(CHUNK_STREAMS[type], 0); // fmt 0, csid
  header.writeUIntBE(timestampMs, 1, 3); // timestamp
  header.writeUIntBE(body.length, 4, 3); // message length
  header.writeUInt8(MESSAGE_TYPES[type], 7); // message type id
  header.writeUInt32LE(streamId, 8); // message stream id
  return inChunks(header, CHUNK_STREAMS[type], body, chunkBytes);
}

/** The same with a time that counts from the message before it (fmt 1, §5.3.1.2.2): fit for sending again and again. */
export function deltaMessage(type: MessageType, deltaMs: number, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(0x40 | CHUNK_STREAMS[type], 0); // fmt 1, csid
  header.writeUIntBE(deltaMs, 1, 3); // timestamp delta
  header.writeUIntBE(body.length, 4, 3); // message length
  header.writeUInt8(MESSAGE_TYPES[type], 7); // message type id
  return inChunks(header, CHUNK_STREAMS[type], body, CHUNK_BYTES);
}

/** Bytes of header before the body in what `deltaMessage` leaves. */
export const DELTA_HEADER_BYTES = 8;

function inChunks(header: Buffer, chunkStream: number, body: Buffer, chunkBytes: number): Buffer {
  const continuation = Buffer.of(0xc0 | chunkStream); // fmt 3, §5.3.1.2.4
  const pieces: Buffer[] = [header];
  for (let at = 0; at < body.length; at += chunkBytes) {
    if (at > 0) pieces.push(continuation);
    pieces.push(body.subarray(at, at + chunkBytes));
  }
  return Buffer.concat(pieces);
}

/** Before the first `setChunkSize` of a side its chunks hold 128 bytes (§5.4.1). */
const FIRST_CHUNK_BYTES = 128;

export function setChunkSize(): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(CHUNK_BYTES, 0);
  return fullMessage('setChunkSize', 0, 0, body, FIRST_CHUNK_BYTES);
}

type AmfValue = string | number | null | Readonly<Record<string, string | number>>;

export function command(streamId: number, ...values: readonly AmfValue[]): Buffer {
  return fullMessage('command', streamId, 0, amf(...values));
}

export function amf(...values: readonly AmfValue[]): Buffer {
  return Buffer.concat(values.map(amfValue));
}

function amfValue(value: AmfValue): Buffer {
  if (value === null) return Buffer.of(5);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'string') return Buffer.concat([Buffer.of(2), amfText(value)]);
  const fields = Object.entries(value).flatMap(([name, field]) => [amfText(name), amfValue(field)]);
  return Buffer.concat([Buffer.of(3), ...fields, Buffer.of(0, 0, 9)]);
}

function amfText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

/**
 * The number that `_result` carries for a transaction (createStream: the stream id), 0 when it carries an object;
 * `undefined` while the answer is not there.
 */
export function findResult(bytes: Buffer, transaction: number): number | undefined {
  const wanted = amf('_result', transaction);
  const at = bytes.indexOf(wanted);
  if (at < 0) return undefined;
  const next = at + wanted.length;
  const isNumber = bytes[next] === 5 && bytes[next + 1] === 0 && next + 10 <= bytes.length;
  return isNumber ? bytes.readDoubleBE(next + 2) : 0;
}
