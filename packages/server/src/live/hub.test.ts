import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackagerEvent } from '@millrace/media';
import type { Broadcast } from './broadcast.ts';
import type { Bundle } from './bundle.ts';
import { LINGER_MS, LiveHub, NO_MEDIA_MS, SILENT_MS, STALE_MS, type Publishable } from './hub.ts';
import type { ChannelMediaSettings, PublishAnswer, PublisherSink } from './ports.ts';
import { VirtualEncoder, type EncoderOptions } from './testing/encoder.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

const INFO = { protocol: 'rtmp', remoteAddress: '127.0.0.1', encoder: 'test' } as const;

function sinkOf(answer: PublishAnswer): PublisherSink {
  assert.ok(answer.accepted);
  return answer.sink;
}

function setUp(settings: Partial<ChannelMediaSettings> = {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  let made = 0;
  const hub = new LiveHub({
    clock,
    observer: {
      began: ({ broadcast }) => told.push(`began ${broadcast}`),
      ended: ({ broadcast }) => told.push(`ended ${broadcast}`),
    },
    fanoutTickMs: 0,
    newId: () => `b${++made}`,
  });
  const decision = (keyId = 'k1'): Publishable => ({
    allowed: true,
    channelId: 'c1',
    channel: 'alice',
    keyId,
    settings: {
      chunkMs: 100,
      partMs: 500,
      segmentMs: 2000,
      graceMs: 30_000,
      secondPublisher: 'replace',
      ...settings,
    },
  });
  const publish = (name: string, keyId?: string): PublishAnswer =>
    hub.publish(decision(keyId), INFO, (reason) => told.push(`${name} out: ${reason}`));
  const goLive = (name: string, options?: EncoderOptions, keyId?: string) => {
    const sink = sinkOf(publish(name, keyId));
    return { sink, encoder: new VirtualEncoder(clock, sink, options) };
  };
  return { clock, hub, told, publish, goLive };
}

function live(hub: LiveHub): Broadcast {
  const broadcast = hub.broadcast('alice');
  assert.ok(broadcast);
  return broadcast;
}

/** Everything that leaves a broadcast from now on. */
function record(broadcast: Broadcast) {
  const bundles: Bundle[] = [];
  const events: PackagerEvent[] = [];
  const states: string[] = [];
  broadcast.attach({
    onBundle: (bundle) => bundles.push(bundle),
    onState: (state) => states.push(state.name),
  });
  broadcast.subscribe((event) => {
    if (event.type === 'packaged') events.push(event.event);
  });
  return { bundles, events, states };
}

function sequencesOf(bundles: readonly Bundle[], kind: 'video' | 'audio'): number[] {
  return bundles.flatMap((bundle) => bundle.chunks.filter((c) => c.kind === kind).map((c) => c.sequence));
}

test('a broadcast exists from its first frame, not from the handshake', () => {
  const { hub, told, publish, clock } = setUp();
  const answer = publish('a');
  assert.ok(answer.accepted);
  assert.equal(hub.broadcast('alice'), undefined);
  const watched: string[] = [];
  hub.watch('alice', (broadcast) => watched.push(broadcast.id));
  const encoder = new VirtualEncoder(clock, answer.sink);
  assert.equal(hub.broadcast('alice'), undefined);
  encoder.run(200);
  assert.equal(live(hub).state.name, 'live');
  assert.deepEqual(told, ['began b1']);
  assert.deepEqual(watched, ['b1']);
});

test('audio and video of a tick leave together', () => {
  const { hub, goLive } = setUp();
  const { encoder } = goLive('a');
  encoder.run(1000);
  const { bundles } = record(live(hub));
  encoder.run(4000);
  const chunks = sequencesOf(bundles, 'video').length;
  assert.ok(bundles.length <= chunks + 1, `${bundles.length} writes for ${chunks} chunks`);
  const both = bundles.filter((bundle) => new Set(bundle.chunks.map((c) => c.kind)).size === 2);
  assert.ok(both.length >= bundles.length - 2);
});

test('an encoder that drops and returns goes on in the same broadcast, for the same viewers', () => {
  const { hub, goLive, clock, told } = setUp();
  const first = goLive('a');
  first.encoder.run(5000);
  const broadcast = live(hub);
  const { bundles, states } = record(broadcast);
  first.sink.end('lost');
  assert.deepEqual(states, ['interrupted']);
  clock.advance(20_000);
  const second = goLive('b', { startMs: 0 });
  second.encoder.run(5000);
  assert.equal(live(hub), broadcast);
  assert.deepEqual(states, ['interrupted', 'live']);
  assert.deepEqual(told, ['began b1']);
  for (const kind of ['video', 'audio'] as const) {
    const sequences = sequencesOf(bundles, kind);
    assert.deepEqual(
      sequences,
      Array.from(sequences, (_, i) => (sequences[0] ?? 0) + i),
    );
  }
  const video = bundles.flatMap((bundle) => bundle.chunks.filter((chunk) => chunk.kind === 'video'));
  const breaks = video.filter((chunk) => chunk.discontinuity);
  assert.equal(breaks.length, 1);
  assert.equal(breaks[0]?.key, true);
  assert.equal(breaks[0]?.epoch, 1);
  // The same headers again are no new init segment.
  assert.deepEqual(new Set(video.map((chunk) => chunk.init.version)), new Set([0]));
  for (const [i, chunk] of video.entries()) {
    const next = video[i + 1];
    if (next !== undefined) assert.ok(next.dts >= chunk.dts + chunk.duration - 1);
  }
});

test('a goodbye starts the grace time as well; when it is over the broadcast ends and lingers', () => {
  const { hub, goLive, clock, told } = setUp();
  const { sink, encoder } = goLive('a');
  encoder.run(3000);
  const broadcast = live(hub);
  const { states, events } = record(broadcast);
  sink.end('unpublished');
  clock.advance(29_000);
  assert.equal(broadcast.state.name, 'interrupted');
  assert.equal(hub.onAir('alice'), broadcast);
  clock.advance(1_001);
  assert.deepEqual(states, ['interrupted', 'ended']);
  assert.deepEqual(told, ['began b1', 'ended b1']);
  assert.equal(hub.onAir('alice'), undefined);
  assert.equal(hub.broadcast('alice'), broadcast);
  assert.equal(broadcast.window.ended, true);
  assert.equal(events.at(-1)?.type, 'end');
  clock.advance(LINGER_MS);
  assert.equal(hub.broadcast('alice'), undefined);
});

test('a new broadcast takes the place of one that lingers', () => {
  const { hub, goLive, clock } = setUp({ graceMs: 0 });
  const first = goLive('a');
  first.encoder.run(1000);
  first.sink.end('unpublished');
  assert.equal(live(hub).state.name, 'ended');
  const second = goLive('b');
  second.encoder.run(1000);
  assert.equal(live(hub).id, 'b2');
  clock.advance(LINGER_MS + 1000);
  second.encoder.run(100);
  assert.equal(hub.broadcast('alice')?.id, 'b2');
});

test('replace: the newcomer goes on with the broadcast; what the loser still sends leaves no trace', () => {
  const { goLive, hub, told } = setUp();
  const first = goLive('a');
  first.encoder.run(3000);
  const second = goLive('b', {}, 'k2');
  assert.deepEqual(told, ['began b1', 'a out: replaced']);
  const { bundles } = record(live(hub));
  first.encoder.run(1000);
  first.sink.end('lost');
  assert.equal(bundles.length, 0);
  second.encoder.run(1000);
  assert.equal(live(hub).state.name, 'live');
  assert.deepEqual([...hub.publishingKeys()], ['k2']);
});

test('refuse: a second encoder is refused, but the same key takes over its own stale connection', () => {
  const { goLive, publish, clock, told, hub } = setUp({ secondPublisher: 'refuse' });
  const first = goLive('a');
  first.encoder.run(1000);
  assert.deepEqual(publish('b', 'k2'), { accepted: false, reason: 'channel-busy' });
  assert.deepEqual(publish('b', 'k1'), { accepted: false, reason: 'channel-busy' });
  clock.advance(STALE_MS);
  assert.deepEqual(publish('b', 'k2'), { accepted: false, reason: 'channel-busy' });
  const second = goLive('c', {}, 'k1');
  second.encoder.run(1000);
  assert.deepEqual(told, ['began b1', 'a out: replaced']);
  assert.equal(live(hub).id, 'b1');
});

test('a publisher without a frame is shown out and was never there', () => {
  const { publish, clock, told, hub } = setUp();
  publish('a');
  clock.advance(NO_MEDIA_MS + 1000);
  assert.deepEqual(told, ['a out: no-media']);
  assert.equal(hub.broadcast('alice'), undefined);
  assert.deepEqual([...hub.publishingKeys()], []);
});

test('a codec header without frames leaves nothing behind for the next publisher', () => {
  const { goLive, hub } = setUp();
  goLive('a');
  const second = goLive('b', { video: false });
  second.encoder.run(3000);
  assert.deepEqual(
    live(hub)
      .tracks()
      .map((init) => init.kind),
    ['audio'],
  );
});

test('a publisher that falls silent interrupts the broadcast, and goes on when it speaks again', () => {
  const { goLive, clock, hub, told } = setUp();
  const { encoder } = goLive('a');
  encoder.run(2000);
  const { states } = record(live(hub));
  clock.advance(SILENT_MS + 1000);
  assert.deepEqual(states, ['interrupted']);
  encoder.run(1000);
  assert.deepEqual(states, ['interrupted', 'live']);
  clock.advance(SILENT_MS + 31_001);
  assert.deepEqual(states, ['interrupted', 'live', 'interrupted', 'ended']);
  assert.deepEqual(told.slice(1), ['ended b1', 'a out: no-media']);
});

test('a revoked key ends its publisher and the broadcast at once', () => {
  const { goLive, hub, told } = setUp();
  goLive('a').encoder.run(1000);
  hub.endPublisher('another', 'revoked');
  assert.equal(live(hub).state.name, 'live');
  hub.endPublisher('k1', 'revoked');
  assert.equal(live(hub).state.name, 'ended');
  assert.deepEqual(told, ['began b1', 'a out: revoked', 'ended b1']);
});

test('sound that joins late is a new track of the same broadcast', () => {
  const { goLive, hub } = setUp();
  const { encoder } = goLive('a', { audio: false });
  encoder.run(5000);
  const broadcast = live(hub);
  assert.equal(broadcast.tracksSettled, true);
  const { bundles, events } = record(broadcast);
  encoder.addAudio();
  encoder.run(4000);
  assert.deepEqual(
    broadcast.tracks().map((init) => init.kind),
    ['video', 'audio'],
  );
  assert.equal(events.filter((event) => event.type === 'init').length, 1);
  assert.equal(sequencesOf(bundles, 'audio')[0], 0);
  assert.equal(bundles.filter((bundle) => bundle.changesInit).length, 1);
});

test('another picture size in mid-stream is a new init segment, at a key frame', () => {
  const { goLive, hub } = setUp();
  const { encoder } = goLive('a');
  encoder.run(5000);
  const { bundles } = record(live(hub));
  encoder.changeSize('640x360');
  encoder.run(5000);
  const video = bundles.flatMap((bundle) => bundle.chunks.filter((chunk) => chunk.kind === 'video'));
  const first = video.find((chunk) => chunk.init.version === 1);
  assert.equal(first?.key, true);
  assert.ok(first?.init.config.kind === 'video' && first.init.config.width === 640);
  assert.equal(live(hub).id, 'b1');
});

test('the chunks of the bundles are the chunks of the HLS parts, byte for byte', () => {
  const { goLive, hub } = setUp();
  const { encoder } = goLive('a');
  encoder.run(500);
  const { bundles } = record(live(hub));
  encoder.run(6000);
  const parts = new Map<string, Uint8Array>();
  for (const kind of ['video', 'audio'] as const)
    for (const segment of live(hub).window.track(kind)?.listed ?? [])
      for (const part of segment.parts)
        for (const chunk of part.chunks) parts.set(`${kind} ${chunk.sequence}`, chunk.bytes);
  const sent = bundles.flatMap((bundle) => bundle.chunks);
  const inParts = sent.filter((chunk) => parts.has(`${chunk.kind} ${chunk.sequence}`));
  assert.ok(inParts.length > 80);
  for (const chunk of inParts) assert.ok(parts.get(`${chunk.kind} ${chunk.sequence}`) === chunk.bytes);
});

test('health says what arrives and what could be better', () => {
  const { goLive, hub } = setUp();
  const { encoder } = goLive('a', { audio: false, frameBytes: 5000 });
  encoder.run(20_000);
  const { video, audio, advice, encoder: name, droppedFrames } = live(hub).health();
  assert.equal(name, 'test');
  assert.equal(audio, undefined);
  assert.equal(video?.width, 1280);
  assert.equal(video?.framesPerSecond, 25);
  assert.equal(video?.keyFrameIntervalMs, 2000);
  assert.ok(Math.abs((video?.bitsPerSecond ?? 0) - 1_000_000) < 50_000);
  assert.deepEqual(advice, ['audio-missing']);
  assert.equal(droppedFrames, 0);
});

test('close ends everything and lets nobody in', () => {
  const { goLive, hub, told, publish } = setUp();
  goLive('a').encoder.run(1000);
  const { states } = record(live(hub));
  hub.close();
  assert.deepEqual(told, ['began b1', 'a out: server-stopping', 'ended b1']);
  assert.deepEqual(states, ['ended']);
  assert.deepEqual(publish('b'), { accepted: false, reason: 'server-stopping' });
});
