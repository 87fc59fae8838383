/**
 * The program under test, started from this checkout as a user would: flags, a data folder, channels and keys made with
 * its own command line. The prepared folder is kept in the temp folder for the next run, as each account costs a slow
 * password hash; it is made anew when the code that made it changed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Protocol } from '../load/protocols.ts';
import {
  HOST,
  startProcess,
  temporaryFolder,
  waitForLog,
  type RunningServer,
  type ServerKind,
  type ServerOptions,
} from './server.ts';

const SERVER = fileURLToPath(new URL('../../packages/server/', import.meta.url));
const PROGRAM = join(SERVER, 'bin/millrace.js');
const CHANNELS = fileURLToPath(new URL('millrace-channels.ts', import.meta.url));

export const millrace: ServerKind = {
  name: 'millrace',
  protocols: ['ws-millrace', 'ws-fmp4', 'http-fmp4'],
  async probe() {
    try {
      const { version } = JSON.parse(await readFile(join(SERVER, 'package.json'), 'utf8')) as {
        version: string;
      };
      const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: SERVER });
      await readFile(PROGRAM);
      return { version: `${version} (${stdout.trim()}), Node ${process.version}` };
    } catch (error) {
      return {
        missing: `cannot be started from this checkout: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  },
  start,
};

async function start(options: ServerOptions): Promise<RunningServer> {
  const prepared = await preparedChannels(options.publishers);
  const folder = await temporaryFolder('millrace');
  await cp(prepared.dataFolder, join(folder, 'data'), { recursive: true });
  const flags = ['--host', HOST, '--http-port', '0', '--rtmp-port', '0', '--data-dir', join(folder, 'data')];
  const started = await startProcess(
    process.execPath,
    [
      ...(options.nodeArguments ?? []),
      PROGRAM,
      ...flags,
      ...tickFlags(options.tickMs),
      '--log-format',
      'json',
    ],
    folder,
  );
  const { httpPort, rtmpPort } = await waitForLog(started, readyPorts);
  const key = (index: number): string => prepared.keys[index] ?? '';
  return {
    name: 'millrace',
    pid: started.pid,
    publishTarget: (index) => ({ host: HOST, port: rtmpPort, app: 'live', name: key(index) }),
    viewTarget: (protocol, index) => ({
      protocol,
      host: HOST,
      port: httpPort,
      path: viewPath(protocol, index),
    }),
    stop: () => started.stop(),
  };
}

/** Up to the default length of a chunk a write is a chunk; above, several chunks are joined, as LL-HLS needs short ones. */
function tickFlags(tickMs: number): string[] {
  const chunkMs = Math.min(tickMs, DEFAULT_CHUNK_MS);
  return ['--chunk-ms', String(chunkMs), '--fanout-tick-ms', String(tickMs > chunkMs ? tickMs : 0)];
}

const DEFAULT_CHUNK_MS = 100;

function readyPorts(log: string): { httpPort: number; rtmpPort: number } | undefined {
  for (const line of log.split('\n')) {
    if (!line.includes('"ready"') || !line.endsWith('}')) continue;
    const { httpPort, rtmpPort } = JSON.parse(line) as { httpPort: number; rtmpPort: number };
    return { httpPort, rtmpPort };
  }
  return undefined;
}

function viewPath(protocol: Protocol, index: number): string {
  return protocol === 'ws-millrace' ? `/live/${channelName(index)}` : `/live/${channelName(index)}.mp4`;
}

const channelName = (index: number): string => `bench${index}`;

interface Prepared {
  readonly dataFolder: string;
  readonly keys: readonly string[];
}

async function preparedChannels(count: number): Promise<Prepared> {
  // A run asks for one or for many: two folders, so that the quick scenarios need not wait for the accounts of the others.
  const size = count === 1 ? 1 : Math.max(count, 100);
  const folder = join(tmpdir(), 'millrace-bench', `channels-${size}-${await sourceHash()}`);
  const dataFolder = join(folder, 'data');
  const known = await readFile(join(folder, 'keys.json'), 'utf8').catch(() => undefined);
  if (known !== undefined) return { dataFolder, keys: JSON.parse(known) as string[] };

  const unfinished = `${folder}.${process.pid}`;
  await mkdir(join(unfinished, 'data'), { recursive: true });
  const names = Array.from({ length: size }, (_, index) => channelName(index));
  const { stdout } = await promisify(execFile)(process.execPath, [
    CHANNELS,
    join(unfinished, 'data'),
    ...names,
  ]);
  const keys = JSON.parse(stdout) as string[];
  await writeFile(join(unfinished, 'keys.json'), JSON.stringify(keys));
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  return { dataFolder, keys };
}

/** Of everything that decides what stands in the database. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  const paths: string[] = [];
  for await (const path of glob('src/{db,platform}/**/*.ts', { cwd: SERVER }))
    if (!path.endsWith('.test.ts')) paths.push(path);
  for (const path of paths.sort()) hash.update(path).update(await readFile(join(SERVER, path)));
  return hash.digest('hex').slice(0, 12);
}
