/** The command line as a program of its own, beside a running server and without one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startServer } from '../harness/server.ts';

const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));

async function millrace(
  args: readonly string[],
  input = '',
): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'pipe' });
  const exited = once(child, 'close');
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exited) as [unknown];
  return { code, out, err };
}

test('without a server: an account, a key, a check-up, and exit codes that scripts can use', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  t.after(() => rm(dir, { recursive: true }));
  const at = ['--data-dir', join(dir, 'data')];
  const added = await millrace(
    ['user', 'add', 'alice', '--admin', '--password-stdin', ...at],
    'seven green herons\n',
  );
  assert.deepEqual([added.code, added.err], [0, '']);
  assert.match((await millrace(['key', 'create', 'alice', ...at])).out, /^live_[0-9A-Za-z]{32}\n$/);
  const doctor = await millrace(['doctor', '--json', '--http-port', '0', '--rtmp-port', '0', ...at]);
  assert.equal((JSON.parse(doctor.out) as { ok: boolean }).ok, true, doctor.out);
  assert.equal((await millrace(['key', 'create', 'nobody', ...at])).code, 1);
  assert.equal((await millrace(['key', 'craete', 'alice', ...at])).code, 2);
  const mistyped = await millrace(['--http-port', 'eight', ...at]);
  assert.equal(mistyped.code, 2);
  assert.match(mistyped.err, /http-port \(flag --http-port\) is "eight"/);
});

test('beside a server: what the command line changes counts at once', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const request = (path: string, body: unknown) =>
    fetch(`${server.origin}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  assert.match(await server.cli(['doctor']), /used by the running server/);
  const link = new URL((JSON.parse(await server.cli(['setup-link', '--json'])) as { url: string }).url);
  assert.equal(Number(link.port), server.httpPort);
  const setup = { token: link.searchParams.get('token'), name: 'alice', password: 'seven green herons' };
  assert.equal((await request('/setup', setup)).status, 201);
  assert.equal((await request('/setup', setup)).status, 409);

  await server.cli(['user', 'add', 'betty', '--password-stdin'], 'eight green herons\n');
  const betty = { name: 'betty', password: 'eight green herons' };
  const signedIn = await request('/session', betty);
  assert.equal(signedIn.status, 200);
  assert.match(
    signedIn.headers.get('set-cookie') ?? '',
    /^millrace=[0-9A-Za-z]{43};.*HttpOnly; SameSite=Lax$/,
  );

  const backup = join(server.dataDir, 'saved.db');
  await server.cli(['backup', backup]);
  await assert.rejects(server.cli(['restore', backup]), /stop it first/);
  for (const secret of [setup.token ?? '', setup.password, betty.password]) {
    assert.equal(server.log().includes(secret), false);
  }
});
