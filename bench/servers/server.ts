/**
 * A server under test, as the scenarios see it, and what all servers share: a private folder, free ports, an end by PID.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RtmpTarget } from '../load/connection.ts';
import type { Protocol, ViewTarget } from '../load/protocols.ts';

export type ServerName = 'millrace' | 'nginx-rtmp' | 'node-media-server';

export interface ServerOptions {
  /** How many streams will be published. */
  readonly publishers: number;
  /** Package for HLS: millrace always does, nginx-rtmp when asked, Node-Media-Server cannot. */
  readonly hls: boolean;
  /** millrace only: what it collects before it writes to a viewer; 0 = a frame. */
  readonly tickMs: number;
  /** Extra arguments for the Node that runs millrace, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
}

export interface RunningServer {
  readonly name: ServerName;
  readonly pid: number;
  publishTarget(index: number): RtmpTarget;
  /** Where to watch the stream that `publishTarget(index)` feeds. */
  viewTarget(protocol: Protocol, index: number): ViewTarget;
  stop(): Promise<void>;
}

export interface ServerKind {
  readonly name: ServerName;
  readonly protocols: readonly Protocol[];
  /** Why it cannot run here, or undefined when it can; a version to print. */
  probe(): Promise<{ readonly missing: string } | { readonly version: string }>;
  start(options: ServerOptions): Promise<RunningServer>;
}

export const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

export function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `bench-${name}-`));
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly logPath: string;
  /** Ends the process by its PID and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a program with its output in `folder/log.txt`; the folder goes with it. */
export async function startProcess(
  program: string,
  args: readonly string[],
  folder: string,
  env = process.env,
): Promise<StartedProcess> {
  const logPath = join(folder, 'log.txt');
  const log = await open(logPath, 'a');
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', log.fd, log.fd] });
  const exited = once(child, 'exit');
  await once(child, 'spawn');
  await log.close();
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} did not start`);
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  return {
    child,
    pid,
    logPath,
    async stop() {
      process.off('exit', endWithUs);
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        await exited;
        clearTimeout(timer);
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Waits until `ready` finds in the log what it looks for. @throws with the log's end when the process ends before. */
export async function waitForLog<T>(
  started: StartedProcess,
  ready: (log: string) => T | undefined,
): Promise<T> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const log = await readFile(started.logPath, 'utf8');
    const found = ready(log);
    if (found !== undefined) return found;
    const ended = started.child.exitCode !== null || started.child.signalCode !== null;
    if (ended || performance.now() > deadlineMs) {
      await started.stop();
      throw new Error(`${ended ? 'ended' : 'not ready'}: ${log.slice(-2_000)}`);
    }
    await delay(50);
  }
}

export async function waitForPort(port: number): Promise<void> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const socket = connect(port, HOST);
    const connected = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(() => false),
    ]);
    socket.destroy();
    if (connected) return;
    if (performance.now() > deadlineMs) throw new Error(`nothing listens on port ${port}`);
    await delay(50);
  }
}
