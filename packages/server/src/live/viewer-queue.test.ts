import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Framing } from './bundle.ts';
import { TestSource } from './testing/chunks.ts';
import { QUEUE_LIMITS, ViewerQueue, type Outlet, type Wanted } from './viewer-queue.ts';

/** Writes the chunks as text, so that a test can read what a viewer got. */
const TEXT: Framing = {
  name: 'text',
  bundle: (chunks) => Buffer.concat(chunks.map((chunk) => chunk.bytes)),
  chunk: (chunk, droppedBefore) => [Buffer.from(droppedBefore ? '!' : ''), chunk.bytes],
};

/** A socket whose peer reads only when told. */
class TestOutlet implements Outlet {
  readonly written: Uint8Array[] = [];
  writableLength = 0;
  reads = true;
  mostHeld = 0;
  write(bytes: Uint8Array): boolean {
    this.written.push(bytes);
    if (!this.reads) this.writableLength += bytes.length;
    this.mostHeld = Math.max(this.mostHeld, this.writableLength);
    return this.reads;
  }
  cork(): void {}
  uncork(): void {}
  text(): string {
    return this.written.map((bytes) => Buffer.from(bytes).toString()).join('');
  }
}

function viewer(source: TestSource, wanted: Wanted = { video: true, audio: true }) {
  const outlet = new TestOutlet();
  const log: string[] = [];
  const queue = new ViewerQueue(source, outlet, TEXT, wanted, {
    init: (init) => {
      outlet.write(init.bytes);
      return true;
    },
    dropped: (kind, from) => log.push(`dropped ${kind} ${from}`),
    tooSlow: () => log.push('too slow'),
  });
  return {
    outlet,
    queue,
    log,
    ticks: (count: number): void => {
      for (let i = 0; i < count; i++) queue.onBundle(source.tick());
    },
  };
}

function ticks(source: TestSource, count: number): void {
  for (let i = 0; i < count; i++) source.tick();
}

test('a viewer joins at the latest key frame, with the sound that belongs to it', () => {
  const source = new TestSource({ keyEvery: 10 });
  ticks(source, 14);
  const { queue, outlet } = viewer(source);
  const started = queue.start('live');
  assert.deepEqual(
    started.inits.map((init) => init.kind),
    ['video', 'audio'],
  );
  assert.equal(outlet.text(), '');
  queue.run();
  const expected = [10, 11, 12, 13].map((n) => `video ${n};audio ${n};`).join('');
  assert.equal(outlet.text(), expected);
});

test('viewers that keep up are given the same buffer, one write a tick', () => {
  const source = new TestSource();
  ticks(source, 3);
  const [a, b] = [viewer(source), viewer(source)];
  for (const { queue } of [a, b]) {
    queue.start('live');
    queue.run();
  }
  const before = [a.outlet.written.length, b.outlet.written.length];
  const bundle = source.tick();
  a.queue.onBundle(bundle);
  b.queue.onBundle(bundle);
  assert.deepEqual([a.outlet.written.length - 1, b.outlet.written.length - 1], before);
  assert.equal(a.outlet.written.at(-1), b.outlet.written.at(-1));
});

test('a viewer who stops reading holds a bounded queue, is told, keeps sound and goes on at the latest key frame', () => {
  const source = new TestSource({ keyEvery: 10, bytes: 40_000 });
  ticks(source, 1);
  const { queue, outlet, log, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  run(5);
  outlet.reads = false;
  run(60);
  assert.deepEqual(log, ['dropped video 17']);
  assert.ok(outlet.mostHeld <= QUEUE_LIMITS.maxQueuedBytes + 41_000, `${outlet.mostHeld}`);
  outlet.written.length = 0;
  outlet.reads = true;
  outlet.writableLength = 0;
  queue.onDrain();
  const got = outlet.written.map((bytes) =>
    bytes.length === 40_000 ? `v${bytes[0]}` : Buffer.from(bytes).toString(),
  );
  // Sound from where it stopped; the picture from key frame 60 on, marked; the latest bundle whole.
  assert.equal(got.filter((piece) => piece.startsWith('v'))[0], 'v60');
  assert.equal(got[got.indexOf('v60') - 1], '!');
  assert.deepEqual(
    got.filter((piece) => piece.startsWith('audio')),
    Array.from({ length: 48 }, (_, i) => `audio ${17 + i};`),
  );
  // And from then on like everybody else.
  outlet.written.length = 0;
  run(1);
  assert.equal(outlet.written.length, 1);
});

test('a viewer who takes nothing is let go, and nobody is asked to wait for him', () => {
  const source = new TestSource({ bytes: 40_000 });
  ticks(source, 1);
  const { queue, outlet, log, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  outlet.reads = false;
  run(Math.ceil((QUEUE_LIMITS.stalledMs + QUEUE_LIMITS.maxQueuedMs) / 100) + 5);
  assert.equal(log.at(-1), 'too slow');
  const written = outlet.written.length;
  run(5);
  assert.equal(outlet.written.length, written);
});

test('a viewer who is always behind is let go after a while', () => {
  const source = new TestSource({ bytes: 40_000 });
  ticks(source, 1);
  const { queue, outlet, log, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  outlet.reads = false;
  for (let second = 0; second < 45 && log.at(-1) !== 'too slow'; second++) {
    run(10);
    // A line of a third of the bitrate.
    outlet.writableLength = Math.max(1, outlet.writableLength - 130_000);
  }
  assert.equal(log.at(-1), 'too slow');
});

test('a cursor is honoured while the ring reaches back to it', () => {
  const source = new TestSource();
  ticks(source, 25);
  const cursor = { broadcast: 'b1', epoch: 0, sequences: { 1: 21, 2: 20 } };
  const { queue, outlet } = viewer(source);
  assert.equal(queue.start({ cursor }).resumed, true);
  queue.run();
  assert.equal(outlet.text(), 'audio 21;video 22;audio 22;video 23;audio 23;video 24;audio 24;');

  const refusals = [
    { ...cursor, broadcast: 'another' },
    { ...cursor, sequences: { 1: 21 } },
    { ...cursor, sequences: { 1: 99, 2: 20 } },
  ];
  for (const refused of refusals) {
    const other = viewer(source);
    assert.equal(other.queue.start({ cursor: refused }).resumed, false);
    other.queue.run();
    assert.match(other.outlet.text(), /^video 20;audio 20;/);
  }
});

test('a viewer who has everything resumes with what comes next', () => {
  const source = new TestSource();
  ticks(source, 5);
  const { queue, outlet, ticks: run } = viewer(source);
  assert.equal(
    queue.start({ cursor: { broadcast: 'b1', epoch: 0, sequences: { 1: 4, 2: 4 } } }).resumed,
    true,
  );
  queue.run();
  assert.equal(outlet.text(), '');
  run(1);
  assert.equal(outlet.text(), 'video 5;audio 5;');
});

test('an offset starts at the key frame before it', () => {
  const source = new TestSource({ keyEvery: 10 });
  ticks(source, 38);
  const { queue, outlet } = viewer(source);
  queue.start({ offsetMs: 1500 });
  queue.run();
  assert.match(outlet.text(), /^video 20;audio 20;video 21;/);
});

test('sound only while the page is hidden; the picture comes back at a key frame, once', () => {
  const source = new TestSource({ keyEvery: 10 });
  ticks(source, 1);
  const { queue, outlet, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  run(4);
  queue.select({ video: false, audio: true });
  outlet.written.length = 0;
  run(8);
  assert.doesNotMatch(outlet.text(), /video/);
  outlet.written.length = 0;
  queue.select({ video: true, audio: true });
  assert.equal(outlet.text(), '!video 10;video 11;video 12;');
  outlet.written.length = 0;
  run(1);
  assert.equal(outlet.text(), 'video 13;audio 13;');
});

test('the picture comes back without a gap when nothing but a few chunks of its group were missed', () => {
  const source = new TestSource({ keyEvery: 10 });
  ticks(source, 1);
  const { queue, outlet, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  run(2);
  queue.select({ video: false, audio: true });
  run(3);
  outlet.written.length = 0;
  queue.select({ video: true, audio: true });
  assert.equal(outlet.text(), 'video 3;video 4;video 5;');
});

test('a paused viewer gets nothing until he plays again', () => {
  const source = new TestSource({ keyEvery: 10 });
  ticks(source, 1);
  const { queue, outlet, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  queue.pause();
  outlet.written.length = 0;
  run(12);
  queue.onDrain();
  assert.equal(outlet.text(), '');
  queue.start('live');
  queue.run();
  assert.match(outlet.text(), /^video 10;audio 10;/);
});

test('a new init segment goes before the first chunk that needs it', () => {
  const source = new TestSource({ keyEvery: 5 });
  ticks(source, 1);
  const { queue, outlet, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  run(4);
  source.changeVideoInit();
  outlet.written.length = 0;
  run(2);
  assert.equal(outlet.text(), 'init video 1video 5;audio 5;video 6;audio 6;');
});

test('without a key frame in reach only sound is sent, until one comes', () => {
  const source = new TestSource({
    keyEvery: 30,
    limits: { keepMs: 500, keepKeyMs: 500, maxBytes: 1e6, maxBundles: 1000, keepFramedMs: 500 },
  });
  ticks(source, 20);
  const { queue, outlet, ticks: run } = viewer(source);
  queue.start('live');
  queue.run();
  run(11);
  assert.match(outlet.text(), /^(audio \d+;)+video 30;audio 30;$/);
});
