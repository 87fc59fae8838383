/** A whole platform in a temporary folder for tests: no sockets, a clock that stands until it is moved. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify, type FastifyBaseLogger, type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { loadConfig, type Config } from '../../config.ts';
import { createPlatform, NOTHING_LIVE, type LiveView, type Platform } from '../index.ts';

export const GOOD_PASSWORD = 'seven green herons';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface TestPlatform {
  readonly platform: Platform;
  readonly app: FastifyInstance;
  readonly config: Config;
  /** Every log line so far. */
  readonly logged: () => string;
  readonly advance: (ms: number) => void;
  readonly call: (
    method: Method,
    path: string,
    options?: {
      readonly as?: string | undefined;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly from?: string;
    },
  ) => Promise<LightMyRequestResponse>;
  /** Makes an account over the API; gives its cookie. */
  readonly register: (name: string, from?: string) => Promise<string>;
  /** Makes the first administrator by the printed link; gives the cookie. */
  readonly setUp: (name: string) => Promise<string>;
  /** Of the running platform: another process would open it the same way. */
  readonly dataDir: string;
  /** Closes and opens on the same folder. */
  readonly restart: () => Promise<TestPlatform>;
  readonly close: () => Promise<void>;
}

export interface TestPlatformOptions {
  readonly live?: LiveView;
  readonly flags?: readonly string[];
  readonly dataDir?: string;
}

const START_MS = Date.UTC(2026, 10, 21, 12);

export async function startTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'millrace-platform-'));
  const { config } = loadConfig({
    argv: ['--data-dir', dataDir, ...(options.flags ?? [])],
    env: {},
    cwd: tmpdir(),
  });
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  let now = START_MS;
  const platform = await createPlatform({ config, log, clock: () => now });
  const logger: FastifyBaseLogger = log;
  const app = fastify({ loggerInstance: logger });
  platform.registerRoutes(app, options.live ?? NOTHING_LIVE);

  const close = async () => {
    await app.close();
    await platform.close();
  };
  const call: TestPlatform['call'] = (method, path, { as, body, headers, from } = {}) =>
    app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...(as === undefined ? {} : { cookie: as }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
      ...(from === undefined ? {} : { remoteAddress: from }),
    });
  return {
    platform,
    app,
    config,
    dataDir,
    call,
    logged: () => lines.join(''),
    advance: (ms) => {
      now += ms;
    },
    register: async (name, from) =>
      cookieOf(
        await call('POST', '/accounts', {
          body: { name, password: GOOD_PASSWORD },
          ...(from === undefined ? {} : { from }),
        }),
      ),
    setUp: async (name) => {
      const { setupUrl } = await platform.started({ httpPort: 8000, rtmpPort: 1935 });
      assert(setupUrl !== undefined);
      const body = { token: tokenOf(setupUrl), name, password: GOOD_PASSWORD };
      return cookieOf(await call('POST', '/setup', { body }));
    },
    restart: async () => {
      await close();
      return startTestPlatform({ ...options, dataDir });
    },
    close: async () => {
      await close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

export const tokenOf = (setupUrl: string): string => new URL(setupUrl).searchParams.get('token') ?? '';

/** `name=value` of the session that an answer began. */
export function cookieOf(response: LightMyRequestResponse): string {
  const header = response.headers['set-cookie'];
  assert(typeof header === 'string', `no session began: ${response.statusCode} ${response.body}`);
  return header.split(';')[0] ?? '';
}

export function errorCode(response: LightMyRequestResponse): string {
  return response.json<{ error: { code: string } }>().error.code;
}
