import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '../bytes/index.ts';
import { hex, joined, mutate, seededRandom } from '../codec/testing/seeded.ts';
import { type FlvTag, parseFlvFile, writeFlvHeader, writeFlvTag } from './file.ts';

const TAGS: readonly FlvTag[] = [
  { type: 'data', timestampMs: 0, body: hex('02') },
  { type: 'video', timestampMs: 0, body: hex('17 00 000000 01') },
  { type: 'audio', timestampMs: 0x1234567, body: hex('af 01 21') },
  { type: 'video', timestampMs: 0xffffffff, body: new Uint8Array(0) },
];
const FILE = joined(writeFlvHeader({ audio: true, video: true }), ...TAGS.map(writeFlvTag));

test('header and tags as the specification draws them', () => {
  assert.deepEqual(FILE.subarray(0, 13), hex('464c56 01 05 00000009 00000000'));
  const third = writeFlvTag(TAGS[2] ?? { type: 'data', timestampMs: 0, body: hex('') });
  assert.deepEqual(third, hex('08 000003 234567 01 000000 af0121 0000000e'));
});

test('tags survive the round trip', () => {
  assert.deepEqual([...parseFlvFile(FILE)], TAGS);
});

test('a file may end in the middle of a tag', () => {
  for (let length = 13; length < FILE.length; length++) {
    const tags = [...parseFlvFile(FILE.subarray(0, length))];
    assert.deepEqual(tags, TAGS.slice(0, tags.length));
  }
});

test('what is no FLV is refused', () => {
  for (const bytes of [
    hex(''),
    hex('464c'),
    hex('0000001866747970 00000000 00'),
    hex('464c56 01 05 00000002'),
  ]) {
    assert.throws(() => [...parseFlvFile(bytes)], FormatError);
  }
});

test('10,000 mutated files: tags or a FormatError', () => {
  const random = seededRandom(0xf11e);
  for (let i = 0; i < 10_000; i++) {
    try {
      const tags = [...parseFlvFile(mutate(FILE, random))];
      assert.ok(tags.length <= TAGS.length + 1);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }
});
