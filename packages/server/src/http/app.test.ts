import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import { createHttpServer, type HttpOptions } from './app.ts';

const OPTIONS: HttpOptions = {
  log: pino({ level: 'silent' }),
  trustedProxies: [],
  playOrigins: ['*'],
  isReady: () => true,
};
const QUICK = { headersMs: 150, requestMs: 300, checkMs: 50, closeGraceMs: 100 };

test('every error has the form of the API', async () => {
  const { app } = createHttpServer(OPTIONS);
  app.get('/broken', () => {
    throw new Error('a secret of the program');
  });
  app.post('/body', () => 'ok');
  const cases = [
    { request: { url: '/nothing' }, status: 404, code: 'not-found' },
    { request: { url: '/broken' }, status: 500, code: 'internal' },
    {
      request: {
        url: '/body',
        method: 'POST',
        payload: '{',
        headers: { 'content-type': 'application/json' },
      },
      status: 400,
      code: 'bad-request',
    },
    {
      request: {
        url: '/body',
        method: 'POST',
        payload: JSON.stringify('x'.repeat(70_000)),
        headers: { 'content-type': 'application/json' },
      },
      status: 413,
      code: 'too-large',
    },
    {
      request: { url: '/body', method: 'POST', payload: 'x', headers: { 'content-type': 'text/csv' } },
      status: 415,
      code: 'unsupported-media-type',
    },
  ] as const;
  for (const { request, status, code } of cases) {
    const answer = await app.inject(request);
    const body = answer.json<{ error: { code: string; message: string } }>();
    assert.deepEqual([answer.statusCode, body.error.code], [status, code]);
    assert.doesNotMatch(body.error.message, /secret/);
  }
});

test('health: alive at once, ready when the program says so', async () => {
  let ready = false;
  const { app } = createHttpServer({ ...OPTIONS, isReady: () => ready });
  assert.equal((await app.inject('/livez')).statusCode, 200);
  assert.equal((await app.inject('/readyz')).statusCode, 503);
  ready = true;
  assert.equal((await app.inject('/readyz')).statusCode, 200);
});

test('CORS: playback for everyone, or for the named; the API for nobody', async () => {
  const open = createHttpServer(OPTIONS);
  open.app.get('/live/x/index.m3u8', () => 'playlist');
  open.app.get('/api/v1/site', () => ({}));
  const origin = 'https://page.example';
  const ask = (url: string, server = open, method: 'GET' | 'OPTIONS' = 'GET') =>
    server.app.inject({ url, method, headers: { origin } });
  assert.equal((await ask('/live/x/index.m3u8')).headers['access-control-allow-origin'], '*');
  assert.equal((await ask('/api/v1/site')).headers['access-control-allow-origin'], undefined);
  const preflight = await ask('/live/x/index.m3u8', open, 'OPTIONS');
  assert.equal(preflight.statusCode, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], '*');

  const named = createHttpServer({ ...OPTIONS, playOrigins: [origin] });
  named.app.get('/live/x/index.m3u8', () => 'playlist');
  const answer = await ask('/live/x/index.m3u8', named);
  assert.equal(answer.headers['access-control-allow-origin'], origin);
  assert.equal(answer.headers.vary, 'Origin');
  const other = createHttpServer({ ...OPTIONS, playOrigins: ['https://other.example'] });
  other.app.get('/live/x/index.m3u8', () => 'playlist');
  assert.equal((await ask('/live/x/index.m3u8', other)).headers['access-control-allow-origin'], undefined);
});

test('X-Forwarded-For is believed from trusted proxies only', async () => {
  for (const [trustedProxies, expected] of [
    [[], '127.0.0.1'],
    [['127.0.0.1'], '203.0.113.9'],
    [['10.0.0.0/8'], '127.0.0.1'],
  ] as const) {
    const { app } = createHttpServer({ ...OPTIONS, trustedProxies });
    app.get('/ip', (request) => request.ip);
    const answer = await app.inject({ url: '/ip', headers: { 'x-forwarded-for': '203.0.113.9' } });
    assert.equal(answer.body, expected);
  }
});

const SLOW = {
  'says nothing': '',
  'never ends its headers': 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ',
  'never ends its body': 'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc',
  'never ends its upgrade': 'GET /live/x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n',
} as const;

for (const [what, bytes] of Object.entries(SLOW)) {
  test(`a connection that ${what} is closed in time`, async () => {
    const server = createHttpServer({ ...OPTIONS, timeouts: QUICK });
    server.app.post('/livez', () => 'ok');
    const port = await server.listen(0, '127.0.0.1');
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
    await server.close();
  });
}

test('close ends upgraded sockets and requests in progress', async () => {
  const server = createHttpServer({ ...OPTIONS, timeouts: QUICK });
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  server.app.get('/slow', () => {
    resolve();
    return new Promise(() => undefined);
  });
  server.upgrades.add(/^\/up$/, ({ socket }) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  const port = await server.listen(0, '127.0.0.1');
  const upgraded = connect(port, '127.0.0.1');
  upgraded.write('GET /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(upgraded, 'data');
  const slow = connect(port, '127.0.0.1');
  for (const socket of [upgraded, slow]) socket.on('error', () => undefined).resume();
  slow.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await arrived;
  await Promise.all([once(upgraded, 'close'), once(slow, 'close'), server.close()]);
});

test('an upgrade at an address that speaks none is a 404', async () => {
  const server = createHttpServer(OPTIONS);
  const port = await server.listen(0, '127.0.0.1');
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.match(bytes.toString(), /^HTTP\/1\.1 404 [^]*"code":"not-found"/);
  socket.destroy();
  await server.close();
});

test('a refused upgrade is over, although the client keeps its own side open', async () => {
  const server = createHttpServer(OPTIONS);
  const port = await server.listen(0, '127.0.0.1');
  const connected = once(server.app.server, 'connection') as Promise<[Socket]>;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined).resume();
  client.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const [socket] = await connected;
  await once(socket, 'close');
  client.destroy();
  await server.close();
});

test('a client that offers HTTP/2 on the way (curl --http2) gets its answer', async () => {
  const server = createHttpServer(OPTIONS);
  const port = await server.listen(0, '127.0.0.1');
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  );
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.match(bytes.toString(), /^HTTP\/1\.1 200 OK/);
  socket.destroy();
  await server.close();
});
