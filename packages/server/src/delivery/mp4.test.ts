import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { rawConnection, startLiveServer, UPGRADE_HEADERS, type LiveServer } from './testing/live-server.ts';

let server: LiveServer;
beforeEach(async () => {
  server = await startLiveServer();
});
afterEach(() => server.close());

/** Types of the top-level boxes (ISO/IEC 14496-12 §4.2), in order. */
function boxes(bytes: Buffer): string[] {
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32BE(at))
    types.push(bytes.toString('latin1', at + 4, at + 8));
  return types;
}

/** RFC 9112 §7.1.3, strictly. */
function decodeChunked(body: Buffer): { data: Buffer; complete: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    if (end < 0) return { data: Buffer.concat(parts), complete: false };
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (size === 0)
      return { data: Buffer.concat(parts), complete: body.toString('latin1', end) === '\r\n\r\n' };
    if (end + 2 + size + 2 > body.length) return { data: Buffer.concat(parts), complete: false };
    parts.push(body.subarray(end + 2, end + 2 + size));
    assert.equal(body.toString('latin1', end + 2 + size, end + 4 + size), '\r\n');
    at = end + 4 + size;
  }
}

async function get(request: string): Promise<{ socket: Socket; read: () => { head: string; body: Buffer } }> {
  const socket = await rawConnection(server.port, request);
  const pieces: Buffer[] = [];
  socket.on('data', (bytes) => pieces.push(bytes));
  await once(socket, 'data');
  return {
    socket,
    read: () => {
      const all = Buffer.concat(pieces);
      const end = all.indexOf('\r\n\r\n');
      return { head: all.toString('latin1', 0, end), body: all.subarray(end + 4) };
    },
  };
}

const GET = 'GET /live/alice.mp4 HTTP/1.1\r\nHost: x\r\n\r\n';

test('GET: one init segment with both tracks, then the chunks, until the broadcast ends', async () => {
  const { encoder, sink } = server.goLive({}, 0);
  encoder.run(3000);
  const { socket, read } = await get(GET);
  encoder.run(2000);
  sink.end('unpublished');
  await once(socket, 'close');
  const { head, body } = read();
  assert.match(head, /^HTTP\/1\.1 200 OK/);
  assert.match(head, /transfer-encoding: chunked/i);
  assert.match(head, /content-type: video\/mp4/i);
  assert.match(head, /access-control-allow-origin: \*/i);
  const { data, complete } = decodeChunked(body);
  assert.equal(complete, true);
  const types = boxes(data);
  assert.deepEqual(types.slice(0, 2), ['ftyp', 'moov']);
  assert.deepEqual(new Set(types.slice(2)), new Set(['prft', 'moof', 'mdat']));
  assert.ok(types.filter((type) => type === 'moof').length > 40);
  while (server.viewers.count > 0) await setImmediate();
});

test('HTTP/1.0 gets the same without chunked coding', async () => {
  const { encoder, sink } = server.goLive({}, 0);
  encoder.run(1000);
  const { socket, read } = await get('GET /live/alice.mp4 HTTP/1.0\r\n\r\n');
  encoder.run(1000);
  sink.end('unpublished');
  await once(socket, 'close');
  const { head, body } = read();
  assert.doesNotMatch(head, /transfer-encoding/i);
  const types = boxes(body);
  assert.equal(types[0], 'ftyp');
  assert.equal(types.at(-1), 'mdat');
});

test('upgrade: the init segment, then one message a tick', async () => {
  const { encoder, sink } = server.goLive({}, 0);
  encoder.run(1000);
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}/live/alice.mp4`, { perMessageDeflate: false });
  const messages: string[][] = [];
  ws.on('message', (data: Buffer) => messages.push(boxes(data)));
  await once(ws, 'message');
  const before = messages.length;
  encoder.run(1000);
  sink.end('unpublished');
  const [code] = (await once(ws, 'close')) as [number];
  assert.equal(code, 1000);
  assert.deepEqual(messages[0], ['ftyp', 'moov']);
  const ticks = messages.slice(before);
  assert.ok(ticks.length >= 8 && ticks.length <= 13);
  assert.ok(ticks.some((types) => types.filter((type) => type === 'moof').length === 2));
});

test('a codec change ends the answer cleanly; asking again gets the new init segment', async () => {
  const { encoder } = server.goLive();
  encoder.run(2000);
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}/live/alice.mp4`, { perMessageDeflate: false });
  await once(ws, 'message');
  const http = await get(GET);
  encoder.changeSize('640x360');
  encoder.run(3000);
  const [[code]] = await Promise.all([once(ws, 'close') as Promise<[number]>, once(http.socket, 'close')]);
  assert.equal(code, 1012);
  assert.equal(decodeChunked(http.read().body).complete, true);
  const again = await get(GET);
  assert.deepEqual(boxes(decodeChunked(again.read().body).data).slice(0, 2), ['ftyp', 'moov']);
  again.socket.destroy();
});

test('sound that joins late leaves running viewers as they are', async () => {
  const { encoder, sink } = server.goLive({ audio: false }, 0);
  encoder.run(3000);
  const { socket, read } = await get(GET);
  encoder.addAudio();
  encoder.run(3000);
  sink.end('unpublished');
  await once(socket, 'close');
  const { data, complete } = decodeChunked(read().body);
  assert.equal(complete, true);
  const tracks = new Set<number>();
  // tfhd: size, type, version and flags, track_ID (ISO/IEC 14496-12 §8.8.7).
  for (let at = data.indexOf('tfhd'); at >= 0; at = data.indexOf('tfhd', at + 1))
    tracks.add(data.readUInt32BE(at + 8));
  assert.deepEqual([...tracks], [1]);
});

test('HEAD says what GET would, and holds nothing', async () => {
  server.goLive().encoder.run(1000);
  const answer = await fetch(`http://127.0.0.1:${server.port}/live/alice.mp4`, { method: 'HEAD' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'video/mp4');
  assert.equal(server.viewers.count, 0);
});

test('a channel that is not live is a 404 in JSON, by GET and by upgrade', async () => {
  const answer = await fetch(`http://127.0.0.1:${server.port}/live/alice.mp4`);
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'not-found');
  const { read } = await get(`GET /live/alice.mp4 HTTP/1.1\r\n${UPGRADE_HEADERS}\r\n`);
  assert.match(read().head, /^HTTP\/1\.1 404 /);
});

test('a viewer that sends nothing but pings is let go, on both kinds of WebSocket', async () => {
  server.goLive().encoder.run(3000);
  for (const [path, protocol] of [
    ['/live/alice.mp4', undefined],
    ['/live/alice', 'millrace.v1'],
  ] as const) {
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocol);
    ws.on('error', () => undefined);
    await once(ws, 'open');
    if (protocol !== undefined) ws.send('{"type":"hello","versions":[1]}');
    for (let i = 0; i < 100; i++) ws.ping();
    await once(ws, 'close');
  }
});
