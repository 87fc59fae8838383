import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { errorCode, GOOD_PASSWORD, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

let site: TestPlatform;
let alice: string;
before(async () => {
  site = await startTestPlatform();
  alice = await site.register('alice');
});
after(() => site.close());

const patch = (headers: Readonly<Record<string, string>>) =>
  site.call('PATCH', '/channels/alice', {
    as: alice,
    body: { title: 'x' },
    headers: { host: 'tv.lan:8000', ...headers },
  });

describe('a changing request', () => {
  const cases: readonly (readonly [
    what: string,
    headers: Readonly<Record<string, string>>,
    status: number,
  ])[] = [
    ['from a program', {}, 200],
    ['from our page', { origin: 'http://tv.lan:8000', 'sec-fetch-site': 'same-origin' }, 200],
    ['from our page behind a proxy that ends TLS', { origin: 'https://tv.lan:8000' }, 200],
    ['from another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['from another site, without Sec-Fetch-Site', { origin: 'https://evil.example' }, 403],
    ['from another site, without Origin', { 'sec-fetch-site': 'cross-site' }, 403],
    ['from another port', { origin: 'http://tv.lan:9000', 'sec-fetch-site': 'same-site' }, 403],
    ['from a sandboxed frame', { origin: 'null' }, 403],
    ['from a name that only begins like ours', { origin: 'http://tv.lan:8000.evil.example' }, 403],
    ['with our name as a user name', { origin: 'http://tv.lan:8000@evil.example' }, 403],
  ];
  for (const [what, headers, status] of cases) {
    test(`${what}: ${status}`, async () => {
      const answer = await patch(headers);
      assert.equal(answer.statusCode, status, answer.body);
      if (status === 403) assert.equal(errorCode(answer), 'bad-origin');
    });
  }

  test('reading is for everyone', async () => {
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    assert.equal((await site.call('GET', '/channels/alice', { headers })).statusCode, 200);
  });

  test('by GET changes nothing: no such route', async () => {
    assert.equal((await site.call('GET', '/accounts')).statusCode, 404);
  });
});

const send = (type: string, payload: string | Buffer) =>
  site.app.inject({ method: 'POST', url: '/api/v1/session', headers: { 'content-type': type }, payload });

describe('bodies', () => {
  test('other than JSON are refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'x/y',
    ]) {
      assert.equal(
        errorCode(await send(type, '{"name":"alice","password":"x"}')),
        'unsupported-media-type',
        type,
      );
    }
  });

  test('that are no JSON, too large, or aim at the prototype are refused', async () => {
    const json = 'application/json';
    const cases: readonly (readonly [payload: string, code: string])[] = [
      ['{"name":', 'bad-request'],
      ['', 'bad-request'],
      ['[]', 'bad-request'],
      ['null', 'bad-request'],
      ['{"name":["alice"],"password":"x"}', 'bad-request'],
      ['{"name":"alice","password":"x","admin":true}', 'bad-request'],
      ['{"name":"alice","password":"x","__proto__":{"admin":true}}', 'bad-request'],
      [`{"name":"${'a'.repeat(40_000)}","password":"x"}`, 'too-large'],
    ];
    for (const [payload, code] of cases)
      assert.equal(errorCode(await send(json, payload)), code, payload.slice(0, 60));
  });

  test('an empty JSON body counts as none where none is wanted', async () => {
    const headers = { 'content-type': 'application/json' };
    assert.equal((await site.call('DELETE', '/session', { headers })).statusCode, 204);
  });
});

const ingest = async (host: string) =>
  (await site.call('GET', '/site', { headers: { host } })).json<{ ingestUrl: string }>().ingestUrl;

describe('answers', () => {
  test('are not cached and not guessed at', async () => {
    for (const path of ['/site', '/channels/nobody', '/nowhere']) {
      const { headers } = await site.call('GET', path);
      assert.equal(headers['cache-control'], 'no-store', path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
  });

  test('tell the ingest address by the name the visitor used', async () => {
    assert.equal(await ingest('tv.lan:8000'), 'rtmp://tv.lan/live');
    assert.equal(await ingest('[2001:db8::1]:8000'), 'rtmp://[2001:db8::1]/live');
  });

  test('say nothing of what went wrong inside', async () => {
    const broken = await startTestPlatform();
    await broken.platform.close();
    const answer = await broken.call('POST', '/session', {
      body: { name: 'alice', password: GOOD_PASSWORD },
    });
    assert.equal(answer.statusCode, 500);
    assert.equal(errorCode(answer), 'internal');
    assert.equal(/driver|sqlite|database/i.test(answer.body), false);
    assert.match(broken.logged(), /a request failed/);
    await broken.app.close();
  });
});
