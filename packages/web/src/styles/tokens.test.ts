/** Contrast of the pairs of colours that carry text or shape, by WCAG 2.2 (SC 1.4.3 and 1.4.11), in both themes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');
const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

function colour(name: string, theme: Theme): string {
  const both = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  const one = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(css);
  const value = theme === 'light' ? (both?.[1] ?? one?.[1]) : (both?.[2] ?? one?.[1]);
  assert(value !== undefined, `no colour --${name}`);
  return value;
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first: string, second: string): number {
  const [light = 0, dark = 0] = [luminance(first), luminance(second)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT: readonly (readonly [ink: string, ground: string])[] = [
  ...['ground', 'surface', 'raised', 'accent-wash'].flatMap((ground): [string, string][] => [
    ['ink', ground],
    ['ink-soft', ground],
  ]),
  ['accent', 'ground'],
  ['accent', 'surface'],
  ['accent', 'accent-wash'],
  ['accent-ink', 'accent'],
  ['accent-ink', 'accent-hover'],
  ['bad', 'ground'],
  ['bad', 'surface'],
  ['bad', 'bad-wash'],
  ['bad-ink', 'bad-fill'],
  ['picture-ink', 'picture'],
];
const SHAPE: readonly (readonly [shape: string, ground: string])[] = [
  ['line-strong', 'ground'],
  ['line-strong', 'surface'],
  ['good', 'surface'],
  ['good', 'raised'],
];

for (const theme of THEMES) {
  test(`${theme}: text stands out by 4.5, edges of controls by 3`, () => {
    for (const [pairs, least] of [
      [TEXT, 4.5],
      [SHAPE, 3],
    ] as const) {
      for (const [first, second] of pairs) {
        const found = contrast(colour(first, theme), colour(second, theme));
        assert(found >= least, `${first} on ${second}: ${found.toFixed(2)} is below ${least}`);
      }
    }
  });
}
