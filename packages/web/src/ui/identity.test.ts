import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashName, hueOf, initialOf, seeded } from './identity.ts';

test('a name always gives the same hue, and names give many', () => {
  assert.equal(hueOf('mara'), hueOf('mara'));
  const names = Array.from({ length: 300 }, (_, index) => `user${index}`);
  const counts = new Map<number, number>();
  for (const name of names) counts.set(hueOf(name), (counts.get(hueOf(name)) ?? 0) + 1);
  assert.equal(counts.size, 30);
  assert(Math.max(...counts.values()) < 30, 'no hue takes a tenth of all names');
});

test('hashes are unsigned 32-bit', () => {
  for (const name of ['', 'a', '林舟', 'x'.repeat(300)]) {
    const hash = hashName(name);
    assert(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
  }
});

test('the initial is a character as people see it', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['mara', 'M'],
    ['  kaito', 'K'],
    ['林舟', '林'],
    ['👩‍🎨 studio', '👩‍🎨'],
    ['éclair', 'É'],
    ['', '?'],
  ];
  for (const [name, initial] of cases) assert.equal(initialOf(name), initial);
});

test('seeded numbers repeat and stay below one', () => {
  const [first, second] = [seeded(7), seeded(7)];
  for (let round = 0; round < 100; round++) {
    const value = first();
    assert.equal(value, second());
    assert(value >= 0 && value < 1);
  }
});
