import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MARK_NAL_BYTES, MarkFinder, stampMark, writeMarkNal } from './mark.ts';

function marked(timeUs: number): Buffer {
  const nal = Buffer.alloc(MARK_NAL_BYTES);
  writeMarkNal(nal, 0);
  stampMark(nal, 0, timeUs);
  return nal;
}

test('a mark is an SEI message with its length before it and no start-code emulation', () => {
  const nal = marked(123);
  assert.equal(nal.readUInt32BE(0), nal.length - 4);
  assert.deepEqual([...nal.subarray(4, 7)], [6, 5, 32]);
  assert.equal(nal.at(-1), 0x80);
  assert.equal(nal.indexOf(Buffer.of(0, 0), 4), -1);
});

test('marks are found wherever the stream is cut, each once', () => {
  const noise = Buffer.alloc(300, 'millrace-bench-');
  const stream = Buffer.concat([
    noise,
    marked(1_000_001),
    noise,
    marked(2_000_002),
    marked(3_000_003),
    noise,
  ]);
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const found: number[] = [];
    const finder = new MarkFinder((timeUs) => found.push(timeUs));
    finder.push(stream.subarray(0, cut));
    finder.push(stream.subarray(cut));
    assert.deepEqual(found, [1_000_001, 2_000_002, 3_000_003], `cut at ${cut}`);
  }
});

test('marks are found in a stream of single bytes', () => {
  const found: number[] = [];
  const finder = new MarkFinder((timeUs) => found.push(timeUs));
  for (const byte of Buffer.concat([marked(7), Buffer.alloc(50), marked(8)])) finder.push(Buffer.of(byte));
  assert.deepEqual(found, [7, 8]);
});
