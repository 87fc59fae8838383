import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { SessionList, Site } from '@millrace/contract';
import {
  cookieOf,
  errorCode,
  GOOD_PASSWORD,
  startTestPlatform,
  tokenOf,
  type TestPlatform,
  type TestPlatformOptions,
} from '../testing/test-platform.ts';

const HOUR_MS = 3_600_000;

let site: TestPlatform;
const start = async (options?: TestPlatformOptions) => {
  site = await startTestPlatform(options);
};
afterEach(() => site.close());

const signIn = (name: string, password = GOOD_PASSWORD, from = '192.0.2.1') =>
  site.call('POST', '/session', { body: { name, password }, from });
const register = (name: string, password = GOOD_PASSWORD) =>
  site.call('POST', '/accounts', { body: { name, password } });
const whoIs = async (cookie: string) =>
  (await site.call('GET', '/session', { as: cookie })).json<{ account: { name: string } | null }>().account
    ?.name;

describe('the first administrator', () => {
  test('is made by a link that works once; there is no default password', async () => {
    await start();
    const { setupUrl = '' } = await site.platform.started({ httpPort: 8123, rtmpPort: 1935 });
    assert.match(setupUrl, /^http:\/\/localhost:8123\/setup\?token=[0-9A-Za-z]{43}$/);
    assert.equal((await site.call('GET', '/site')).json<Site>().needsSetup, true);

    const body = { token: tokenOf(setupUrl), name: 'alice', password: GOOD_PASSWORD };
    const wrong = await site.call('POST', '/setup', { body: { ...body, token: 'x'.repeat(43) } });
    assert.equal(errorCode(wrong), 'setup-token-invalid');
    const [one, two] = await Promise.all([
      site.call('POST', '/setup', { body }),
      site.call('POST', '/setup', { body: { ...body, name: 'mallory' } }),
    ]);
    assert.deepEqual(
      [one.statusCode, two.statusCode].sort((a, b) => a - b),
      [201, 409],
    );
    assert.equal((await site.call('GET', '/site')).json<Site>().needsSetup, false);
    assert.deepEqual(await site.platform.started({ httpPort: 1, rtmpPort: 2 }), {});
  });

  test('gets a new link at each start; the one before, and one a day old, do not work', async () => {
    await start();
    const { setupUrl: first = '' } = await site.platform.started({ httpPort: 1, rtmpPort: 2 });
    site = await site.restart();
    const { setupUrl: second = '' } = await site.platform.started({ httpPort: 1, rtmpPort: 2 });
    const body = { name: 'alice', password: GOOD_PASSWORD };
    const stale = await site.call('POST', '/setup', { body: { ...body, token: tokenOf(first) } });
    assert.equal(errorCode(stale), 'setup-token-invalid');
    site.advance(25 * HOUR_MS);
    const late = await site.call('POST', '/setup', { body: { ...body, token: tokenOf(second) } });
    assert.equal(errorCode(late), 'setup-token-invalid');
  });
});

describe('registering', () => {
  test('gives an account, its channel and a session', async () => {
    await start();
    const answer = await register('alice');
    assert.equal(answer.statusCode, 201);
    assert.equal(await whoIs(cookieOf(answer)), 'alice');
    assert.equal((await site.call('GET', '/channels/alice')).statusCode, 200);
  });

  test('refuses what cannot be, with the field at fault', async () => {
    await start({ flags: ['--site-name', 'Kingfisher Live'] });
    const cases: readonly (readonly [name: string, password: string, code: string, field: string])[] = [
      ['al', GOOD_PASSWORD, 'bad-request', 'name'],
      ['Alice', GOOD_PASSWORD, 'bad-request', 'name'],
      ['../etc', GOOD_PASSWORD, 'bad-request', 'name'],
      ['dashboard', GOOD_PASSWORD, 'name-reserved', 'name'],
      ['alice', 'short', 'bad-request', 'password'],
      ['alice', 'Passw0rd123!', 'password-too-common', 'password'],
      ['heron-lake', 'heron-lake1', 'password-too-common', 'password'],
      ['alice', 'kingfisher live', 'password-too-common', 'password'],
    ];
    for (const [name, password, code, field] of cases) {
      const { error } = (await register(name, password)).json<{ error: { code: string; field: string } }>();
      assert.deepEqual([error.code, error.field], [code, field], `${name} ${password}`);
    }
  });

  test('takes a name once, also when two ask at the same moment', async () => {
    await start();
    const answers = await Promise.all([register('alice'), register('alice')]);
    assert.deepEqual(
      answers.map((answer) => answer.statusCode).sort((a, b) => a - b),
      [201, 409],
    );
    assert.equal(errorCode(await register('alice')), 'name-taken');
  });

  test('closed, or by an invite that works once', async () => {
    await start({ flags: ['--registration=closed'] });
    assert.equal(errorCode(await register('alice')), 'registration-closed');
    await site.close();
    await start({ flags: ['--registration=invite'] });
    const body = { name: 'alice', password: GOOD_PASSWORD, invite: 'none' };
    assert.equal(errorCode(await site.call('POST', '/accounts', { body })), 'registration-closed');
  });

  test('five an hour from one address; the next is told how long to wait', async () => {
    await start({ flags: ['--sign-ups-per-hour=2'] });
    await register('alice');
    await register('betty');
    const third = await register('carol');
    assert.equal(errorCode(third), 'too-many-requests');
    assert(Number(third.headers['retry-after']) > 3000);
    const elsewhere = await site.register('carol', '192.0.2.9');
    assert.equal(await whoIs(elsewhere), 'carol');
  });
});

describe('signing in', () => {
  test('a wrong password and an unknown name get the same answer', async () => {
    await start();
    await site.register('alice');
    const wrong = await signIn('alice', 'not her password');
    const unknown = await signIn('nobody-here', 'not her password');
    assert.equal(wrong.statusCode, 401);
    assert.equal(wrong.body, unknown.body);
    assert.equal((await signIn(' Alice ')).statusCode, 200);
  });

  test('begins a new session and ends the one it replaces', async () => {
    await start();
    const before = await site.register('alice');
    const body = { name: 'alice', password: GOOD_PASSWORD };
    const after = cookieOf(await site.call('POST', '/session', { body, as: before }));
    assert.notEqual(after, before);
    assert.equal(await whoIs(before), undefined);
    assert.equal(await whoIs(after), 'alice');
  });

  test('is limited by account, wherever from, and by address; success forgives', async () => {
    await start({ flags: ['--sign-ins-per-minute-per-account=2', '--sign-ins-per-minute=5'] });
    await site.register('alice');
    await signIn('alice', 'wrong', '192.0.2.1');
    await signIn('alice');
    await signIn('alice', 'wrong', '192.0.2.2');
    await signIn('alice', 'wrong', '192.0.2.3');
    assert.equal(errorCode(await signIn('alice', GOOD_PASSWORD, '192.0.2.4')), 'too-many-requests');
    for (const name of ['bob', 'carol', 'dave']) await signIn(name, 'wrong', '192.0.2.1');
    assert.equal(errorCode(await signIn('erin', 'wrong', '192.0.2.1')), 'too-many-requests');
    assert.equal(errorCode(await signIn('erin', 'wrong', '::ffff:192.0.2.1')), 'too-many-requests');
  });

  test('ends when idle, when too old, and when signed out', async () => {
    await start({ flags: ['--session-idle-hours=2', '--session-max-hours=3'] });
    const cookie = await site.register('alice');
    for (const [hours, name] of [
      [1, 'alice'],
      [1.5, 'alice'],
      [0.6, undefined],
    ] as const) {
      site.advance(hours * HOUR_MS);
      assert.equal(await whoIs(cookie), name);
    }
    const idle = cookieOf(await signIn('alice'));
    site.advance(2.1 * HOUR_MS);
    assert.equal(await whoIs(idle), undefined);
    const left = cookieOf(await signIn('alice'));
    const out = await site.call('DELETE', '/session', { as: left });
    assert.equal(out.statusCode, 204);
    assert.match(String(out.headers['set-cookie']), /^millrace=; .*Max-Age=0/);
    assert.equal(await whoIs(left), undefined);
  });

  test('survives a restart', async () => {
    await start();
    const cookie = await site.register('alice');
    site = await site.restart();
    assert.equal(await whoIs(cookie), 'alice');
  });
});

const setCookie = async (headers: Readonly<Record<string, string>> = {}) => {
  const body = { name: 'alice', password: GOOD_PASSWORD };
  return String((await site.call('POST', '/accounts', { body, headers })).headers['set-cookie']);
};

describe('the cookie', () => {
  test('over plain HTTP has no prefix that browsers would refuse there', async () => {
    await start();
    assert.match(
      await setCookie(),
      /^millrace=[0-9A-Za-z]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
  });

  test('on a site with an https address is bound to it', async () => {
    await start({ flags: ['--public-url=https://live.example.org'] });
    const header = await setCookie({ origin: 'https://live.example.org' });
    assert.match(
      header,
      /^__Host-millrace=[0-9A-Za-z]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    );
    assert.equal(await whoIs(header.split(';')[0] ?? ''), 'alice');
    // The unprefixed name could have been set by another host of the domain.
    assert.equal(await whoIs(header.split(';')[0]?.replace('__Host-', '') ?? ''), undefined);
  });
});

describe('the password', () => {
  test('changed, ends every session; the one who changed it gets a new one', async () => {
    await start();
    const here = await site.register('alice');
    const there = cookieOf(await signIn('alice'));
    const next = 'eight green herons';
    const change = (current: string, as: string) =>
      site.call('PUT', '/account/password', { as, body: { current, next } });
    assert.equal(errorCode(await change('wrong', here)), 'wrong-name-or-password');
    const changed = await change(GOOD_PASSWORD, here);
    assert.equal(changed.statusCode, 204);
    assert.equal(await whoIs(here), undefined);
    assert.equal(await whoIs(there), undefined);
    assert.equal(await whoIs(cookieOf(changed)), 'alice');
    assert.equal((await signIn('alice')).statusCode, 401);
    assert.equal((await signIn('alice', next)).statusCode, 200);
  });
});

test('sessions are listed, the latest first, and ended one by one', async () => {
  await start();
  const first = await site.register('alice');
  site.advance(1000);
  const headers = { 'user-agent': `Kettle/${'9'.repeat(300)}` };
  const body = { name: 'alice', password: GOOD_PASSWORD };
  const second = cookieOf(await site.call('POST', '/session', { body, headers }));
  const list = async (as: string) =>
    (await site.call('GET', '/account/sessions', { as })).json<SessionList>().sessions;
  const [latest, oldest] = await list(first);
  assert.equal(latest?.userAgent.length, 200);
  assert.deepEqual([latest.current, oldest?.current], [false, true]);
  assert.equal((await site.call('DELETE', `/account/sessions/${latest.id}`, { as: first })).statusCode, 204);
  assert.equal(await whoIs(second), undefined);
  assert.equal((await site.call('DELETE', `/account/sessions/${latest.id}`, { as: first })).statusCode, 404);
  assert.equal((await list(first)).length, 1);
});
