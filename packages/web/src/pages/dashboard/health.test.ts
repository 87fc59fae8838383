import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngestAdvice, IngestHealth } from '@millrace/contract';
import { CATALOGUES } from '../../i18n/index.ts';
import { sayAdvice, sayDrift } from './advice.ts';
import { addSample, curveOf, HISTORY_MINUTES, type Sample } from './history.ts';
import { codecName, encoderName } from './names.ts';

const HEALTH: IngestHealth = {
  state: 'live',
  startedAt: '2026-11-21T12:00:00Z',
  encoder: 'x',
  video: {
    codec: 'avc1.64001f',
    width: 1280,
    height: 720,
    framesPerSecond: 30,
    bitsPerSecond: 2_000_000,
    keyFrameIntervalMs: 10_000,
  },
  audio: { codec: 'mp4a.40.2', sampleRate: 48_000, channels: 2, bitsPerSecond: 128_000 },
  driftMs: -132.4,
  droppedFrames: 0,
  viewers: 1,
  advice: [],
};

test('the history keeps the last minutes only, and sums picture and sound', () => {
  let history: readonly Sample[] = [];
  for (let second = 0; second < 400; second++) history = addSample(history, HEALTH, second * 1000);
  assert.equal(history.length, HISTORY_MINUTES * 60);
  assert.equal(history.at(-1)?.bitsPerSecond, 2_128_000);
});

test('an interruption is a fall to zero, the end an empty history', () => {
  const before = addSample([], HEALTH, 0);
  const gone = addSample(before, { ...HEALTH, state: 'interrupted' }, 1000);
  assert.deepEqual(gone.at(-1), { atMs: 1000, bitsPerSecond: 0, framesPerSecond: 0 });
  assert.deepEqual(addSample(gone, { ...HEALTH, state: 'offline' }, 2000), []);
});

test('a curve has its newest value at the right edge and zero at the bottom', () => {
  const shape = curveOf(
    [
      { atMs: 0, value: 100 },
      { atMs: HISTORY_MINUTES * 60_000, value: 0 },
    ],
    360,
    56,
  );
  assert(shape !== undefined);
  assert.match(shape.line, /^M0\.0 7\.3L360\.0 56\.0$/);
  assert.deepEqual([shape.low, shape.high, shape.now], [0, 100, 0]);
  assert.equal(curveOf([], 360, 56), undefined);
  assert.match(curveOf([{ atMs: 5, value: 0 }], 360, 56)?.line ?? '', /^M360\.0 56\.0$/);
});

test('every advice is a sentence with the measured number in it, in both languages', () => {
  const codes = Object.keys(CATALOGUES.en.dashboard.advice) as IngestAdvice[];
  for (const [language, { dashboard }] of Object.entries(CATALOGUES)) {
    for (const code of codes) {
      assert(
        sayAdvice(code, HEALTH, dashboard, language as 'en' | 'zh-CN').length > 20,
        `${language} ${code}`,
      );
    }
    const spoken = language as 'en' | 'zh-CN';
    assert.match(sayAdvice('key-frames-too-far-apart', HEALTH, dashboard, spoken), /\b10\b/);
    assert.match(sayAdvice('clock-drift', HEALTH, dashboard, spoken), /\b132\b/);
  }
});

test('drift has a direction, and a little of it is none', () => {
  const text = CATALOGUES.en.dashboard;
  assert.equal(sayDrift(12, text), 'in step');
  assert.equal(sayDrift(80.4, text), '80 ms ahead');
  assert.equal(sayDrift(-132.4, text), '132 ms behind');
});

test('codecs and encoders go by the names that people know', () => {
  const codecs = [
    'avc1.64001f',
    'hvc1.1.6.L93.B0',
    'mp4a.40.2',
    'mp4a.40.5',
    'mp4a.6B',
    'mp4a.40.34',
    'mp3',
    'opus',
  ];
  assert.deepEqual(codecs.map(codecName), ['H.264', 'H.265', 'AAC', 'HE-AAC', 'MP3', 'MP3', 'MP3', 'Opus']);
  assert.equal(codecName('what'), 'what');
  assert.equal(encoderName('FMLE/3.0 (compatible; Lavf59.27.100)'), 'FFmpeg (Lavf59.27.100)');
  assert.equal(encoderName('FMLE/3.0 (compatible; FMSc/1.0)'), 'OBS / librtmp');
  assert.equal(encoderName('My camera 1.2'), 'My camera 1.2');
});
