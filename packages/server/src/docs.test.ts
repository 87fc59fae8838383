/** The documents name every setting and every error, with the values that the program has. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { API_ERRORS } from '@millrace/contract';
import { SETTINGS } from './config.ts';

const read = (path: string) => readFileSync(new URL(`../../../docs/${path}`, import.meta.url), 'utf8');

function fallbackInWords(fallback: unknown): string {
  if (fallback === undefined) return 'not set';
  if (fallback === false) return 'off';
  if (Array.isArray(fallback)) return fallback.length === 0 ? 'none' : `\`${fallback.join(',')}\``;
  assert(typeof fallback === 'string' || typeof fallback === 'number');
  return `\`${fallback}\``;
}

describe('docs/operating/settings.md', () => {
  const rows = new Map(
    [...read('operating/settings.md').matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|/gm)].map(
      ([, key = '', fallback = '']) => [key, fallback] as const,
    ),
  );

  for (const { key, fallback } of SETTINGS) {
    test(key, () => {
      const shown = fallbackInWords(fallback);
      assert.equal(rows.get(key), shown);
    });
  }

  test('names nothing else', () => {
    assert.deepEqual([...rows.keys()].sort(), SETTINGS.map((setting) => setting.key).sort());
  });
});

test('docs/api.md lists every error with its status', () => {
  const listed = [...read('api.md').matchAll(/^\| `([a-z-]+)` +\| (\d{3}) +\|/gm)].map(
    ([, code = '', status]) => [code, Number(status)] as const,
  );
  assert.deepEqual(Object.fromEntries(listed), { ...API_ERRORS });
});
