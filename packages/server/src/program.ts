/**
 * The program: the server, or one of the commands beside it. In: the command line, the environment, signals. Out: a
 * running server that says when it is ready, and an exit code.
 */
import type { Logger } from 'pino';
import { banner } from './banner.ts';
import { isCommand, runCli } from './cli/index.ts';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { createLog } from './log.ts';
import { startServer, type RunningServer } from './server.ts';
import { startProblem } from './start-problem.ts';
import { version } from './version.ts';

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** A close that hangs must not keep a service manager waiting for its own, longer limit. */
const CLOSE_LIMIT_MS = 10_000;

export async function run(argv: readonly string[]): Promise<void> {
  if (!isCommand(argv)) return serve(argv);
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await runCli(argv, { stdin, stdout, stderr, env, cwd: process.cwd() });
}

async function serve(argv: readonly string[]): Promise<void> {
  const config = readConfig(argv);
  if (config === undefined) return;
  const log = createLog(config);
  let server: RunningServer;
  try {
    server = await startServer(config, log);
  } catch (error) {
    const problem = startProblem(error, config);
    if (problem === undefined) log.fatal({ err: error }, 'the server could not start');
    else log.fatal(`The server could not start. ${problem}`);
    process.exitCode = EXIT_FAILED;
    return;
  }
  sayReady(config, server);
  endOnSignal(server, log);
}

function readConfig(argv: readonly string[]): Config | undefined {
  try {
    return loadConfig({ argv, env: process.env, cwd: process.cwd() }).config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT_USAGE;
    return undefined;
  }
}

function sayReady(config: Config, server: RunningServer): void {
  if (config.logFormat === 'json') {
    // The set-up address is a secret: logs keep this line. `millrace setup-link` prints a new one.
    const { httpPort, rtmpPort, demoChannel } = server;
    const ready = { event: 'ready', version, pid: process.pid, httpPort, rtmpPort, demoChannel };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  } else {
    process.stdout.write(banner(config, server, version));
  }
}

function endOnSignal(server: RunningServer, log: Logger): void {
  let ending = false;
  const end = (signal: string): void => {
    // Somebody who asks twice means it.
    if (ending) process.exit(EXIT_FAILED);
    ending = true;
    log.info({ signal }, 'closing');
    setTimeout(() => {
      log.error({ limitMs: CLOSE_LIMIT_MS }, 'closing took too long');
      process.exit(EXIT_FAILED);
    }, CLOSE_LIMIT_MS).unref();
    server.close().then(
      () => process.exit(EXIT_OK),
      (error: unknown) => {
        log.error({ err: error }, 'closing failed');
        process.exit(EXIT_FAILED);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
