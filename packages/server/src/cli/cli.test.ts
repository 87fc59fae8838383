import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { NewStreamKey, StreamKeyList } from '@millrace/contract';
import { startTestPlatform, GOOD_PASSWORD } from '../platform/testing/test-platform.ts';
import { examine } from './doctor.ts';
import { COMMANDS, isCommand, runCli } from './index.ts';
import { loadConfig, SETTINGS } from '../config.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(line: string, input = ''): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await runCli(line === '' ? [] : line.split(' '), {
    stdin: (async function* stdin() {
      // In pieces, as a pipe may deliver it.
      yield input.slice(0, 3);
      yield Buffer.from(input.slice(3));
    })(),
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: { MILLRACE_DATA_DIR: join(dir, 'data') },
    cwd: dir,
  });
  return { code, out, err };
}

const json = (ran: Ran): unknown => JSON.parse(ran.out);
const addAlice = () => run('user add alice --password-stdin', `${GOOD_PASSWORD}\n`);

describe('telling commands from a server start', () => {
  for (const [line, expected] of [
    ['', false],
    ['--demo --http-port 0', false],
    ['--data-dir ./x --no-demo', false],
    ['--config site.toml', false],
    ['doctor', true],
    ['--data-dir x doctor', true],
    ['key create alice --data-dir=x', true],
    ['--help', true],
    ['-v', true],
    ['serve', true],
  ] as const) {
    test(`“millrace ${line}”`, () => assert.equal(isCommand(line.split(' ').filter(Boolean)), expected));
  }
});

describe('help and mistakes', () => {
  test('--help names every command and setting; --version the version', async () => {
    const { code, out } = await run('--help');
    assert.equal(code, 0);
    for (const { usage } of Object.values(COMMANDS)) assert(out.includes(`millrace ${usage}`), usage);
    for (const { key } of SETTINGS) assert(out.includes(`--${key}`), key);
    assert.match((await run('--version')).out, /^millrace \d+\.\d+\.\d+\n$/);
  });

  const cases: readonly (readonly [line: string, code: number, says: RegExp])[] = [
    ['frobnicate', 2, /no command “frobnicate”/],
    ['user add', 2, /NAME of the account is missing\.\nUsage: millrace user add/],
    ['user add alice', 2, /--password-stdin/],
    ['user add Alice --password-stdin', 2, /cannot be a name/],
    ['user add alice betty --password-stdin', 2, /“betty” is too much/],
    ['user add admin --password-stdin', 1, /kept for the site/],
    ['key create nobody', 1, /no such channel/],
    ['key revoke alice', 2, /Usage: millrace key revoke NAME ID/],
    ['key create alice --label', 2, /--label needs a value/],
    ['doctor --json=yes', 2, /--json takes no value/],
    ['config --http-prot 1', 2, /Did you mean --http-port/],
    ['--http-prot 1', 2, /Did you mean --http-port/],
    ['backup there.db', 1, /no database/],
    ['restore there.db', 1, /does not exist/],
  ];
  for (const [line, code, says] of cases) {
    test(line, async () => {
      const ran = await run(line, 'a fine heron password');
      assert.equal(ran.code, code, ran.err);
      assert.match(ran.err, says);
      assert.equal(ran.out, '');
    });
  }

  test('under --json errors are JSON too', async () => {
    const { err } = await run('key create nobody --json');
    assert.deepEqual(JSON.parse(err), { error: { code: 'not-found', message: 'There is no such channel.' } });
  });
});

describe('accounts and keys', () => {
  test('made, listed and revoked without a server', async () => {
    assert.equal((await addAlice()).code, 0);
    assert.match((await addAlice()).err, /taken/);
    const created = await run('key create alice --label OBS');
    assert.match(created.out, /^live_[0-9A-Za-z]{32}\n$/);
    const { keys } = json(await run('key list alice --json')) as StreamKeyList;
    assert.equal(keys[0]?.label, 'OBS');
    const listed = await run('key list alice');
    assert(!listed.out.includes(created.out.trim()));
    assert(listed.out.includes(keys[0].id));
    assert.equal((await run(`key revoke alice ${keys[0].id}`)).code, 0);
    assert.match((await run(`key revoke alice ${keys[0].id}`)).err, /no such key/);
    assert.match((await run('user list')).out, /^NAME +DISPLAY NAME +ADMIN +MADE\nalice +alice +\d{4}-/);
  });

  test('refuse passwords that the API would refuse', async () => {
    for (const password of ['short', 'password123', 'x'.repeat(2000)]) {
      assert.equal((await run('user add alice --password-stdin', password)).code, 1, password.slice(0, 20));
    }
  });

  test('work beside a running platform, which sees every change at once', async () => {
    const site = await startTestPlatform({ dataDir: join(dir, 'data'), flags: ['--registration=invite'] });
    try {
      await site.platform.started({ httpPort: 4321, rtmpPort: 4322 });
      assert.equal((await addAlice()).code, 0);
      const { key, secret } = json(await run('key create alice --json')) as NewStreamKey;
      const publish = () =>
        site.platform.authority.authorise({ key: secret, app: 'live', remoteAddress: '::1' });
      assert.equal((await publish()).allowed, true);
      await run(`key revoke alice ${key.id}`);
      assert.deepEqual(await publish(), { allowed: false, reason: 'revoked' });

      assert.match((await run('setup-link')).out, /http:\/\/localhost:4321\/setup\?token=/);
      const { invite } = json(await run('invite --json')) as { invite: string };
      const join = (name: string) =>
        site.call('POST', '/accounts', { body: { name, password: GOOD_PASSWORD, invite } });
      assert.equal((await join('betty')).statusCode, 201);
      assert.equal((await join('carol')).statusCode, 403);

      const signIn = (password: string) =>
        site.call('POST', '/session', { body: { name: 'alice', password } });
      const next = 'nine green herons';
      assert.equal((await run('user password alice --password-stdin', next)).code, 0);
      assert.equal((await signIn(GOOD_PASSWORD)).statusCode, 401);
      assert.equal((await signIn(next)).statusCode, 200);

      const doctor = json(await run('doctor --json')) as { findings: { check: string; detail: string }[] };
      const port = doctor.findings.find((finding) => finding.check === 'http-port');
      assert.equal(port?.detail, '4321, used by the running server');
      assert.match((await run('restore x.db')).err, /does not exist/);
      assert.equal((await run('backup x.db')).code, 0);
      assert.match((await run('restore x.db')).err, /stop it first/);
    } finally {
      await site.app.close();
      await site.platform.close();
    }
  });

  test('an administrator made here leaves no set-up to do', async () => {
    await run('user add alice --admin --password-stdin', GOOD_PASSWORD);
    assert.match((await run('setup-link')).err, /administrator already/);
  });
});

test('config shows every setting with its source', async () => {
  const { out } = await run('config --http-port 81');
  assert.match(out, /^http-port +81 +flag --http-port$/m);
  assert.match(out, /^data-dir +".*data" +variable MILLRACE_DATA_DIR$/m);
  const { settings } = json(await run('config --json')) as { settings: { key: string }[] };
  assert.equal(settings.length, SETTINGS.length);
});

describe('backup and restore', () => {
  test('bring back what was, keep what is, and let only the owner read', async () => {
    await addAlice();
    assert.equal((await run('backup saved.db')).code, 0);
    assert.equal(statSync(join(dir, 'saved.db')).mode & 0o777, 0o600);
    assert.match((await run('backup saved.db')).err, /exists already/);
    await run('user add betty --password-stdin', GOOD_PASSWORD);
    const { kept } = json(await run('restore saved.db --json')) as { kept: string };
    assert(existsSync(kept));
    const { accounts } = json(await run('user list --json')) as { accounts: { name: string }[] };
    assert.deepEqual(
      accounts.map((account) => account.name),
      ['alice'],
    );
  });

  test('refuse a file that is damaged or not ours', async () => {
    await addAlice();
    await run('backup saved.db');
    const bytes = readFileSync(join(dir, 'saved.db'));
    writeFileSync(join(dir, 'cut.db'), bytes.subarray(0, bytes.length / 2));
    writeFileSync(join(dir, 'text.db'), 'not a database at all');
    writeFileSync(join(dir, 'empty.db'), '');
    for (const file of ['cut.db', 'text.db', 'empty.db']) {
      const { code, err } = await run(`restore ${file}`);
      assert.equal(code, 1, file);
      assert.match(err, /not a whole Millrace database/);
    }
    assert.match((await run('user list')).out, /alice/);
  });
});

const examineWith = (...flags: string[]) =>
  examine(
    loadConfig({ argv: ['--http-port=0', '--rtmp-port=0', '--data-dir=data', ...flags], env: {}, cwd: dir })
      .config,
  );
const finding = async (check: string, ...flags: string[]) =>
  (await examineWith(...flags)).find((found) => found.check === check);

describe('doctor', () => {
  test('finds nothing wrong before the first start, and makes nothing', async () => {
    const findings = await examineWith();
    assert.deepEqual(
      findings.filter((found) => found.state !== 'ok'),
      [],
    );
    assert.equal(existsSync(join(dir, 'data')), false);
    assert.match((await run('doctor --http-port 0 --rtmp-port 0')).out, /Nothing stands in the way/);
  });

  test('says which port is taken, and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    try {
      const { port } = other.address() as AddressInfo;
      const found = await finding('http-port', '--host=127.0.0.1', `--http-port=${port}`);
      assert.equal(found?.state, 'failed');
      assert.match(found.advice ?? '', /--http-port/);
      assert.equal((await run(`doctor --rtmp-port 0 --host 127.0.0.1 --http-port ${port}`)).code, 1);
    } finally {
      other.close();
    }
  });

  test('says that there is no administrator, and that the folder is open to all', async () => {
    await addAlice();
    assert.equal((await finding('administrator'))?.advice, 'millrace setup-link');
    rmSync(join(dir, 'data'), { recursive: true });
    mkdirSync(join(dir, 'data'), { mode: 0o755 });
    assert.match((await finding('data folder'))?.advice ?? '', /chmod/);
  });

  test('says that the database is damaged', async () => {
    await addAlice();
    const file = join(dir, 'data', 'millrace.db');
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0x55)]));
    assert.equal((await finding('database'))?.state, 'failed');
    assert.equal((await run('doctor --http-port 0 --rtmp-port 0')).code, 1);
  });
});
