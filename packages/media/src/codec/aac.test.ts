import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FormatError } from '../bytes/index.ts';
import { parseAudioSpecificConfig } from './aac.ts';
import { bits, hex, joined, mutate, seededRandom } from './testing/seeded.ts';

interface Row {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly codecString: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly frameTicks: number;
}

/** LC, 48 kHz, channels by a program_config_element: front mono and pair, back pair, LFE. */
const PROGRAM_CONFIG = joined(
  bits(
    '00010 0011 0000 000' + // AudioSpecificConfig and GASpecificConfig
      '0000 01 0011 0010 0000 0001 01 000 0000 0 0 0' + // counts and mixdowns
      '0 0000 1 0000 1 0001 0000', // elements
  ),
  hex('00'), // no comment
);

const ROWS: readonly Row[] = [
  {
    name: 'LC mono as ffmpeg writes it',
    bytes: hex('120856e500'),
    codecString: 'mp4a.40.2',
    sampleRate: 44_100,
    channels: 1,
    frameTicks: 1024,
  },
  {
    name: 'LC stereo in two bytes',
    bytes: hex('1210'),
    codecString: 'mp4a.40.2',
    sampleRate: 44_100,
    channels: 2,
    frameTicks: 1024,
  },
  {
    name: 'LC 5.1',
    bytes: hex('11b056e500'),
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channels: 6,
    frameTicks: 1024,
  },
  {
    name: 'LC 7.1',
    bytes: bits('00010 0011 0111 000'),
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channels: 8,
    frameTicks: 1024,
  },
  {
    name: 'Main',
    bytes: hex('099056e500'),
    codecString: 'mp4a.40.1',
    sampleRate: 48_000,
    channels: 2,
    frameTicks: 1024,
  },
  {
    name: 'LC with frames of 960',
    bytes: bits('00010 0011 0010 100'),
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channels: 2,
    frameTicks: 960,
  },
  {
    name: 'LC with an escape rate',
    bytes: hex('178056221 0'),
    codecString: 'mp4a.40.2',
    sampleRate: 44_100,
    channels: 2,
    frameTicks: 1024,
  },
  {
    name: 'LC by program config',
    bytes: PROGRAM_CONFIG,
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channels: 6,
    frameTicks: 1024,
  },
  {
    name: 'HE, explicit',
    bytes: hex('2b118800'),
    codecString: 'mp4a.40.5',
    sampleRate: 48_000,
    channels: 2,
    frameTicks: 2048,
  },
  {
    name: 'HE, backward compatible',
    bytes: hex('131056e598'),
    codecString: 'mp4a.40.5',
    sampleRate: 48_000,
    channels: 2,
    frameTicks: 2048,
  },
  {
    name: 'HE v2, explicit',
    bytes: hex('eb098800'),
    codecString: 'mp4a.40.29',
    sampleRate: 48_000,
    channels: 2,
    frameTicks: 2048,
  },
  {
    name: 'HE v2, backward compatible',
    bytes: hex('130856e59d4880'),
    codecString: 'mp4a.40.29',
    sampleRate: 48_000,
    channels: 2,
    frameTicks: 2048,
  },
  {
    name: 'HE, downsampled',
    bytes: bits('00101 0011 0010 0011 00010 000'),
    codecString: 'mp4a.40.5',
    sampleRate: 48_000,
    channels: 2,
    frameTicks: 1024,
  },
];

describe('AudioSpecificConfig', () => {
  for (const { name, bytes, ...expected } of ROWS) {
    test(name, () => {
      const config = parseAudioSpecificConfig(bytes);
      const { codecString, sampleRate, channels, frameTicks } = config;
      assert.deepEqual({ codecString, sampleRate, channels, frameTicks }, expected);
      assert.equal(config.timescale, sampleRate);
      assert.deepEqual(config.record, bytes);
      assert.notEqual(config.record.buffer, bytes.buffer);
    });
  }

  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', new Uint8Array(0), 'codec/aac-config-short'],
    ['one byte', hex('12'), 'codec/aac-config-short'],
    ['a reserved rate', bits('00010 1101 0010 000'), 'codec/aac-config'],
    ['a rate of 0', bits('00010 1111 000000000000000000000000 0010 000'), 'codec/aac-config'],
    ['a reserved channel configuration', bits('00010 0011 1001 000'), 'codec/aac-config'],
    ['USAC', bits('11111 001010 0011 0010 000'), 'codec/aac-object-type'],
    ['SBR to an unrelated rate', bits('00101 0110 0010 0100 00010 000'), 'codec/aac-config'],
  ];
  for (const [name, bytes, code] of refused) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseAudioSpecificConfig(bytes),
        (error) => error instanceof FormatError && error.code === code,
      );
    });
  }
});

test('10,000 mutated configurations: a track or a FormatError', () => {
  const random = seededRandom(0xaac);
  for (let i = 0; i < 10_000; i++) {
    try {
      const config = parseAudioSpecificConfig(
        mutate(ROWS[i % ROWS.length]?.bytes ?? new Uint8Array(0), random),
      );
      assert.ok(config.sampleRate >= 1000 && config.sampleRate <= 384_000);
      assert.ok(config.channels > 0 && Number.isInteger(config.frameTicks) && config.frameTicks > 0);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }
});
