/**
 * WebKitGTK's MiniBrowser, driven through WebKitWebDriver over HTTP.
 *
 * Spec: W3C WebDriver 2 (new session, navigate to, execute script, element click, delete session).
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { until } from '../harness/browser.ts';
import type { Display } from './display.ts';
import { startProgram } from './programs.ts';

const START_TIMEOUT_MS = 30_000;
/** A page on a busy machine may take seconds; longer is a hang. */
const SCRIPT_TIMEOUT_MS = 30_000;
/** A page that hangs keeps the driver from answering. */
const CALL_TIMEOUT_MS = SCRIPT_TIMEOUT_MS + 5000;
const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

export interface WebKit {
  goto(url: string): Promise<void>;
  /** Runs an expression in the page, awaits it and gives its value. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function launchWebKit(display: Display): Promise<WebKit> {
  const port = await freePort();
  const driver = startProgram('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
    env: display.env,
  });
  const base = `http://127.0.0.1:${port}`;

  async function call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${base}${path}`, {
      method,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`WebDriver ${method} ${path}: ${JSON.stringify(answer.value)}`);
    return answer.value;
  }

  await until(
    'WebKitWebDriver answers',
    () =>
      call('GET', '/status').then(
        () => true,
        () => false,
      ),
    (isUp) => isUp,
    START_TIMEOUT_MS,
  );
  const session = (await call('POST', '/session', {
    capabilities: {
      alwaysMatch: {
        timeouts: { script: SCRIPT_TIMEOUT_MS },
        'webkitgtk:browserOptions': {
          binary: MINI_BROWSER,
          args: ['--automation', '--autoplay-policy=allow', '--geometry=1280x800'],
        },
      },
    },
  })) as { sessionId: string };
  const path = `/session/${session.sessionId}`;
  return {
    async goto(url) {
      await call('POST', `${path}/url`, { url });
    },
    evaluate: (expression) =>
      call('POST', `${path}/execute/sync`, { script: `return ${expression}`, args: [] }),
    async close() {
      await call('DELETE', path).catch(() => undefined);
      driver.child.kill('SIGTERM');
      await driver.ended;
    },
  };
}
