/**
 * Memory after a thousand publishers came and went. `npm run bench:rounds` starts a private server, connects, publishes
 * a second of the demo clip as fast as it goes and hangs up without a goodbye, over and over, and prints the server's
 * RSS: after a warm-up, and after each further 250 rounds.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { parseFlvFile, type FlvTag } from '../packages/media/src/flv/index.ts';
import { ClientSession } from '../packages/media/src/rtmp/index.ts';
import { startServer } from '../test/harness/server.ts';

const WARM_UP_ROUNDS = 2000;
const ROUNDS = 2000;
const REPORT_EVERY = 250;
const CHANNELS = 4;
/** The server's own housekeeping (sweeps, ended broadcasts that linger) is over by then. */
const SETTLE_MS = 70_000;
const CLIP_MS = 1000;

const clip = [
  ...parseFlvFile(
    new Uint8Array(readFileSync(new URL('../packages/server/assets/demo.flv', import.meta.url))),
  ),
].filter((tag) => tag.timestampMs < CLIP_MS);

async function round(port: number, key: string, tags: readonly FlvTag[]): Promise<void> {
  const session = new ClientSession({
    app: 'live',
    tcUrl: `rtmp://127.0.0.1:${port}/live`,
    streamKey: key,
    encoder: 'rounds',
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    hmacSha256: (secret, data) => new Uint8Array(createHmac('sha256', secret).update(data).digest()),
  });
  const socket = connect(port, '127.0.0.1');
  const flush = (): void => {
    const bytes = session.takeOutput();
    if (bytes !== undefined) socket.write(bytes);
  };
  await once(socket, 'connect');
  flush();
  while (session.state !== 'publishing') {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    for (const event of session.push(bytes)) {
      if (event.type !== 'publishing') throw new Error(`not accepted: ${JSON.stringify(event)}`);
    }
    flush();
  }
  for (const tag of tags) socket.write(session.publishMessage(tag.type, tag.timestampMs, tag.body));
  await new Promise<void>((resolve) => {
    socket.write(new Uint8Array(), () => resolve());
  });
  socket.destroy();
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

const server = await startServer(['--grace-ms', '1000']);
try {
  const keys: string[] = [];
  for (let index = 0; index < CHANNELS; index++) keys.push((await server.addChannel(`rounds-${index}`)).key);
  const run = async (rounds: number): Promise<void> => {
    for (let index = 0; index < rounds; index++) {
      await round(server.rtmpPort, keys[index % CHANNELS] ?? '', clip);
      if ((index + 1) % REPORT_EVERY === 0) {
        console.log(`  ${index + 1} rounds: ${residentMiB(server.pid).toFixed(1)} MiB`);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  };
  console.log(`start: ${residentMiB(server.pid).toFixed(1)} MiB`);
  await run(WARM_UP_ROUNDS);
  const before = residentMiB(server.pid);
  console.log(`after ${WARM_UP_ROUNDS} rounds of warm-up, settled: ${before.toFixed(1)} MiB`);
  await run(ROUNDS);
  const after = residentMiB(server.pid);
  console.log(
    `after ${ROUNDS} more, settled: ${after.toFixed(1)} MiB (${(((after - before) / before) * 100).toFixed(1)} %)`,
  );
} finally {
  await server.stop();
}
