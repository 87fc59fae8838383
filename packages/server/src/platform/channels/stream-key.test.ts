import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWellFormed, keyPrefix, newStreamKey } from './stream-key.ts';

test('a key is live_, 26 random letters and 6 that check them', () => {
  const keys = Array.from({ length: 200 }, () => newStreamKey());
  for (const key of keys) {
    assert.match(key, /^live_[0-9A-Za-z]{32}$/);
    assert.equal(isWellFormed(key), true);
  }
  assert.equal(new Set(keys).size, keys.length);
});

test('a letter wrong, swapped, missing or too many is noticed', () => {
  const key = 'live_0123456789ABCDEFGHIJKLMNOP';
  const right = newStreamKey();
  for (let at = 0; at < right.length; at += 1) {
    const other = right[at] === 'x' ? 'y' : 'x';
    assert.equal(isWellFormed(right.slice(0, at) + other + right.slice(at + 1)), false, `letter ${at}`);
    assert.equal(isWellFormed(right.slice(0, at) + right.slice(at + 1)), false);
  }
  for (const wrong of [
    '',
    'live_',
    key,
    ` ${right}`,
    `${right}\n`,
    right.toUpperCase(),
    `${right}a`,
    '__proto__',
  ]) {
    assert.equal(isWellFormed(wrong), false, JSON.stringify(wrong));
  }
});

test('what lists show leaves the secret unknown', () => {
  assert.equal(keyPrefix('live_aB3defghijklmnopqrstuvwxyz012345'), 'live_aB3…');
});
