import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LatencyControl, type LatencyMode } from './latency-control.ts';

const TICK_MS = 50;
const CHUNK_MS = 100;

/** A viewer in virtual time: media arrives a chunk at a time and is played at the rate that was decided. */
class Viewer {
  readonly control: LatencyControl;
  nowMs = 0;
  aheadMs: number;
  rate = 1;
  seeks = 0;
  readonly rates: number[] = [];
  #arrivedMs = 0;
  #blockedUntilMs = 0;

  constructor(mode: LatencyMode, aheadMs: number, coarse = false) {
    this.control = new LatencyControl(mode, coarse);
    this.aheadMs = aheadMs;
    this.control.restarted(0);
  }

  block(durationMs: number): void {
    this.#blockedUntilMs = this.nowMs + durationMs;
  }

  run(durationMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs;) {
      this.nowMs += TICK_MS;
      if (this.nowMs >= this.#blockedUntilMs) {
        while (this.#arrivedMs + CHUNK_MS <= this.nowMs) {
          this.#arrivedMs += CHUNK_MS;
          this.aheadMs += CHUNK_MS;
        }
      }
      const wasDry = this.aheadMs === 0;
      this.aheadMs = Math.max(0, this.aheadMs - TICK_MS * this.rate);
      if (this.aheadMs === 0 && !wasDry) this.control.restarted(this.nowMs);
      const decision = this.control.decide({
        nowMs: this.nowMs,
        aheadMs: this.aheadMs,
        playing: true,
        live: true,
      });
      this.rate = decision.rate;
      this.rates.push(decision.rate);
      if (decision.seekToEdgeMinusMs !== undefined) {
        this.seeks += 1;
        this.aheadMs = decision.seekToEdgeMinusMs;
      }
    }
  }
}

test('holds the picture at the start until the target is in store', () => {
  const viewer = new Viewer('normal', 0);
  viewer.run(300);
  assert.equal(viewer.rate, 0);
  viewer.run(400);
  assert.equal(viewer.rate, 1);
});

for (const [mode, targetMs] of [
  ['normal', 450],
  ['low', 180],
] as const) {
  test(`${mode}: a store of 1.5 s is worked off without a seek, to near ${targetMs} ms`, () => {
    const viewer = new Viewer(mode, 1500);
    viewer.run(15_000);
    assert.equal(viewer.seeks, 0);
    assert.ok(Math.max(...viewer.rates) <= 1.25);
    const lowest = Math.min(...Array.from({ length: 20 }, () => (viewer.run(TICK_MS), viewer.aheadMs)));
    assert.ok(Math.abs(lowest - targetMs) < 160, `${lowest} ms`);
    const settled = viewer.rates.length;
    viewer.run(5000);
    assert.deepEqual([...new Set(viewer.rates.slice(settled))], [1], 'no hunting around the target');
  });
}

test('too far behind is one seek, not a minute of fast speech', () => {
  const viewer = new Viewer('normal', 12_000);
  viewer.run(5000);
  assert.equal(viewer.seeks, 1);
  assert.ok(viewer.aheadMs < 1000);
});

test('at most one seek in three seconds', () => {
  const viewer = new Viewer('normal', 12_000);
  viewer.run(1000);
  viewer.aheadMs = 12_000;
  viewer.run(1500);
  assert.equal(viewer.seeks, 1);
  viewer.run(2000);
  assert.equal(viewer.seeks, 2);
});

test('a tab that returns seeks once, from a distance that would else be caught up', () => {
  const viewer = new Viewer('normal', 450);
  viewer.run(5000);
  viewer.aheadMs += 2500;
  viewer.run(2000);
  assert.equal(viewer.seeks, 0);
  viewer.aheadMs = 3000;
  viewer.control.tabReturned();
  viewer.control.restarted(viewer.nowMs);
  viewer.run(3000);
  assert.equal(viewer.seeks, 1);
});

test('who stays behind by choice is left alone', () => {
  const viewer = new Viewer('normal', 30_000);
  viewer.control.follow(false);
  viewer.run(5000);
  assert.equal(viewer.seeks, 0);
  assert.equal(viewer.rate, 1);
  viewer.control.follow(true);
  viewer.run(2000);
  assert.equal(viewer.seeks, 1);
});

test('after a stall the target grows, and a calm minute takes it back', () => {
  const control = new LatencyControl('normal');
  const before = control.targetMs;
  control.raise(0);
  const raised = control.targetMs;
  assert.ok(raised > before + 100);
  for (let nowMs = 0; nowMs < 59_000; nowMs += 1000)
    control.decide({ nowMs, aheadMs: raised, playing: true, live: true });
  assert.equal(control.targetMs, raised);
  control.decide({ nowMs: 61_000, aheadMs: raised, playing: true, live: true });
  assert.ok(Math.abs(control.targetMs - before) < 1);
  for (let stall = 0; stall < 30; stall += 1) control.raise(70_000);
  assert.equal(control.targetMs, 3000);
});

test('a running dry refills before it plays on', () => {
  const viewer = new Viewer('low', 180);
  viewer.run(3000);
  viewer.block(1200);
  viewer.run(1000);
  assert.equal(viewer.rate, 0);
  viewer.run(500);
  assert.ok(viewer.rate >= 1);
  assert.ok(viewer.aheadMs >= 100);
});

test('Safari gets steps of 0.25 only', () => {
  const viewer = new Viewer('normal', 2000, true);
  viewer.run(15_000);
  assert.deepEqual(
    [...new Set(viewer.rates)].sort((a, b) => a - b),
    [1, 1.25],
  );
});

test('without a live feed nothing is steered', () => {
  const control = new LatencyControl('normal');
  control.restarted(0);
  assert.equal(control.decide({ nowMs: 50, aheadMs: 10, playing: true, live: false }).rate, 1);
});
