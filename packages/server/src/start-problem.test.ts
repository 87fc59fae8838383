import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { loadConfig, type Config } from './config.ts';
import { startServer } from './server.ts';
import { startProblem } from './start-problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-start-'));
after(() => rmSync(folder, { recursive: true }));

function configOf(...flags: string[]): Config {
  const argv = ['--host', '127.0.0.1', '--http-port', '0', '--rtmp-port', '0', ...flags];
  return loadConfig({ argv, env: {}, cwd: folder }).config;
}

/** What the person is told. */
async function told(config: Config): Promise<string> {
  try {
    const server = await startServer(config, pino({ level: 'silent' }));
    await server.close();
    return 'it started';
  } catch (error) {
    return startProblem(error, config) ?? `nothing but a trace of: ${String(error)}`;
  }
}

test('a port that is taken: which one, and the flag that changes it', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const taken = `Port ${port} is in use by another program`;
  assert.match(await told(configOf('--http-port', String(port))), new RegExp(`${taken}.* --http-port`));
  assert.match(await told(configOf('--rtmp-port', String(port))), new RegExp(`${taken}.* --rtmp-port`));
  other.close();
});

test('an address that is not of this machine', async () => {
  assert.match(await told(configOf('--host', '203.0.113.9')), /no address 203\.0\.113\.9.* --host/);
});

test('a data folder that is none', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.match(await told(configOf('--data-dir', file)), /there is a file of that name.* --data-dir/);
  assert.match(await told(configOf('--data-dir', join(file, 'x'))), /a part of its path is a file/);
});

test('a database that is none, and one that another process holds', async () => {
  const damaged = mkdtempSync(join(folder, 'damaged-'));
  writeFileSync(join(damaged, 'millrace.db'), 'no database at all '.repeat(1000));
  assert.match(
    await told(configOf('--data-dir', damaged)),
    /damaged or no database.* `millrace restore FILE`/,
  );

  const held = mkdtempSync(join(folder, 'held-'));
  const config = configOf('--data-dir', held);
  assert.equal(await told(config), 'it started');
  const holder = new DatabaseSync(join(held, 'millrace.db'));
  holder.exec('begin exclusive');
  assert.match(await told(config), /held by another process/);
  holder.close();
});

test('what nobody foresaw keeps its trace', () => {
  assert.equal(startProblem(new TypeError('x is not a function'), configOf()), undefined);
});
