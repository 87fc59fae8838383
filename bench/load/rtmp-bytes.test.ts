import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amf, deltaMessage, findResult, fullMessage } from './rtmp-bytes.ts';

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('a message starts with a full header and goes on in type-3 chunks (RTMP 1.0 §5.3.1)', () => {
  const body = Buffer.alloc(4_097, 0xab);
  const bytes = fullMessage('video', 1, 0x010203, body);
  assert.deepEqual(bytes.subarray(0, 12), bytesOf('06 010203 001001 09 01000000'));
  assert.deepEqual(bytes.subarray(12 + 4_096), bytesOf('c6 ab'));
});

test('a delta message carries the time since the one before and no stream id', () => {
  assert.deepEqual(deltaMessage('audio', 21, Buffer.of(0xaf, 1)), bytesOf('44 000015 000002 08 af01'));
});

test('the stream id is found in the answer to createStream, among other messages', () => {
  const answer = Buffer.concat([Buffer.alloc(40), amf('_result', 4, null, 7)]);
  assert.equal(findResult(answer, 4), 7);
  assert.equal(findResult(answer, 1), undefined);
  assert.equal(findResult(amf('_result', 1, { fmsVer: 'x' }), 1), 0);
});
