import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestSource } from './testing/chunks.ts';
import { RING_LIMITS } from './ring.ts';

function filled(ticks: number, limits: Partial<typeof RING_LIMITS> = {}, keyEvery = 10): TestSource {
  const source = new TestSource({ keyEvery, bytes: 1000, limits: { ...RING_LIMITS, ...limits } });
  for (let i = 0; i < ticks; i++) source.tick();
  return source;
}

test('it reaches back as far as it should and no further', () => {
  const { ring } = filled(400);
  assert.equal(ring.newest?.number, 399);
  assert.equal(ring.oldest, 399 - RING_LIMITS.keepMs / 100);
  assert.equal(ring.get(ring.oldest)?.number, ring.oldest);
  assert.equal(ring.get(ring.oldest - 1), undefined);
  assert.equal(ring.get(400), undefined);
});

test('the last key frame is kept longer, but not for ever', () => {
  const { ring } = filled(500, {}, 100_000);
  assert.equal(ring.latestKey()?.chunk.sequence, 0);
  const longer = filled(700, {}, 100_000);
  assert.equal(longer.ring.latestKey(), undefined);
  assert.equal(longer.ring.oldest, 699 - RING_LIMITS.keepMs / 100);
});

test('its bytes are bounded whatever its time', () => {
  const { ring } = filled(100, { maxBytes: 20_000 });
  assert.ok(ring.heldBytes <= 20_000);
  assert.ok(ring.heldBytes > 15_000);
});

test('its bundles are bounded, however short and small they are', () => {
  const { ring } = filled(100, { maxBundles: 40 });
  assert.equal(ring.oldest, 60);
  assert.equal(ring.latestKey()?.chunk.sequence, 90);
});

test('it finds chunks by sequence, by key and by time', () => {
  const { ring } = filled(45);
  assert.equal(ring.find('video', 31)?.bundle.number, 31);
  assert.equal(ring.find('audio', 45), undefined);
  assert.equal(ring.latestKey()?.chunk.sequence, 40);
  assert.equal(ring.keyAt(3900)?.chunk.sequence, 30);
  assert.equal(ring.keyAt(-1)?.chunk.sequence, 0);
  assert.equal(ring.firstEndingAfter('audio', 3000)?.chunk.sequence, 30);
  assert.equal(ring.firstEndingAfter('audio', 1e9), undefined);
});

test('framed copies are let go when nobody who joins needs them any more', () => {
  const source = filled(1);
  const framing = { name: 'test', bundle: () => Buffer.alloc(10), chunk: () => [] };
  const bundles = Array.from({ length: 100 }, () => {
    const bundle = source.tick();
    bundle.bytes(framing);
    return bundle;
  });
  source.tick();
  const framed = bundles.filter((bundle) => bundle.isFramed(framing));
  assert.equal(framed.length, RING_LIMITS.keepFramedMs / 100);
  assert.equal(framed.at(-1), bundles.at(-1));
});
