import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { banner } from './banner.ts';
import { loadConfig, type Config } from './config.ts';
import { forPeople } from './log.ts';
import { startServer } from './server.ts';

const log = pino({ level: 'silent' });

async function withConfig(
  work: (config: Config) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-server-'));
  const argv = [
    '--host',
    '127.0.0.1',
    '--http-port',
    '0',
    '--rtmp-port',
    '0',
    '--data-dir',
    dataDir,
    ...flags,
  ];
  try {
    await work(loadConfig({ argv, env: {}, cwd: dataDir }).config);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

test('two servers in one process: each on its own ports, each closed whole', () =>
  withConfig((first) =>
    withConfig(async (second) => {
      const servers = [await startServer(first, log), await startServer(second, log)] as const;
      for (const { httpPort, setupUrl } of servers) {
        const origin = `http://127.0.0.1:${httpPort}`;
        assert.equal((await fetch(`${origin}/readyz`)).status, 200);
        assert.equal((await fetch(`${origin}/api/v1/site`)).status, 200);
        assert.equal((await fetch(`${origin}/live/nobody/index.m3u8`)).status, 404);
        assert.match(setupUrl ?? '', /\/setup\?token=/);
      }
      assert.notEqual(servers[0].httpPort, servers[1].httpPort);
      await Promise.all(servers.map((server) => server.close()));
      await assert.rejects(fetch(`http://127.0.0.1:${servers[0].httpPort}/livez`));
    }),
  ));

test('a port that is taken is an error, and nothing stays open behind it', () =>
  withConfig(async (config) => {
    const holder = createServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    holder.listen(0, '127.0.0.1', resolve);
    await promise;
    const address = holder.address();
    assert.ok(typeof address === 'object' && address !== null);
    await assert.rejects(startServer({ ...config, rtmpPort: address.port }, log), /EADDRINUSE/);
    holder.close();
    // The data is free again: the same server starts when the port is.
    const server = await startServer(config, log);
    await server.close();
  }));

test('the banner says where to watch, where to push and what comes next', () => {
  const text = banner(
    { host: '0.0.0.0' },
    { httpPort: 8000, rtmpPort: 1935, setupUrl: 'http://localhost:8000/setup?token=t', demoChannel: 'demo' },
    '1.2.3',
  );
  assert.match(text, /Millrace 1\.2\.3/);
  assert.match(text, /Watch +http:\/\/localhost:8000\//);
  assert.match(text, /Demo +http:\/\/localhost:8000\/demo/);
  assert.match(text, /Push +rtmp:\/\/localhost:1935\/live /);
  assert.match(text, /setup\?token=t/);
});

test('a log line for people cannot carry control sequences of strangers', () => {
  const line = JSON.stringify({ level: 40, time: 0, msg: 'refused', encoder: 'x\u001b[2Jy', port: 5 });
  const text = forPeople(line);
  assert.match(text, /warn {2}refused encoder="x\\u001b\[2Jy" port=5\n$/);
});
