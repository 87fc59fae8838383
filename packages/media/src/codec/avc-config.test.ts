import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FormatError } from '../bytes/index.ts';
import { avcVideoConfig, buildAvcC, parameterSetId, parseAvcC } from './avc-config.ts';
import { parseAvcSps } from './avc-sps.ts';
import { AVC_RECORDS } from './testing/avc-records.ts';
import { hex, joined, mutate, seededRandom } from './testing/seeded.ts';

const code = (expected: string) => (error: unknown) =>
  error instanceof FormatError && error.code === expected;

describe('the records of an encoder', () => {
  for (const row of AVC_RECORDS) {
    test(row.name, () => {
      const record = hex(row.record);
      const sets = parseAvcC(record);
      const config = avcVideoConfig(sets);
      assert.equal(config.codecString, row.codecString);
      assert.deepEqual([config.width, config.height], row.size);
      assert.deepEqual(config.sampleAspectRatio, row.sampleAspectRatio);
      assert.ok(Math.abs((config.frameRate ?? 0) - row.frameRate) < 1e-9);
      assert.equal(config.timescale, 90_000);
      const sps = parseAvcSps(sets.sps[0] ?? record);
      assert.equal(sps.chromaFormat, row.chromaFormat);
      assert.equal(sps.bitDepthLuma, row.bitDepth);
      assert.equal(sps.bitDepthChroma, row.bitDepth);
      assert.deepEqual(buildAvcC(sets), record);
    });
  }

  test('colours come from the VUI', () => {
    const row = AVC_RECORDS.find(({ name }) => name.includes('colours'));
    const config = avcVideoConfig(parseAvcC(hex(row?.record ?? '')));
    assert.deepEqual(config.colour, { primaries: 5, transfer: 5, matrix: 5, fullRange: false });
  });
});

describe('records that are wrong', () => {
  const good = hex(AVC_RECORDS[0]?.record ?? '');
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = new Uint8Array(good);
    bytes[at] = value;
    return bytes;
  };
  const rows: readonly (readonly [string, Uint8Array, string])[] = [
    ['empty', new Uint8Array(0), 'codec/avcc-short'],
    ['cut in the SPS', good.subarray(0, 20), 'codec/avcc-short'],
    ['another version', changed(0, 0), 'codec/avcc'],
    ['Annex B instead of a record', hex('00000001 6742c01f'), 'codec/avcc'],
    ['lengths of three bytes', changed(4, 0xfe), 'codec/avcc'],
    ['no SPS', hex('0142c01f ff e0 01 0001 68'), 'codec/avcc'],
    ['no PPS', good.subarray(0, 33).with(33 - 1, good[32] ?? 0), 'codec/avcc-short'],
  ];
  for (const [name, bytes, expected] of rows) {
    test(name, () => assert.throws(() => parseAvcC(bytes), code(expected)));
  }

  test('an SPS that asks for an impossible picture', () => {
    // profile 66, id 0, frame num 4, POC type 0 / 4, 1 reference, then a width of 2^20 macroblocks
    const sps = joined(hex('6742001e'), hex('f8 0000 0800 01'));
    assert.throws(() => parseAvcSps(sps), FormatError);
  });
});

test('ids of parameter sets', () => {
  const sets = parseAvcC(hex(AVC_RECORDS[2]?.record ?? ''));
  assert.equal(parameterSetId(sets.sps[0] ?? new Uint8Array(0)), 0);
  assert.equal(parameterSetId(sets.pps[0] ?? new Uint8Array(0)), 0);
  assert.equal(parameterSetId(hex('68 40')), 1);
  assert.throws(() => parameterSetId(hex('68')), code('codec/avc-set-short'));
});

test('10,000 mutated records: a configuration or a FormatError', () => {
  const random = seededRandom(0xa7c);
  const records = AVC_RECORDS.map((row) => hex(row.record));
  let read = 0;
  for (let i = 0; i < 10_000; i++) {
    const bytes = mutate(records[i % records.length] ?? new Uint8Array(0), random);
    try {
      const config = avcVideoConfig(parseAvcC(bytes));
      assert.match(config.codecString, /^avc1\.[0-9A-F]{6}$/);
      assert.ok(config.width > 0 && config.width <= 16_896 && config.height > 0 && config.height <= 33_792);
      read++;
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }
  assert.ok(read > 1000 && read < 9000, `${read} were still readable`);
});
