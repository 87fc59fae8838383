import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AccessUnit, readAccessUnit } from './avc-nal.ts';
import { hex, mutate, seededRandom } from './testing/seeded.ts';

function unit(bytes: Uint8Array, nalLengthBytes = 4): AccessUnit {
  const result = readAccessUnit(bytes, nalLengthBytes);
  assert.ok(result.ok, 'refused');
  return result.unit;
}

function refusal(bytes: Uint8Array): string {
  const result = readAccessUnit(bytes, 4);
  assert.ok(!result.ok, 'accepted');
  return result.code;
}

// Slice headers: first_mb_in_slice 0 (1), then slice_type 7 = I (0001000) or 5 = P (00110).
const IDR = '00000002 65 88';
const I_SLICE = '00000002 41 88';
const P_SLICE = '00000002 41 9a';

describe('what an access unit holds', () => {
  const rows: readonly (readonly [string, string, Partial<AccessUnit>])[] = [
    ['an IDR picture', IDR, { picture: true, idr: true }],
    ['an intra picture that is no IDR', I_SLICE, { picture: true, idr: false, randomAccess: true }],
    ['a picture that depends on others', P_SLICE, { picture: true, idr: false, randomAccess: false }],
    ['a recovery point', `00000005 06 06 01 84 80 ${P_SLICE}`, { picture: true, randomAccess: true }],
    [
      'a recovery point behind other messages',
      `00000009 06 05 02 aabb 06 01 84 80 ${P_SLICE}`,
      { randomAccess: true },
    ],
    ['captions are no recovery point', `00000005 06 04 01 84 80 ${P_SLICE}`, { randomAccess: false }],
    ['delimiter and SEI alone', '00000002 09 10 00000003 06 05 00', { picture: false }],
    ['nothing', '', { picture: false, idr: false }],
  ];
  for (const [name, bytes, expected] of rows) {
    test(name, () => {
      const found = unit(hex(bytes));
      for (const [field, value] of Object.entries(expected))
        assert.equal(found[field as keyof AccessUnit], value, field);
    });
  }

  test('in-band parameter sets are found and stay', () => {
    const bytes = hex(`00000002 67 42 00000002 68 ce ${IDR}`);
    const found = unit(bytes);
    assert.deepEqual(found.parameterSets, [hex('6742'), hex('68ce')]);
    assert.equal(found.payload, bytes);
  });
});

describe('the payload', () => {
  test('is the input itself when nothing has to go', () => {
    const bytes = hex(`00000002 09 f0 ${IDR}`);
    assert.equal(unit(bytes).payload, bytes);
  });
  test('loses filler data and empty units', () => {
    assert.deepEqual(unit(hex(`00000003 0c ff 80 ${IDR} 00000000 ${P_SLICE}`)).payload, hex(IDR + P_SLICE));
  });
  test('gets lengths of 4 bytes from 2 and 1', () => {
    assert.deepEqual(unit(hex('0002 6588 0001 41'), 2).payload, hex('00000002 6588 00000001 41'));
    assert.deepEqual(unit(hex('02 6588'), 1).payload, hex('00000002 6588'));
  });
  test('loses zeros at its end', () => {
    assert.deepEqual(unit(hex(`${IDR} 000000`)).payload, hex(IDR));
  });
});

describe('refused', () => {
  test('a length past the end', () => assert.equal(refusal(hex('00000009 65 88')), 'codec/avc-nal-length'));
  test('stray bytes', () => assert.equal(refusal(hex(`${IDR} 00 01`)), 'codec/avc-nal-length'));
  test('forbidden_zero_bit', () => assert.equal(refusal(hex('00000002 e5 88')), 'codec/avc-nal-header'));
  test('thousands of units', () => {
    assert.equal(refusal(hex('00000000'.repeat(5000))), 'codec/avc-nal-count');
  });
});

test('10,000 mutated access units: never an exception, never a payload that does not add up', () => {
  const random = seededRandom(0x4a1);
  const seeds = [
    hex(`00000002 09 f0 00000005 06 06 01 84 80 ${IDR}`),
    hex(`00000003 0c ff 80 ${I_SLICE} 00000002 67 42`),
    hex(`0002 6588 0003 41 9a 00`),
  ];
  for (let i = 0; i < 10_000; i++) {
    const lengthBytes = i % 3 === 2 ? 2 : 4;
    const result = readAccessUnit(mutate(seeds[i % 3] ?? new Uint8Array(0), random), lengthBytes);
    if (!result.ok) continue;
    const again = readAccessUnit(result.unit.payload, 4);
    assert.ok(again.ok && again.unit.payload === result.unit.payload, 'what was made fit is fit');
  }
});
