import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAgo, formatBitrate, formatClock, formatCount, formatDecimal, isoDuration } from './format.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

test('counts are exact below ten thousand and short above, in each language its own way', () => {
  assert.equal(formatCount(0, 'en'), '0');
  assert.equal(formatCount(9999, 'en'), '9,999');
  assert.equal(formatCount(12_345, 'en'), '12.3K');
  assert.equal(formatCount(12_345, 'zh-CN'), '1.2万');
  assert.equal(formatCount(120_000_000, 'zh-CN'), '1.2亿');
});

test('a clock shows minutes and seconds, and hours only when there are some', () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5, '0:00'],
    [999, '0:00'],
    [61 * SECOND_MS, '1:01'],
    [59 * 60 * SECOND_MS + 59 * SECOND_MS, '59:59'],
    [HOUR_MS, '1:00:00'],
    [26 * HOUR_MS + 3 * 60 * SECOND_MS + 9 * SECOND_MS, '26:03:09'],
  ];
  for (const [durationMs, shown] of cases) assert.equal(formatClock(durationMs), shown);
});

test('the duration for machines is whole seconds and never negative', () => {
  assert.equal(isoDuration(61_900), 'PT61S');
  assert.equal(isoDuration(-1), 'PT0S');
});

test('a bitrate takes the unit that keeps it short', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 kbps'],
    [128_400, '128 kbps'],
    [999_400, '999 kbps'],
    [999_600, '1.0 Mbps'],
    [2_480_000, '2.5 Mbps'],
    [120_000_000, '120 Mbps'],
  ];
  for (const [bits, shown] of cases) assert.equal(formatBitrate(bits), shown);
});

test('a decimal keeps at most one digit, and none that says nothing', () => {
  assert.equal(formatDecimal(30, 'en'), '30');
  assert.equal(formatDecimal(29.97, 'en'), '30');
  assert.equal(formatDecimal(29.94, 'en'), '29.9');
});

test('how long ago: the largest full unit, and now for the present and the future', () => {
  const nowMs = Date.UTC(2026, 10, 21, 12);
  const ago = (seconds: number, language: 'en' | 'zh-CN'): string =>
    formatAgo(nowMs - seconds * SECOND_MS, nowMs, language);
  assert.equal(ago(-30, 'en'), 'just now');
  assert.equal(ago(59, 'en'), 'just now');
  assert.equal(ago(60, 'en'), '1 minute ago');
  assert.equal(ago(7199, 'en'), '1 hour ago');
  assert.equal(ago(86_400, 'en'), 'yesterday');
  assert.equal(ago(3 * 86_400, 'zh-CN'), '3天前');
  assert.equal(ago(400 * 86_400, 'en'), 'last year');
});
