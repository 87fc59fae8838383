import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { CATALOGUES } from '../i18n/index.ts';
import { api } from './client.ts';
import { explain, RequestError } from './errors.ts';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

/** Answers every request with one response and notes what was asked. */
function answerWith(make: () => Response): Asked[] {
  const asked: Asked[] = [];
  globalThis.fetch = (url, init = {}) => {
    assert(typeof url === 'string');
    asked.push({ url, init });
    return Promise.resolve(make());
  };
  return asked;
}

const failure = async (promise: Promise<unknown>): Promise<RequestError> => {
  const error = await promise.then(
    () => assert.fail('it went through'),
    (reason: unknown) => reason,
  );
  assert(error instanceof RequestError);
  return error;
};

const refuse = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  answerWith(() => new Response(JSON.stringify(body), { status, headers }));

test('a body is sent as JSON, and names become safe parts of an address', async () => {
  const asked = answerWith(() => new Response('{"keys":[]}'));
  await api.keys('a/../b?c');
  await api.createKey('mara', { label: 'Studio' });
  assert.equal(asked[0]?.url, '/api/v1/channels/a%2F..%2Fb%3Fc/keys');
  assert.equal(asked[0]?.init.body, undefined);
  assert.equal(asked[1]?.init.body, '{"label":"Studio"}');
  assert.deepEqual(asked[1]?.init.headers, { 'content-type': 'application/json' });
});

test('an answer without a body is no error', async () => {
  answerWith(() => new Response(null, { status: 204 }));
  assert.equal(await api.signOut(), undefined);
});

test('a refusal carries code, status and field, and reads in both languages', async () => {
  refuse(409, { error: { code: 'name-taken', message: 'x', field: 'name' } });
  const error = await failure(api.register({ name: 'mara', password: 'long enough' }));
  assert.deepEqual([error.code, error.status, error.field], ['name-taken', 409, 'name']);
  assert.match(explain(error, CATALOGUES.en), /Somebody has this name/);
  assert.match(explain(error, CATALOGUES['zh-CN']), /已被使用/);
});

test('too many requests say how long to wait, when the server says it', async () => {
  const body = { error: { code: 'too-many-requests', message: '' } };
  refuse(429, body, { 'retry-after': '41.2' });
  assert.match(explain(await failure(api.site()), CATALOGUES.en), /in 42 s/);
  refuse(429, body, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' });
  assert.match(explain(await failure(api.site()), CATALOGUES.en), /Wait a little/);
});

test('a code of a newer server, a page of a proxy and nonsense all become "unknown" with the status', async () => {
  const bodies = [
    '{"error":{"code":"toString","message":""}}',
    '<html>502</html>',
    '',
    '{"error":7}',
    'null',
  ];
  for (const body of bodies) {
    answerWith(() => new Response(body, { status: 502 }));
    const error = await failure(api.site());
    assert.equal(error.code, 'unknown', body);
    assert.match(explain(error, CATALOGUES.en), /502/);
  }
});

test('a success that is no JSON is an error too', async () => {
  answerWith(() => new Response('<html>sign in to the Wi-Fi</html>'));
  assert.equal((await failure(api.site())).code, 'unknown');
});

test('no answer is "unreachable"; an aborted question throws the abort', async () => {
  globalThis.fetch = () => Promise.reject(new TypeError('fetch failed'));
  assert.equal((await failure(api.site())).code, 'unreachable');

  const stop = new AbortController();
  globalThis.fetch = (_url, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  const asking = api.channel('mara', stop.signal);
  stop.abort();
  await assert.rejects(asking, { name: 'AbortError' });
});

test('a fault of the page itself is explained as unknown and never shown raw', () => {
  assert.doesNotMatch(explain(new TypeError('x is not a function'), CATALOGUES.en), /not a function/);
});
