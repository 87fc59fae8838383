import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { HELLO_TIMEOUT_MS, SILENCE_LIMIT_MS } from './media-session.ts';
import {
  rawConnection,
  startLiveServer,
  TestPlayer,
  UPGRADE_HEADERS,
  type LiveServer,
} from './testing/live-server.ts';

let server: LiveServer;
let players: TestPlayer[] = [];
const player = (path?: string, headers?: Record<string, string>): TestPlayer => {
  const made = new TestPlayer(server.port, path, headers);
  players.push(made);
  return made;
};

beforeEach(async () => {
  server = await startLiveServer();
});
afterEach(async () => {
  for (const made of players) made.close();
  players = [];
  await server.close();
});

test('hello is answered with tracks, state, init segments and the group of pictures', async () => {
  const { encoder } = server.goLive();
  encoder.run(3000);
  const viewer = await player().hello();
  await viewer.settle();
  const [tracks] = viewer.of('tracks');
  assert.deepEqual(
    tracks?.tracks.map(({ track, codec, mimeType, timescale }) => ({ track, codec, mimeType, timescale })),
    [
      { track: 1, codec: 'avc1.42C01F', mimeType: 'video/mp4', timescale: 90_000 },
      { track: 2, codec: 'mp4a.40.2', mimeType: 'audio/mp4', timescale: 48_000 },
    ],
  );
  assert.equal(tracks.tracks[0]?.width, 1280);
  assert.equal(tracks.resumed, false);
  assert.equal(tracks.chunkMs, 100);
  assert.deepEqual(viewer.states(), ['live']);
  assert.deepEqual(
    viewer.inits().map(({ header }) => header.track),
    [1, 2],
  );
  assert.equal(viewer.inits()[0]?.body.subarray(4, 8).toString(), 'ftyp');
  const [first] = viewer.chunks(1);
  assert.equal(first?.header.flags, 1);
  const sound = viewer.chunks(2)[0]?.header;
  assert.ok(Math.abs((first?.header.dts ?? 0) / 90_000 - (sound?.dts ?? 0) / 48_000) < 0.15);
});

test('chunks on the wire are the chunks of the HLS parts', async () => {
  const { encoder } = server.goLive();
  encoder.run(2000);
  const viewer = await player().hello();
  encoder.run(4000);
  await viewer.settle();
  const window = server.hub.broadcast('alice')?.window;
  for (const [track, kind] of [
    [1, 'video'],
    [2, 'audio'],
  ] as const) {
    const inHls =
      window?.track(kind)?.listed.flatMap((segment) => segment.parts.flatMap((part) => part.chunks)) ?? [];
    const got = viewer.chunks(track);
    assert.ok(got.length > 30);
    for (const { header, body } of got) {
      const same = inHls.find((chunk) => chunk.sequence === header.sequence);
      if (same !== undefined) assert.ok(Buffer.from(same.bytes).equals(body));
    }
    assert.deepEqual(
      got.map(({ header }) => header.sequence),
      got.map((_, i) => (got[0]?.header.sequence ?? 0) + i),
    );
  }
});

test('a channel that is not live is waited for, and starts by itself', async () => {
  const viewer = await player().hello();
  assert.deepEqual(viewer.states(), ['waiting']);
  const { sink, encoder } = server.goLive({}, 0);
  encoder.run(1000);
  await viewer.until(() => viewer.chunks(1).length > 3, 'pictures');
  assert.deepEqual(viewer.of('tracks').length, 1);
  sink.end('unpublished');
  await viewer.until(() => viewer.states().includes('ended'), 'the end');
  const before = viewer.of('tracks')[0]?.broadcast;
  server.goLive().encoder.run(1000);
  await viewer.until(() => viewer.of('tracks').length === 2, 'the next broadcast');
  assert.notEqual(viewer.of('tracks')[1]?.broadcast, before);
  assert.deepEqual(viewer.states(), ['waiting', 'live', 'ended', 'live']);
});

test('a young broadcast shows both tracks before anybody starts', async () => {
  const viewer = await player().hello();
  const { encoder } = server.goLive({ audio: false });
  encoder.run(400);
  encoder.addAudio();
  encoder.run(400);
  await viewer.until(() => viewer.chunks(2).length > 0, 'sound');
  assert.equal(viewer.of('tracks').length, 1);
  assert.equal(viewer.of('tracks')[0]?.tracks.length, 2);
});

test('an interrupted broadcast says so, and goes on on the same socket', async () => {
  const first = server.goLive();
  first.encoder.run(2000);
  const viewer = await player().hello();
  first.sink.end('lost');
  await viewer.until(() => viewer.states().includes('interrupted'), 'interrupted');
  server.clock.advance(4000);
  server.goLive().encoder.run(2000);
  await viewer.until(() => viewer.states().at(-1) === 'live', 'live again');
  await viewer.settle();
  const sequences = viewer.chunks(1).map(({ header }) => header.sequence);
  assert.deepEqual(
    sequences,
    sequences.map((_, i) => (sequences[0] ?? 0) + i),
  );
  const epochs = new Set(viewer.chunks(1).map(({ header }) => header.epoch));
  assert.deepEqual([...epochs], [0, 1]);
  assert.equal(viewer.of('tracks').length, 1);
});

test('a lost connection goes on with its cursor: nothing missing, nothing twice', async () => {
  const { encoder } = server.goLive();
  encoder.run(3000);
  const before = await player().hello();
  await before.settle();
  const last = (track: number): number => before.chunks(track).at(-1)?.header.sequence ?? -1;
  const broadcast = before.of('tracks')[0]?.broadcast ?? '';
  before.close();
  encoder.run(3000);
  const after = await player().hello({
    resume: { broadcast, epoch: 0, sequences: { 1: last(1), 2: last(2) } },
  });
  await after.settle();
  assert.equal(after.of('tracks')[0]?.resumed, true);
  for (const track of [1, 2]) {
    assert.equal(after.chunks(track)[0]?.header.sequence, last(track) + 1);
  }
});

test('pause, play, sound only: the player decides what is sent', async () => {
  const { encoder } = server.goLive();
  encoder.run(1000);
  const viewer = await player().hello({ paused: true });
  encoder.run(1000);
  await viewer.settle();
  assert.equal(viewer.inits().length, 2);
  assert.equal(viewer.chunks(1).length, 0);
  viewer.send({ type: 'play', from: 'live' });
  await viewer.settle();
  assert.ok(viewer.chunks(1).length > 10);
  viewer.send({ type: 'tracks', video: false, audio: true });
  await viewer.settle();
  const videos = viewer.chunks(1).length;
  const sounds = viewer.chunks(2).length;
  encoder.run(1000);
  await viewer.settle();
  assert.equal(viewer.chunks(1).length, videos);
  assert.ok(viewer.chunks(2).length > sounds + 5);
  viewer.send({ type: 'pause' });
  await viewer.settle();
  const all = viewer.frames.length;
  encoder.run(1000);
  await viewer.settle();
  assert.equal(viewer.frames.length, all);
});

test('a codec change brings new tracks and a new init segment on the same socket', async () => {
  const { encoder } = server.goLive();
  encoder.run(2000);
  const viewer = await player().hello();
  encoder.changeSize('640x360');
  encoder.run(3000);
  await viewer.settle();
  const [, changed] = viewer.of('tracks');
  assert.equal(changed?.tracks[0]?.width, 640);
  assert.equal(changed.tracks[0]?.init, 1);
  const at = viewer.frames.findIndex(({ header }) => header.type === 1 && header.sequence === 1);
  const next = viewer.frames.slice(at + 1).find(({ header }) => header.track === 1);
  assert.equal((next?.header.flags ?? 0) & 1, 1);
});

test('a viewer who stops reading does not disturb another one, and is let go', async () => {
  const { encoder } = server.goLive({ frameBytes: 40_000 });
  encoder.run(1000);
  const good = await player().hello();
  const stalled = await rawConnection(
    server.port,
    `GET /live/alice HTTP/1.1\r\n${UPGRADE_HEADERS}Sec-WebSocket-Protocol: millrace.v1\r\n\r\n`,
  );
  const hello = Buffer.from('{"type":"hello","versions":[1]}');
  stalled.write(Buffer.concat([Buffer.from([0x81, 0x80 | hello.length, 0, 0, 0, 0]), hello]));
  while (server.hub.broadcast('alice')?.viewerCount !== 2) await good.settle();
  stalled.pause();
  // 8 Mbps; the kernel takes the first megabytes, then the queue's limits hold. The good viewer reads along.
  for (let second = 0; second < 40 && server.viewers.count > 1; second++) {
    for (let tenth = 0; tenth < 5; tenth++) {
      encoder.run(200);
      await setImmediate();
    }
    await good.settle();
  }
  assert.equal(server.viewers.count, 1);
  const sequences = good.chunks(1).map(({ header }) => header.sequence);
  assert.deepEqual(
    sequences,
    sequences.map((_, i) => (sequences[0] ?? 0) + i),
  );
  assert.deepEqual(good.of('dropped'), []);
  stalled.destroy();
});

const REFUSALS = [
  { what: 'a version nobody speaks', send: '{"type":"hello","versions":[9]}', code: 4400 },
  { what: 'no JSON', send: 'hello', code: 4400 },
  { what: 'another message before hello', send: '{"type":"pause"}', code: 4400 },
  { what: 'a binary message', send: new Uint8Array([1, 2, 3]), code: 4400 },
  { what: 'a message beyond the limit', send: `"${'x'.repeat(9000)}"`, code: 1009 },
] as const;

for (const { what, send, code } of REFUSALS) {
  test(`${what} is refused with ${code}`, async () => {
    const viewer = await player().open();
    if (typeof send === 'string') viewer.send(send);
    else viewer.sendBinary(send);
    await viewer.until(() => viewer.closed !== undefined, 'the close');
    assert.equal(viewer.closed?.code, code);
  });
}

test('a second hello, a flood and a codec that cannot be played are refused', async () => {
  server.goLive().encoder.run(1000);
  const twice = await player().hello();
  twice.send({ type: 'hello', versions: [1] });
  const flood = await player().hello();
  for (let i = 0; i < 100; i++) flood.send({ type: 'ping', clientTime: i });
  const deaf = await player().hello({ canPlay: ['video/mp4; codecs="hvc1.1.6.L93"'] });
  for (const [viewer, code] of [
    [twice, 4400],
    [flood, 4400],
    [deaf, 4406],
  ] as const) {
    await viewer.until(() => viewer.closed !== undefined, 'the close');
    assert.equal(viewer.closed?.code, code);
  }
});

test('a player is offered the tracks that it can play', async () => {
  server.goLive().encoder.run(1000);
  const viewer = await player().hello({ canPlay: ['audio/mp4; codecs="mp4a.40.2"'] });
  assert.deepEqual(
    viewer.of('tracks')[0]?.tracks.map(({ kind }) => kind),
    ['audio'],
  );
});

test('no such channel: 4404', async () => {
  const viewer = await player('/live/nobody').hello();
  await viewer.until(() => viewer.closed !== undefined, 'the close');
  assert.equal(viewer.closed?.code, 4404);
  assert.deepEqual(viewer.of('error')[0]?.code, 'no-such-channel');
  assert.equal(server.viewers.count, 0);
});

test('a socket that says nothing is closed: 4408', async () => {
  const viewer = await player().open();
  server.clock.advance(HELLO_TIMEOUT_MS);
  await viewer.until(() => viewer.closed !== undefined, 'the close');
  assert.equal(viewer.closed?.code, 4408);
});

test('a waiting viewer is pinged, and one that answers stays', async () => {
  const viewer = await player().hello();
  for (let round = 0; round < 6; round++) {
    server.clock.advance(SILENCE_LIMIT_MS / 2);
    await viewer.settle();
  }
  assert.equal(viewer.closed, undefined);
});

test('a full server says so', async () => {
  await server.close();
  server = await startLiveServer({ maxViewers: 1 });
  await player().hello();
  const second = await player().open();
  await second.until(() => second.closed !== undefined, 'the close');
  assert.equal(second.closed?.code, 4429);
});

test('a server that stops tells its viewers, live and waiting', async () => {
  const waiting = await player().hello();
  server.wsMedia.close();
  await waiting.until(() => waiting.closed !== undefined, 'the close');
  assert.equal(waiting.closed?.code, 4503);
  server.goLive().encoder.run(1000);
  const watching = await player().hello();
  server.hub.close();
  await watching.until(() => watching.closed !== undefined, 'the close');
  assert.equal(watching.closed?.code, 4503);
});

test('pages of other origins are refused when the setting names some', async () => {
  await server.close();
  server = await startLiveServer({ playOrigins: ['https://good.example'] });
  const bad = player('/live/alice', { origin: 'https://bad.example' });
  await bad.until(() => bad.closed !== undefined, 'the refusal');
  const good = await player('/live/alice', { origin: 'https://good.example' }).hello();
  const none = await player().hello();
  assert.deepEqual([good.states(), none.states()], [['waiting'], ['waiting']]);
});

test('without the subprotocol there is no upgrade', async () => {
  const socket = await rawConnection(server.port, `GET /live/alice HTTP/1.1\r\n${UPGRADE_HEADERS}\r\n`);
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"code":"bad-request"/);
});
