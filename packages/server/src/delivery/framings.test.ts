import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEDIA_FLAGS, MEDIA_HEADER_BYTES, readMediaHeader } from '@millrace/contract';
import { chunkOf, initOf } from '../live/testing/chunks.ts';
import {
  HTTP_CHUNKED_FRAMING,
  HTTP_RAW_FRAMING,
  initFrame,
  MILLRACE_FRAMING,
  textFrame,
  WEBSOCKET_FRAMING,
} from './framings.ts';

/** Takes server frames apart (RFC 6455 §5.2), independently of how they were written. */
function frames(bytes: Uint8Array): { opcode: number; payload: Buffer }[] {
  const buffer = Buffer.from(bytes);
  const found: { opcode: number; payload: Buffer }[] = [];
  for (let at = 0; at < buffer.length;) {
    assert.equal(buffer.readUInt8(at) & 0xf0, 0x80, 'FIN, no reserved bits');
    assert.equal(buffer.readUInt8(at + 1) & 0x80, 0, 'not masked');
    const short = buffer.readUInt8(at + 1);
    const [size, head] =
      short < 126
        ? [short, 2]
        : short === 126
          ? [buffer.readUInt16BE(at + 2), 4]
          : [Number(buffer.readBigUInt64BE(at + 2)), 10];
    const payload = buffer.subarray(at + head, at + head + size);
    assert.equal(payload.length, size);
    found.push({ opcode: buffer.readUInt8(at) & 0x0f, payload });
    at += head + size;
  }
  return found;
}

const SIZES = [0, 1, 93, 94, 125, 126, 127, 65_503, 65_504, 65_535, 65_536, 200_000];

for (const size of SIZES) {
  const video = chunkOf('video', 7, { bytes: Buffer.alloc(size, 0x11), key: true, epoch: 3 });
  const audio = chunkOf('audio', 9, { bytes: Buffer.alloc(33, 0x22) });

  test(`millrace.v1: a chunk of ${size} bytes has the same frames alone and in a bundle`, () => {
    const bundle = MILLRACE_FRAMING.bundle([video, audio]);
    const alone = Buffer.concat([
      ...MILLRACE_FRAMING.chunk(video, false),
      ...MILLRACE_FRAMING.chunk(audio, false),
    ]);
    assert.deepEqual(bundle, alone);
    const [first, second] = frames(bundle);
    assert.deepEqual(readMediaHeader(first?.payload ?? new Uint8Array()), {
      type: 2,
      track: 1,
      rendition: 0,
      flags: MEDIA_FLAGS.key,
      epoch: 3,
      sequence: 7,
      duration: video.duration,
      dts: video.dts,
      captureTime: video.captureMs,
    });
    assert.deepEqual(first?.payload.subarray(MEDIA_HEADER_BYTES), Buffer.from(video.bytes));
    assert.deepEqual(second?.payload.subarray(MEDIA_HEADER_BYTES), Buffer.from(audio.bytes));
  });

  test(`plain framings carry ${size} bytes and nothing else`, () => {
    const both = Buffer.concat([video.bytes, audio.bytes]);
    assert.deepEqual(frames(WEBSOCKET_FRAMING.bundle([video, audio])), [{ opcode: 2, payload: both }]);
    assert.deepEqual(HTTP_RAW_FRAMING.bundle([video, audio]), both);
    const chunked = HTTP_CHUNKED_FRAMING.bundle([video, audio]);
    const head = `${(size + 33).toString(16)}\r\n`;
    assert.deepEqual(chunked, Buffer.concat([Buffer.from(head), both, Buffer.from('\r\n')]));
  });
}

test('flags say key, discontinuity and dropped-before', () => {
  const chunk = chunkOf('video', 1, { key: true, discontinuity: true });
  const [frame] = frames(Buffer.concat([...MILLRACE_FRAMING.chunk(chunk, true)]));
  assert.equal(readMediaHeader(frame?.payload ?? new Uint8Array())?.flags, 7);
});

test('an init segment has its version as sequence', () => {
  const [frame] = frames(Buffer.concat([...initFrame(initOf('audio', 4), 2)]));
  const header = readMediaHeader(frame?.payload ?? new Uint8Array());
  assert.deepEqual([header?.type, header?.track, header?.sequence, header?.epoch], [1, 2, 4, 2]);
});

test('control messages are text frames of their bytes, not of their characters', () => {
  const [frame] = frames(
    textFrame({ type: 'error', code: 'too-slow', message: '线'.repeat(60), retry: true }),
  );
  assert.equal(frame?.opcode, 1);
  assert.match(frame.payload.toString(), /线{60}/);
});
