import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FormatError } from '../bytes/index.ts';
import { mp3AudioConfig, parseMp3Header } from './mp3.ts';
import { hex, mutate, seededRandom } from './testing/seeded.ts';

/** Frame sizes as the formula of §2.4.3.1 gives them: 144 × bit rate / rate, half of it for the lower rates. */
const ROWS = [
  [
    'MPEG-1, 128 kbit/s, 44.1 kHz, joint stereo',
    'fffb9064',
    { sampleRate: 44_100, channels: 2, samples: 1152, frameBytes: 417 },
  ],
  ['the same, padded', 'fffb9264', { sampleRate: 44_100, channels: 2, samples: 1152, frameBytes: 418 }],
  [
    'MPEG-1, 64 kbit/s, 48 kHz, mono',
    'fffb54c4',
    { sampleRate: 48_000, channels: 1, samples: 1152, frameBytes: 192 },
  ],
  [
    'MPEG-2, 64 kbit/s, 22.05 kHz, mono',
    'fff380c4',
    { sampleRate: 22_050, channels: 1, samples: 576, frameBytes: 208 },
  ],
  [
    'MPEG-2.5, 8 kbit/s, 8 kHz, mono',
    'ffe318c4',
    { sampleRate: 8_000, channels: 1, samples: 576, frameBytes: 72 },
  ],
  ['free format', 'fffb0064', { sampleRate: 44_100, channels: 2, samples: 1152, frameBytes: undefined }],
] as const;

describe('MP3 headers', () => {
  for (const [name, bytes, expected] of ROWS) {
    test(name, () => {
      const { version: _, ...header } = parseMp3Header(hex(bytes));
      assert.deepEqual(header, expected);
    });
  }
  for (const [name, bytes, code] of [
    ['short', 'fffb90', 'codec/mp3-header-short'],
    ['no syncword', '00fb9064', 'codec/mp3-header'],
    ['reserved version', 'ffeb9064', 'codec/mp3-header'],
    ['reserved rate', 'fffb9c64', 'codec/mp3-header'],
    ['forbidden bit rate', 'fffbf064', 'codec/mp3-header'],
    ['layer II', 'fffd9064', 'codec/mp3-layer'],
  ] as const) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseMp3Header(hex(bytes)),
        (error) => error instanceof FormatError && error.code === code,
      );
    });
  }
  test('the codec string tells MPEG-1 from the lower rates', () => {
    assert.equal(mp3AudioConfig(parseMp3Header(hex('fffb9064'))).codecString, 'mp4a.6B');
    assert.equal(mp3AudioConfig(parseMp3Header(hex('fff380c4'))).codecString, 'mp4a.69');
  });
});

test('10,000 mutated headers: a header or a FormatError', () => {
  const random = seededRandom(0x3d3);
  for (let i = 0; i < 10_000; i++) {
    try {
      const header = parseMp3Header(mutate(hex(ROWS[i % ROWS.length]?.[1] ?? ''), random));
      assert.ok(header.frameBytes === undefined || (header.frameBytes > 20 && header.frameBytes < 2000));
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }
});
