/** The RTMP port on real sockets: who may publish, how it ends, what it costs, what it says to its log. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { RtmpClient, openSocket, whenClosed } from './testing/rtmp-client.ts';
import { GOOD_KEY, startRtmp, type RtmpFixture, type RtmpFixtureOptions } from './testing/rtmp-fixture.ts';

async function start(t: TestContext, options?: RtmpFixtureOptions): Promise<RtmpFixture> {
  const rtmp = await startRtmp(options);
  t.after(() => rtmp.close());
  return rtmp;
}
const AUDIO = Uint8Array.of(0xaf, 1, 2, 3);

test('an accepted publisher’s media reaches the sink, and its goodbye ends it', async (t) => {
  const rtmp = await start(t);
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY, encoder: 'Test 1.0' });
  const published = await rtmp.nextPublish();
  assert.deepEqual(await client.answer(), { type: 'publishing' });
  assert.deepEqual(published.info, { protocol: 'rtmp', remoteAddress: '127.0.0.1', encoder: 'Test 1.0' });
  assert.deepEqual(rtmp.requests, [{ key: GOOD_KEY, app: 'live', remoteAddress: '127.0.0.1' }]);
  client.send('audio', 17, AUDIO);
  await rtmp.media(published, 1);
  assert.deepEqual(
    published.messages.map(({ type, timestampMs, payload }) => [type, timestampMs, [...payload]]),
    [['audio', 17, [...AUDIO]]],
  );
  client.goodbye();
  await rtmp.ended(published);
  assert.equal(published.ended, 'unpublished');
});

test('a connection that breaks is reported as lost', async (t) => {
  const rtmp = await start(t);
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  const published = await rtmp.nextPublish();
  await client.answer();
  client.socket.resetAndDestroy();
  await rtmp.ended(published);
  assert.equal(published.ended, 'lost');
});

const REFUSALS: readonly {
  readonly name: string;
  readonly authorise: NonNullable<RtmpFixtureOptions['authorise']>;
  readonly code: string;
}[] = [
  {
    name: 'an unknown key',
    authorise: () => Promise.resolve({ allowed: false, reason: 'unknown-key' }),
    code: 'NetStream.Publish.BadName',
  },
  {
    name: 'too many tries',
    authorise: () => Promise.resolve({ allowed: false, reason: 'too-many-tries' }),
    code: 'NetStream.Publish.Rejected',
  },
  {
    name: 'an authority that fails',
    authorise: () => Promise.reject(new Error('database is gone')),
    code: 'NetConnection.Connect.AppShutdown',
  },
  {
    name: 'an authority that throws at once',
    authorise: () => {
      throw new Error('broken');
    },
    code: 'NetConnection.Connect.AppShutdown',
  },
  {
    name: 'an authority that never answers',
    authorise: () => Promise.withResolvers<never>().promise,
    code: 'NetConnection.Connect.AppShutdown',
  },
];
for (const { name, authorise, code } of REFUSALS) {
  test(`${name}: refused with ${code}, flushed, closed, nothing published`, async (t) => {
    const rtmp = await start(t, { authorise, limits: { authoriseMs: 30 } });
    const client = new RtmpClient({ port: rtmp.port, key: 'live_canary_key' });
    const events = await client.closed;
    assert.deepEqual(
      events.map((event) => (event.type === 'refused' ? event.code : event.type)),
      [code],
    );
    assert.deepEqual(rtmp.publishes, []);
  });
}

test('a key never reaches the log', async (t) => {
  const canary = `${GOOD_KEY}_canary_7Hk2`;
  const rtmp = await start(t);
  const good = new RtmpClient({ port: rtmp.port, key: canary });
  await good.answer();
  good.goodbye();
  await good.closed;
  const bad = new RtmpClient({ port: rtmp.port, key: 'wrong_canary_7Hk2', app: 'live/canary_7Hk2' });
  await bad.closed;
  assert.ok(rtmp.logged.length >= 3);
  assert.deepEqual(
    rtmp.logged.filter((line) => line.includes('canary_7Hk2')),
    [],
  );
});

test('a client that leaves while it is being decided about publishes nothing', async (t) => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const decision = Promise.withResolvers<never>();
  const rtmp = await start(t, {
    authorise: () => {
      onAsked();
      return decision.promise;
    },
  });
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  await asked;
  client.socket.resetAndDestroy();
  await client.closed;
  decision.reject(new Error('too late'));
  while (rtmp.server.connectionCount > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(rtmp.publishes, []);
});

test('a hub that kicks tells the encoder why', async (t) => {
  const rtmp = await start(t);
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  const published = await rtmp.nextPublish();
  await client.answer();
  published.kick('stopped-by-operator');
  const events = await client.closed;
  assert.deepEqual(
    events.map((event) => (event.type === 'refused' ? event.code : event.type)),
    ['publishing', 'NetStream.Publish.Denied'],
  );
  assert.equal(published.ended, 'lost');
});

test('the second encoder replaces the first; the first does not take the channel back while the second is alive', async (t) => {
  const rtmp = await start(t);
  const first = new RtmpClient({ port: rtmp.port, key: GOOD_KEY, encoder: 'first' });
  const firstPublished = await rtmp.nextPublish();
  await first.answer();
  first.send('audio', 0, AUDIO);
  await rtmp.media(firstPublished, 1);

  const second = new RtmpClient({ port: rtmp.port, key: GOOD_KEY, encoder: 'second' });
  assert.deepEqual(await second.answer(), { type: 'publishing' });
  const loserEvents = await first.closed;
  assert.equal(loserEvents.at(-1)?.type === 'refused' && loserEvents.at(-1)?.type, 'refused');
  assert.equal(firstPublished.ended, 'lost');

  for (let round = 0; round < 3; round++) {
    const again = new RtmpClient({ port: rtmp.port, key: GOOD_KEY, encoder: 'first' });
    const [refused] = await again.closed;
    assert.equal(refused?.type === 'refused' && refused.code, 'NetStream.Publish.BadName');
  }
  assert.equal(rtmp.publishes.length, 2);
  assert.equal(rtmp.publishes[1]?.ended, undefined);

  second.goodbye();
  const [, secondPublished] = rtmp.publishes;
  assert.ok(secondPublished);
  await rtmp.ended(secondPublished);
  const later = new RtmpClient({ port: rtmp.port, key: GOOD_KEY, encoder: 'first' });
  assert.deepEqual(await later.answer(), { type: 'publishing' });
  later.goodbye();
});

const DEADLINES: readonly {
  readonly name: string;
  readonly code: string;
  readonly limits: NonNullable<RtmpFixtureOptions['limits']>;
  readonly play: (rtmp: RtmpFixture) => Promise<unknown>;
}[] = [
  {
    name: 'a peer that says nothing',
    code: 'handshake-timeout',
    limits: { handshakeMs: 30 },
    play: async (rtmp) => whenClosed(await openSocket(rtmp.port)),
  },
  {
    name: 'a slow handshake, byte by byte',
    code: 'handshake-timeout',
    limits: { handshakeMs: 60 },
    play: async (rtmp) => {
      const socket = await openSocket(rtmp.port);
      const drip = setInterval(() => socket.write(Uint8Array.of(3)), 5);
      await whenClosed(socket);
      clearInterval(drip);
    },
  },
  {
    name: 'a handshake without a connect',
    code: 'handshake-timeout',
    limits: { handshakeMs: 30 },
    play: async (rtmp) => {
      const socket = await openSocket(rtmp.port);
      const handshake = new Uint8Array(3073);
      handshake[0] = 3;
      socket.write(handshake);
      await whenClosed(socket);
    },
  },
  {
    name: 'a publisher without media',
    code: 'first-media-timeout',
    limits: { firstMediaMs: 300 },
    play: async (rtmp) => {
      const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
      await client.answer();
      return client.closed;
    },
  },
  {
    name: 'a publisher that falls silent',
    code: 'idle-timeout',
    limits: { idleMs: 30, pingMs: 10_000 },
    play: async (rtmp) => {
      const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
      await client.answer();
      client.send('audio', 0, AUDIO);
      return client.closed;
    },
  },
  {
    name: 'a publisher that sends bytes but never a whole message',
    code: 'media-timeout',
    limits: { idleMs: 5_000, unfinishedMs: 120 },
    play: async (rtmp) => {
      const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
      await client.answer();
      client.send('audio', 0, AUDIO);
      const large = client.session.publishMessage('video', 1, new Uint8Array(4000));
      let at = 0;
      const drip = setInterval(() => client.socket.write(large.subarray(at, ++at)), 5);
      await client.closed;
      clearInterval(drip);
    },
  },
];
for (const { name, code, limits, play } of DEADLINES) {
  test(`${name}: closed with ${code}`, async (t) => {
    const rtmp = await start(t, { limits });
    await play(rtmp);
    assert.ok(
      rtmp.logged.some((line) => line.includes(`"code":"${code}"`)),
      rtmp.logged.join('\n'),
    );
  });
}

test('a publisher is pinged', async (t) => {
  const rtmp = await start(t, {
    limits: { pingMs: 10 },
  });
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  await client.answer();
  // A type-2 chunk after the StreamBegin of the same length: 82, a delta of 0, ping request.
  const ping = Buffer.from('82 000000 0006'.replaceAll(' ', ''), 'hex');
  let heard = Buffer.alloc(0);
  while (!heard.includes(ping)) {
    const [bytes] = (await once(client.socket, 'data')) as [Buffer];
    heard = Buffer.concat([heard, bytes]);
  }
  client.goodbye();
});

test('connections are bounded by address and in all', async (t) => {
  const rtmp = await start(t, { limits: { connectionsPerAddress: 3 } });
  const sockets = await Promise.all(Array.from({ length: 3 }, () => openSocket(rtmp.port)));
  const fourth = await openSocket(rtmp.port);
  await whenClosed(fourth);
  sockets[0]?.destroy();
  while (rtmp.server.connectionCount > 2) await new Promise((resolve) => setImmediate(resolve));
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  assert.deepEqual(await client.answer(), { type: 'publishing' });
  client.goodbye();
  for (const socket of sockets) socket.destroy();
});

test('a peer that never reads its replies is closed', async (t) => {
  const rtmp = await start(t, { limits: { unsentBytes: 16 * 1024 } });
  const socket = await openSocket(rtmp.port);
  socket.pause();
  const handshake = new Uint8Array(3073);
  handshake[0] = 3;
  socket.write(handshake);
  const connect = '020007636f6e6e656374003ff000000000000003000009';
  socket.write(
    Buffer.from(`03000000${(connect.length / 2).toString(16).padStart(6, '0')}1400000000${connect}`, 'hex'),
  );
  // Pings without end: each is answered.
  const ping = Buffer.from(
    '02000000000006040000000000060000000042000000000006040006000000ff'.slice(0, 36),
    'hex',
  );
  const pings = Buffer.concat(Array.from({ length: 3000 }, () => ping));
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.on('close', () => resolve());
  const more = (): void => {
    while (!socket.destroyed && socket.write(pings));
  };
  socket.on('drain', more);
  more();
  await closed;
  assert.ok(
    rtmp.logged.some((line) => line.includes('replies-not-read')),
    rtmp.logged.join('\n'),
  );
});

test('close: publishers are told, and nothing stays open', async () => {
  const rtmp = await startRtmp({ limits: { closeMs: 100 } });
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  const published = await rtmp.nextPublish();
  await client.answer();
  const silent = await openSocket(rtmp.port);
  silent.pause();
  const [events] = await Promise.all([client.closed, rtmp.close()]);
  const last = events.at(-1);
  assert.equal(last?.type === 'refused' && last.code, 'NetConnection.Connect.AppShutdown');
  assert.equal(published.ended, 'lost');
  assert.equal(rtmp.server.connectionCount, 0);
  silent.destroy();
});

test('a hub that throws ends one connection and nothing else', async (t) => {
  const rtmp = await start(t);
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  const published = await rtmp.nextPublish();
  await client.answer();
  published.messages.push = () => {
    throw new Error('defect');
  };
  client.send('audio', 0, AUDIO);
  await client.closed;
  assert.equal(published.ended, 'lost');
  const next = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  assert.deepEqual(await next.answer(), { type: 'publishing' });
  next.goodbye();
});
