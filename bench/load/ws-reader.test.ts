import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPCODES, WsReader } from './ws-reader.ts';

/** RFC 6455 §5.2: an unmasked, final frame. */
function serverFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(0x80 | opcode, length), payload]);
  if (length < 65_536)
    return Buffer.concat([Buffer.of(0x80 | opcode, 126, length >> 8, length & 0xff), payload]);
  const header = Buffer.alloc(10);
  header.writeUInt8(0x80 | opcode, 0);
  header.writeUInt8(127, 1);
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

test('frames of every length form are reported once, wherever the stream is cut', () => {
  const payloads = [
    Buffer.from('{"type":"state"}'),
    Buffer.alloc(0),
    Buffer.alloc(300, 1),
    Buffer.alloc(66_000, 2),
  ];
  const stream = Buffer.concat(payloads.map((payload) => serverFrame(OPCODES.binary, payload)));
  const cuts = [...Array(400).keys(), stream.length - 66_005, stream.length - 1, stream.length];
  for (const cut of cuts) {
    const seen: [number, number, string][] = [];
    const reader = new WsReader((opcode, head, payloadBytes) =>
      seen.push([opcode, payloadBytes, head.toString('latin1', 0, 16)]),
    );
    reader.push(stream.subarray(0, cut));
    reader.push(stream.subarray(cut));
    const expected = payloads.map((payload) => [
      OPCODES.binary,
      payload.length,
      payload.toString('latin1', 0, 16),
    ]);
    assert.deepEqual(seen, expected, `cut at ${cut}`);
  }
});
