/**
 * A private Millrace for a test: the real program as a child process, on free ports and in a folder of its own.
 *
 * Out: its addresses, a way to run its command line on the same data, and `stop`, which ends it with SIGTERM and
 * removes the folder. What it logged is kept and shown when something goes wrong.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../packages/server/bin/millrace.js', import.meta.url));
/** A loaded machine takes seconds to start Node and migrate; longer is a hang. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export interface TestServer {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly httpPort: number;
  readonly rtmpPort: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly dataDir: string;
  /** Everything printed so far, both streams. */
  log(): string;
  /** Runs the command line on the same data folder; gives its standard output. */
  cli(args: readonly string[], input?: string): Promise<string>;
  /** Makes an account with its channel and a stream key; gives the address to push to. */
  addChannel(name: string): Promise<{ readonly key: string; readonly pushUrl: string }>;
  stop(): Promise<void>;
}

function run(args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`millrace ${args.join(' ')} exited with ${code}: ${stderr || stdout}`));
    });
    child.stdin.end(input);
  });
}

export async function startServer(flags: readonly string[] = []): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const child = spawn(
    process.execPath,
    [
      program,
      '--host',
      '127.0.0.1',
      '--http-port',
      '0',
      '--rtmp-port',
      '0',
      '--data-dir',
      dataDir,
      '--log-format',
      'json',
      ...flags,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const ready = new Promise<{ httpPort: number; rtmpPort: number }>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`not ready after ${READY_TIMEOUT_MS} ms:\n${output}`));
    }, READY_TIMEOUT_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      if (!line.includes('"ready"')) return;
      const event = JSON.parse(line) as { event?: string; httpPort: number; rtmpPort: number };
      if (event.event !== 'ready') return;
      clearTimeout(timer);
      resolve(event);
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready:\n${output}`));
    });
  });
  const { httpPort, rtmpPort } = await ready;
  const cli = (args: readonly string[], input = ''): Promise<string> =>
    run([...args, '--data-dir', dataDir], input);
  return {
    child,
    pid: child.pid ?? 0,
    httpPort,
    rtmpPort,
    origin: `http://127.0.0.1:${httpPort}`,
    dataDir,
    log: () => output,
    cli,
    async addChannel(name) {
      await cli(['user', 'add', name, '--password-stdin'], `a long enough password for ${name}\n`);
      const answer = JSON.parse(await cli(['key', 'create', name, '--json'])) as { secret: string };
      return { key: answer.secret, pushUrl: `rtmp://127.0.0.1:${rtmpPort}/live/${answer.secret}` };
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        await once(child, 'exit');
        clearTimeout(timer);
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
