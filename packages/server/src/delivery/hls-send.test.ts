import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import Fastify from 'fastify';
import { sendBody, wholeBody } from './hls-send.ts';

/** More than two loopback sockets buffer. */
const BODY = wholeBody([Buffer.alloc(32 * 1024 * 1024)]);
const OPTIONS = { contentType: 'video/mp4', cacheControl: 'no-store' };

test('a client that takes nothing of a body is cut off, so that the bytes are not kept for it', async (t) => {
  const app = Fastify({ forceCloseConnections: true });
  t.after(() => app.close());
  app.get('/hurried', (request, reply) => sendBody(request, reply, BODY, { ...OPTIONS, limitMs: 50 }));
  app.get('/segment', (request, reply) => sendBody(request, reply, BODY, OPTIONS));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const connected = once(app.server, 'connection') as Promise<[Socket]>;
  const client = connect(port, '127.0.0.1').on('error', () => undefined);
  t.after(() => client.destroy());
  client.pause();
  client.write('GET /hurried HTTP/1.1\r\nHost: x\r\n\r\n');
  const [socket] = await connected;
  await once(socket, 'close');

  const answer = await fetch(`http://127.0.0.1:${port}/segment`);
  assert.equal((await answer.arrayBuffer()).byteLength, BODY.byteLength, 'one that reads gets all of it');
});
