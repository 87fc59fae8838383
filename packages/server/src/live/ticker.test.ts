import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bundle } from './bundle.ts';
import { chunkOf, initOf } from './testing/chunks.ts';
import { VirtualClock } from './testing/virtual-clock.ts';
import { Ticker } from './ticker.ts';

function setUp(chunkMs: number, tickMs = 0) {
  const clock = new VirtualClock();
  const left: { atMs: number; chunks: string }[] = [];
  const bundles: Bundle[] = [];
  const ticker = new Ticker({
    clock,
    chunkMs,
    tickMs: () => tickMs,
    emit(bundle) {
      bundles.push(bundle);
      left.push({
        atMs: clock.monotonicMs(),
        chunks: bundle.chunks.map((chunk) => `${chunk.kind[0]}${chunk.sequence}`).join(' '),
      });
    },
  });
  const add = (kind: 'video' | 'audio', sequence: number): void => {
    ticker.add(chunkOf(kind, sequence));
    ticker.settle();
  };
  return { clock, ticker, add, left, bundles };
}

test('audio and video of a moment leave in one bundle, as soon as both are there', () => {
  const { clock, add, left } = setUp(100);
  for (let n = 0; n < 3; n++) {
    add('video', n);
    clock.advance(7);
    add('audio', n);
    clock.advance(93);
  }
  // Of the first moment nobody knows yet that there is sound; the first sound waits for a picture in vain.
  assert.deepEqual(left.slice(1), [
    { atMs: 57, chunks: 'a0' },
    { atMs: 107, chunks: 'v1 a1' },
    { atMs: 207, chunks: 'v2 a2' },
  ]);
});

test('a companion is waited for half a chunk, and a silent track not at all', () => {
  const { clock, add, left } = setUp(100);
  add('video', 0);
  add('audio', 0);
  clock.advance(100);
  add('video', 1);
  clock.advance(100);
  assert.deepEqual(left.at(-1), { atMs: 150, chunks: 'v1' });
  clock.advance(1000);
  add('video', 2);
  assert.deepEqual(left.at(-1), { atMs: 1200, chunks: 'v2' });
});

test('with one frame a chunk nothing waits', () => {
  const { clock, add, left } = setUp(0);
  add('video', 0);
  add('audio', 0);
  clock.advance(20);
  add('audio', 1);
  assert.deepEqual(
    left.map(({ chunks }) => chunks),
    ['v0', 'a0', 'a1'],
  );
});

test('a wide tick joins several moments into one write', () => {
  const { clock, add, left } = setUp(100, 350);
  for (let n = 0; n < 21; n++) {
    add('video', n);
    add('audio', n);
    clock.advance(100);
  }
  assert.equal(left.length, 7);
  assert.equal(left[1]?.chunks, 'a0 v1 a1 v2 a2 v3 a3');
});

test('bundles follow one another without a gap: the end of one is the start of the next', () => {
  const { add, bundles, clock, ticker } = setUp(100);
  for (let n = 0; n < 5; n++) {
    add('video', n);
    add('audio', n);
    clock.advance(100);
  }
  for (const [i, bundle] of bundles.entries()) {
    assert.equal(bundle.number, i);
    if (i > 0) assert.equal(bundle.start, bundles[i - 1]?.end);
  }
  assert.equal(ticker.head, bundles.at(-1)?.end);
});

test('a bundle says when a chunk in it needs another init segment', () => {
  const { ticker, bundles } = setUp(0);
  for (const version of [0, 0, 1]) {
    ticker.add(chunkOf('video', bundles.length, { init: initOf('video', version) }));
    ticker.flush();
  }
  // Init segments are told apart by identity: each of the three is another object here.
  assert.deepEqual(
    bundles.map((bundle) => bundle.changesInit),
    [true, true, true],
  );
  ticker.add(chunkOf('video', 3, { init: bundles[2]?.chunks[0]?.init ?? initOf('video', 1) }));
  ticker.flush();
  assert.equal(bundles.at(-1)?.changesInit, false);
});
