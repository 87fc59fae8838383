/**
 * Viewers that stop reading, against a real server: they cost a bounded amount of memory, are let go, and the hundred
 * others beside them get every chunk.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { MEDIA_FLAGS, MEDIA_SUBPROTOCOL, readMediaHeader } from '@millrace/contract';
import { until } from '../harness/browser.ts';
import { pushWithFfmpeg, type Encoder } from '../harness/encoder.ts';
import { startServer, type TestServer } from '../harness/server.ts';

const GOOD_VIEWERS = 100;
const STOPPED_VIEWERS = 30;
/** What one of them may cost the server. */
const STOPPED_VIEWER_BYTES = 2 * 1024 * 1024;
/** Heap that comes and goes with a hundred viewers, whatever the stopped ones do. */
const NOISE_BYTES = 24 * 1024 * 1024;
const SLOW_MS = 60_000;

let server: TestServer;
let encoder: Encoder;

before(async () => {
  server = await startServer();
  const { pushUrl } = await server.addChannel('busy');
  encoder = pushWithFfmpeg(pushUrl, { encoding: 'avcAacNoBFrames', size: '640x360', videoBitrate: '4M' });
  await until(
    'live',
    async () => (await fetch(`${server.origin}/live/busy/index.m3u8`)).status,
    (status) => status === 200,
    SLOW_MS,
  );
});
after(async () => {
  await encoder?.kill();
  await server?.stop();
});

function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}

interface GoodViewer {
  chunks: number;
  /** Chunks that should have come between two that came, and flags that admit a loss. */
  missing: number;
  close(): void;
}

async function watchWell(): Promise<GoodViewer> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.httpPort}/live/busy`, MEDIA_SUBPROTOCOL);
  const last = new Map<number, number>();
  const viewer: GoodViewer = { chunks: 0, missing: 0, close: () => socket.terminate() };
  socket.on('message', (data: Buffer, isBinary) => {
    const header = isBinary ? readMediaHeader(data) : undefined;
    if (header?.type !== 2) return;
    const before = last.get(header.track);
    if (before !== undefined && header.sequence !== before + 1) viewer.missing++;
    if ((header.flags & MEDIA_FLAGS.droppedBefore) !== 0) viewer.missing++;
    last.set(header.track, header.sequence);
    viewer.chunks++;
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', versions: [1] }));
  return viewer;
}

/** Joins as a player would, then never reads again. Resolves when the server has let it go. */
async function stopReading(): Promise<{ readonly socket: Socket; readonly gone: Promise<unknown> }> {
  const socket = connect(server.httpPort, '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  socket.write(['GET /live/busy.mp4 HTTP/1.1', 'Host: localhost', '', ''].join('\r\n'));
  socket.on('error', () => undefined);
  return { socket, gone: once(socket, 'close') };
}

test('viewers that stop reading are bounded and let go, and a hundred others miss nothing', async () => {
  const good = await Promise.all(Array.from({ length: GOOD_VIEWERS }, watchWell));
  const everyoneGot = (chunks: number): Promise<boolean> =>
    until(
      `${chunks} chunks for each`,
      async () => good.every((viewer) => viewer.chunks >= chunks),
      Boolean,
      SLOW_MS,
    );
  await everyoneGot(100);
  const beforeBytes = residentBytes(server.pid);
  const connectionsBefore = countConnections(server.pid);

  const stopped = await Promise.all(Array.from({ length: STOPPED_VIEWERS }, stopReading));
  let mostBytes = 0;
  const watching = setInterval(() => {
    mostBytes = Math.max(mostBytes, residentBytes(server.pid));
  }, 200);
  // the server's side of each connection goes away, although these clients never say a word
  await until(
    'let go',
    async () => countConnections(server.pid),
    (count) => count <= connectionsBefore,
    SLOW_MS,
  );
  clearInterval(watching);
  const had = good.map((viewer) => viewer.chunks);
  await everyoneGot(Math.max(...had) + 50);
  for (const { socket } of stopped) socket.destroy();
  for (const viewer of good) viewer.close();

  assert.deepEqual(
    good.map((viewer) => viewer.missing),
    good.map(() => 0),
    'the others miss nothing',
  );
  const grown = mostBytes - beforeBytes;
  assert.ok(
    grown <= STOPPED_VIEWERS * STOPPED_VIEWER_BYTES + NOISE_BYTES,
    `${STOPPED_VIEWERS} stopped viewers cost ${(grown / 1024 / 1024).toFixed(1)} MiB`,
  );
  console.log(
    `${STOPPED_VIEWERS} stopped viewers: RSS grew by ${(grown / 1024 / 1024).toFixed(1)} MiB at most`,
  );
});

/** Established TCP connections that the process holds, by its open descriptors. */
function countConnections(pid: number): number {
  const port = server.httpPort.toString(16).toUpperCase().padStart(4, '0');
  const ESTABLISHED = '01';
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .filter((line) => {
      const [, local, , state] = line.trim().split(/\s+/);
      return local?.endsWith(`:${port}`) === true && state === ESTABLISHED;
    }).length;
}
