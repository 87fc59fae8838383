import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '@millrace/media';
import { IngestMonitor } from './ingest-monitor.ts';
import { INITS } from './testing/chunks.ts';

interface Habits {
  readonly keyEveryMs?: number;
  readonly bytes?: (atMs: number) => number;
  readonly skip?: (atMs: number) => boolean;
  readonly offsetMs?: (frame: number) => number;
  readonly audio?: boolean;
}

/** Thirty seconds of an encoder with these habits; the test tracks count in ms. */
function watch({
  keyEveryMs = 2000,
  bytes = () => 5000,
  skip,
  offsetMs,
  audio = true,
}: Habits): IngestMonitor {
  const monitor = new IngestMonitor();
  monitor.config(INITS.video.config);
  if (audio) monitor.config(INITS.audio.config);
  for (let atMs = 0, frame = 0; atMs < 30_000; atMs += 40, frame++) {
    if (skip?.(atMs) === true) continue;
    const shared = { duration: 40, discontinuity: false, arrivalMs: atMs };
    const video: Frame = {
      ...shared,
      kind: 'video',
      dts: atMs,
      pts: atMs + (offsetMs?.(frame) ?? 0),
      key: atMs % keyEveryMs === 0,
      payload: new Uint8Array(bytes(atMs)),
    };
    monitor.frame(video, atMs);
    if (audio)
      monitor.frame(
        { ...shared, kind: 'audio', dts: atMs, pts: atMs, key: true, payload: new Uint8Array(500) },
        atMs,
      );
  }
  return monitor;
}

const CASES: readonly (readonly [string, Habits, readonly string[]])[] = [
  ['a good encoder', {}, []],
  ['one with a constant composition offset', { offsetMs: () => 80 }, []],
  ['one with B-frames', { offsetMs: (frame) => [80, 160, 0, 40][frame % 4] ?? 0 }, ['b-frames']],
  ['rare key frames', { keyEveryMs: 10_000 }, ['key-frames-too-far-apart']],
  [
    'a bitrate that collapses',
    { bytes: (atMs) => (atMs > 12_000 && atMs < 18_000 ? 200 : 5000) },
    ['bitrate-unstable'],
  ],
  [
    'an overloaded encoder',
    {
      skip: (atMs) => atMs > 12_000 && atMs < 18_000 && atMs % 80 !== 0,
      bytes: (atMs) => (atMs > 12_000 && atMs < 18_000 ? 10_000 : 5000),
    },
    ['frame-rate-unstable'],
  ],
  ['no sound', { audio: false }, ['audio-missing']],
];

for (const [what, habits, advice] of CASES) {
  test(`advice to ${what}: ${advice.join(', ') || 'none'}`, () => {
    assert.deepEqual(watch(habits).snapshot(30_000, 0).advice, advice);
  });
}

test('drift and losses are told', () => {
  const monitor = watch({});
  monitor.dropped(30_000);
  const { advice, droppedFrames } = monitor.snapshot(30_000, -120);
  assert.deepEqual(advice, ['clock-drift', 'frames-dropped']);
  assert.equal(droppedFrames, 1);
});

test('figures are those of the last ten seconds', () => {
  const { video, audio } = watch({ bytes: (atMs) => (atMs < 10_000 ? 1000 : 5000) }).snapshot(30_000, 0);
  assert.equal(video?.framesPerSecond, 25);
  assert.equal(video.bitsPerSecond, 1_000_000);
  assert.equal(audio?.bitsPerSecond, 100_000);
});

test('a pause longer than the memory leaves no old figures', () => {
  const monitor = watch({});
  const { video } = monitor.snapshot(300_000, 0);
  assert.equal(video?.bitsPerSecond, 0);
});
