/**
 * Chunks in both directions from one table, every vector again cut at each byte, and the rules of reading that real
 * senders made necessary.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkReader } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { EAGER_BYTES, MAX_CHUNK_STREAMS, MAX_MESSAGE_BYTES, MAX_PARTIAL_BYTES } from './limits.ts';
import { MESSAGE, type RtmpMessage } from './message.ts';
import { bytes, hasCode, hex, join } from './testing/bytes.ts';

/** Short form of a message, to compare. */
type Row = readonly [typeId: number, streamId: number, timestampMs: number, payloadHex: string];

function row(message: RtmpMessage): Row {
  return [message.typeId, message.streamId, message.timestampMs, hex(message.payload)];
}

function read(pieces: readonly Uint8Array[], reader = new ChunkReader()): Row[] {
  const rows: Row[] = [];
  for (const piece of pieces) {
    // The reader may keep nothing of a piece: wiping it afterwards must change nothing.
    const mine = piece.slice();
    reader.push(mine);
    for (let message = reader.next(); message; message = reader.next()) rows.push(row(message));
    mine.fill(0xee);
  }
  return rows;
}

/** The same answer whole, cut at each byte, and byte by byte. */
function assertReads(chunks: Uint8Array, rows: readonly Row[]): void {
  assert.deepEqual(read([chunks]), rows, 'whole');
  for (let at = 1; at < chunks.length; at++) {
    assert.deepEqual(read([chunks.subarray(0, at), chunks.subarray(at)]), rows, `cut at ${at}`);
  }
  assert.deepEqual(read(Array.from(chunks, (byte) => Uint8Array.of(byte))), rows, 'byte by byte');
}

/** A payload of this many bytes, and its hex. */
const PAYLOAD_130 = 'ab'.repeat(130);
const PAYLOAD_300 = Array.from({ length: 300 }, (_, i) => (i & 0xff).toString(16).padStart(2, '0')).join('');
const CUT_300 = [PAYLOAD_300.slice(0, 256), PAYLOAD_300.slice(256, 512), PAYLOAD_300.slice(512)] as const;

const BOTH_WAYS: readonly {
  readonly name: string;
  readonly chunkStreamId: number;
  readonly rows: readonly Row[];
  readonly hex: string;
}[] = [
  {
    name: 'one type-0 chunk',
    chunkStreamId: 4,
    rows: [[8, 1, 5, 'af01']],
    hex: '04 000005 000002 08 01000000 | af01',
  },
  {
    name: 'no payload at all',
    chunkStreamId: 4,
    rows: [
      [8, 1, 5, ''],
      [9, 1, 6, ''],
    ],
    hex: '04 000005 000000 08 01000000 | 44 000001 000000 09',
  },
  {
    name: 'types 0, 1 and 2',
    chunkStreamId: 6,
    rows: [
      [9, 1, 100, '0102'],
      [9, 1, 140, '010203'],
      [9, 1, 180, '040506'],
    ],
    hex: '06 000064 000002 09 01000000 0102 | 46 000028 000003 09 010203 | 86 000028 040506',
  },
  {
    name: 'a step back in time',
    chunkStreamId: 6,
    rows: [
      [9, 1, 100, '01'],
      [9, 1, 60, '02'],
    ],
    hex: '06 000064 000001 09 01000000 01 | 06 00003c 000001 09 01000000 02',
  },
  {
    name: 'another message stream',
    chunkStreamId: 3,
    rows: [
      [20, 0, 0, '01'],
      [20, 0x01020304, 0, '02'],
    ],
    hex: '03 000000 000001 14 00000000 01 | 03 000000 000001 14 04030201 02',
  },
  {
    name: 'three chunks of 128 bytes and less',
    chunkStreamId: 6,
    rows: [[9, 1, 7, PAYLOAD_300]],
    hex: `06 000007 00012c 09 01000000 ${CUT_300[0]} | c6 ${CUT_300[1]} | c6 ${CUT_300[2]}`,
  },
  {
    name: 'chunk stream id of 2 bytes, lowest and highest',
    chunkStreamId: 64,
    rows: [[9, 1, 7, PAYLOAD_130]],
    hex: `00 00 000007 000082 09 01000000 ${'ab'.repeat(128)} | c0 00 abab`,
  },
  {
    name: 'chunk stream id of 2 bytes, highest',
    chunkStreamId: 319,
    rows: [[9, 1, 7, '01']],
    hex: '00 ff 000007 000001 09 01000000 01',
  },
  {
    name: 'chunk stream id of 3 bytes, lowest',
    chunkStreamId: 320,
    rows: [[9, 1, 7, PAYLOAD_130]],
    hex: `01 00 01 000007 000082 09 01000000 ${'ab'.repeat(128)} | c1 00 01 abab`,
  },
  {
    name: 'chunk stream id of 3 bytes, highest',
    chunkStreamId: 65_599,
    rows: [[9, 1, 7, '01']],
    hex: '01 ff ff 000007 000001 09 01000000 01',
  },
  {
    name: 'the last timestamp of 24 bits',
    chunkStreamId: 6,
    rows: [[9, 1, 0xfffffe, '01']],
    hex: '06 fffffe 000001 09 01000000 01',
  },
  {
    name: 'the first extended timestamp, repeated on the continuation',
    chunkStreamId: 6,
    rows: [[9, 1, 0xffffff, PAYLOAD_130]],
    hex: `06 ffffff 000082 09 01000000 00ffffff ${'ab'.repeat(128)} | c6 00ffffff abab`,
  },
  {
    name: 'across 16,777,215 ms with deltas',
    chunkStreamId: 6,
    rows: [
      [9, 1, 0xfffff0, '01'],
      [9, 1, 0x1000010, '02'],
      [9, 1, 0x1000030, '03'],
    ],
    hex: '06 fffff0 000001 09 01000000 01 | 86 000020 02 | 86 000020 03',
  },
  {
    name: 'an extended delta',
    chunkStreamId: 6,
    rows: [
      [9, 1, 1, '01'],
      [9, 1, 0x1000001, PAYLOAD_130],
    ],
    hex: `06 000001 000001 09 01000000 01 | 46 ffffff 000082 09 01000000 ${'ab'.repeat(128)} | c6 01000000 abab`,
  },
  {
    name: 'the last timestamp of 32 bits, and the wrap',
    chunkStreamId: 6,
    rows: [
      [9, 1, 0xffffffff, '01'],
      [9, 1, 5, '02'],
    ],
    hex: '06 ffffff 000001 09 01000000 ffffffff 01 | 06 000005 000001 09 01000000 02',
  },
];

for (const vector of BOTH_WAYS) {
  test(`chunks, ${vector.name}: read, however cut`, () => {
    assertReads(bytes(vector.hex), vector.rows);
  });
  test(`chunks, ${vector.name}: written`, () => {
    const writer = new ChunkWriter();
    const written = vector.rows.map(([typeId, streamId, timestampMs, payload]) =>
      writer.write(vector.chunkStreamId, { typeId, streamId, timestampMs, payload: bytes(payload) }),
    );
    assert.equal(hex(join(...written)), hex(bytes(vector.hex)));
  });
}

const READ_ONLY: readonly { readonly name: string; readonly rows: readonly Row[]; readonly hex: string }[] = [
  {
    name: 'a fresh chunk stream that begins with type 1 (librtmp’s ping)',
    rows: [[4, 0, 0, '000600000001']],
    hex: '42 000000 000006 04 000600000001',
  },
  {
    name: 'type 3 re-applies the last delta',
    rows: [
      [8, 1, 100, '01'],
      [8, 1, 123, '02'],
      [8, 1, 146, '03'],
    ],
    hex: '04 000064 000001 08 01000000 01 | 84 000017 02 | c4 03',
  },
  {
    name: 'type 3 after type 0: that timestamp is the delta',
    rows: [
      [8, 1, 23, '01'],
      [8, 1, 46, '02'],
      [8, 1, 69, '03'],
    ],
    hex: '04 000017 000001 08 01000000 01 | c4 02 | c4 03',
  },
  {
    name: 'type 3 after type 0 from a sender that means 0',
    rows: [
      [8, 1, 60_000, '01'],
      [8, 1, 60_000, '02'],
      [8, 1, 60_000, '03'],
    ],
    hex: '04 00ea60 000001 08 01000000 01 | c4 02 | c4 03',
  },
  {
    name: 'extended timestamp left out of the continuation',
    rows: [[9, 1, 0x1234567, PAYLOAD_130]],
    hex: `06 ffffff 000082 09 01000000 01234567 ${'ab'.repeat(128)} | c6 abab`,
  },
  {
    name: 'extended timestamp left out, and the payload begins like it',
    rows: [
      [9, 1, 0x1234567, `${'ab'.repeat(128)}012345ab`],
      [8, 1, 1, 'cc'],
    ],
    hex: `06 ffffff 000084 09 01000000 01234567 ${'ab'.repeat(128)} | c6 012345ab | 04 000001 000001 08 01000000 cc`,
  },
  {
    name: 'type 3 begins a message with an extended delta',
    rows: [
      [9, 1, 0x1000000, '01'],
      [9, 1, 0x2000000, '02'],
      [9, 1, 0x3000000, '03'],
    ],
    hex: '06 ffffff 000001 09 01000000 01000000 01 | 86 ffffff 01000000 02 | c6 01000000 03',
  },
  {
    name: 'deltas wrap at 2^32',
    rows: [
      [9, 1, 0xfffffff0, '01'],
      [9, 1, 0x10, '02'],
    ],
    hex: '06 ffffff 000001 09 01000000 fffffff0 01 | 86 000020 02',
  },
  {
    name: 'two messages interleaved',
    rows: [
      [8, 1, 1, 'cc'],
      [9, 1, 0, PAYLOAD_130],
    ],
    hex: `06 000000 000082 09 01000000 ${'ab'.repeat(128)} | 04 000001 000001 08 01000000 cc | c6 abab`,
  },
  {
    name: 'a full header of the same length within a message continues it',
    rows: [[9, 1, 7, PAYLOAD_130]],
    hex: `06 000007 000082 09 01000000 ${'ab'.repeat(128)} | 06 000007 000082 09 01000000 abab`,
  },
  {
    name: 'SetChunkSize takes effect at once, within a message of another chunk stream',
    rows: [[9, 1, 0, PAYLOAD_300]],
    hex: `06 000000 00012c 09 01000000 ${CUT_300[0]} | 02 000000 000004 01 00000000 00001000 | c6 ${CUT_300[1]}${CUT_300[2]}`,
  },
  {
    name: 'SetChunkSize: the top bit is masked',
    rows: [[9, 1, 0, PAYLOAD_300]],
    hex: `02 000000 000004 01 00000000 80001000 | 06 000000 00012c 09 01000000 ${PAYLOAD_300}`,
  },
  {
    name: 'SetChunkSize: above 65,536',
    rows: [[9, 1, 0, PAYLOAD_300]],
    hex: `02 000000 000004 01 00000000 7fffffff | 06 000000 00012c 09 01000000 ${PAYLOAD_300}`,
  },
  {
    name: 'SetChunkSize 1',
    rows: [[9, 1, 0, 'aabbcc']],
    hex: '02 000000 000004 01 00000000 00000001 | 06 000000 000003 09 01000000 aa | c6 bb | c6 cc',
  },
  {
    name: 'Abort drops the half message; the next type 3 begins a new one',
    rows: [[9, 1, 0, PAYLOAD_130]],
    hex: `06 000000 000082 09 01000000 ${'ee'.repeat(128)} | 02 000000 000004 02 00000000 00000006 | c6 ${'ab'.repeat(128)} | c6 abab`,
  },
  {
    name: 'Abort of a chunk stream nobody used',
    rows: [[9, 1, 0, '01']],
    hex: '02 000000 000004 02 00000000 00000009 | 06 000000 000001 09 01000000 01',
  },
];

for (const vector of READ_ONLY) {
  test(`chunks, ${vector.name}: read, however cut`, () => {
    assertReads(bytes(vector.hex), vector.rows);
  });
}

const REFUSED: readonly { readonly name: string; readonly hex: string; readonly code: string }[] = [
  { name: 'type 2 on a fresh chunk stream', hex: '85 000000', code: 'rtmp/chunk-without-header' },
  { name: 'type 3 on a fresh chunk stream', hex: 'c5', code: 'rtmp/chunk-without-header' },
  {
    name: 'a new length within a message',
    hex: `06 000000 000082 09 01000000 ${'ab'.repeat(128)} 06 000000 000083 09 01000000`,
    code: 'rtmp/message-length-changed',
  },
  { name: 'SetChunkSize 0', hex: '02 000000 000004 01 00000000 00000000', code: 'rtmp/chunk-size-zero' },
  {
    name: 'SetChunkSize 0 with the top bit',
    hex: '02 000000 000004 01 00000000 80000000',
    code: 'rtmp/chunk-size-zero',
  },
  { name: 'SetChunkSize of 3 bytes', hex: '02 000000 000003 01 00000000 000010', code: 'rtmp/control-short' },
  { name: 'a message above the limit', hex: '06 000000 ffffff 09 01000000', code: 'rtmp/message-too-large' },
];

for (const vector of REFUSED) {
  test(`chunks, ${vector.name}: ${vector.code}, however cut`, () => {
    const chunks = bytes(vector.hex);
    assert.throws(() => read([chunks]), hasCode(vector.code));
    assert.throws(() => read(Array.from(chunks, (byte) => Uint8Array.of(byte))), hasCode(vector.code));
  });
}

/** A message of one byte on a chunk stream with an id of two bytes. */
function open(id: number): Uint8Array {
  return bytes(`00 ${(id - 64).toString(16).padStart(2, '0')} 000000 000001 08 01000000 01`);
}

test('the number of chunk streams is bounded', () => {
  const reader = new ChunkReader();
  for (let i = 0; i < MAX_CHUNK_STREAMS; i++) read([open(64 + i)], reader);
  assert.throws(() => read([open(64 + MAX_CHUNK_STREAMS)], reader), hasCode('rtmp/too-many-chunk-streams'));
});

test('an announced length costs nothing until its bytes arrive', () => {
  const reader = new ChunkReader();
  const before = process.memoryUsage().arrayBuffers;
  for (let id = 3; id < 3 + MAX_CHUNK_STREAMS; id++) {
    const basic = id < 64 ? id.toString(16).padStart(2, '0') : `00${(id - 64).toString(16).padStart(2, '0')}`;
    // 10 MiB announced, the first chunk of 128 bytes sent.
    read([bytes(`${basic} 000000 a00000 09 01000000 ${'ab'.repeat(128)}`)], reader);
  }
  assert.equal(reader.partialBytes, MAX_CHUNK_STREAMS * 128);
  const grownBy = process.memoryUsage().arrayBuffers - before;
  assert.ok(grownBy < EAGER_BYTES + 1024 * 1024, `${grownBy} bytes held for ${reader.partialBytes} received`);
});

test('half-received messages are bounded together', () => {
  const reader = new ChunkReader();
  // Chunks one byte smaller than the messages: each is left with its last byte missing.
  read([bytes('02 000000 000004 01 00000000 009fffff')], reader);
  const almost = new Uint8Array(MAX_MESSAGE_BYTES - 1);
  read([bytes('06 000000 a00000 09 01000000'), almost], reader);
  assert.equal(reader.partialBytes, MAX_MESSAGE_BYTES - 1);
  assert.throws(
    () => read([bytes('07 000000 a00000 09 01000000'), almost], reader),
    hasCode('rtmp/too-much-unfinished'),
  );
  assert.ok(reader.partialBytes <= MAX_PARTIAL_BYTES);
});

test('a large message grown piece by piece arrives whole, in an array of its size', () => {
  const payload = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) & 0xff);
  const writer = new ChunkWriter();
  writer.chunkBytes = 4096;
  const setSize = bytes('02 000000 000004 01 00000000 00001000');
  const chunks = join(
    setSize,
    writer.write(6, { typeId: MESSAGE.video, streamId: 1, timestampMs: 0, payload }),
  );
  const reader = new ChunkReader();
  const messages: RtmpMessage[] = [];
  for (let at = 0; at < chunks.length; at += 65_536) {
    reader.push(chunks.subarray(at, at + 65_536));
    for (let message = reader.next(); message; message = reader.next()) messages.push(message);
  }
  assert.equal(messages.length, 1);
  assert.equal(messages[0]?.payload.buffer.byteLength, payload.length);
  assert.ok(Buffer.from(payload).equals(messages[0]?.payload ?? new Uint8Array()));
  assert.equal(reader.partialBytes, 0);
});
