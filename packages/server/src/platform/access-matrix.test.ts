/**
 * Every route of the API, asked by everyone. A new route without a row here fails the first test.
 * `other` and `owner` are ordinary accounts; `admin` is not the owner.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NewStreamKey } from '@millrace/contract';
import type { RouteOptions } from 'fastify';
import { fastify } from 'fastify';
import { cookieOf, GOOD_PASSWORD, startTestPlatform, type TestPlatform } from './testing/test-platform.ts';
import { NOTHING_LIVE } from './ports.ts';

const ROLES = ['anonymous', 'other', 'owner', 'admin'] as const;
type Role = (typeof ROLES)[number];

interface Row {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As registered; `:channel` becomes the owner's, `:id` what `id` names. */
  readonly route: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly id?: 'key' | 'session';
  readonly status: Readonly<Record<Role, number>>;
}

const everyone = (status: number) => ({ anonymous: status, other: status, owner: status, admin: status });
const signedIn = (status: number) => ({ anonymous: 401, other: status, owner: status, admin: status });
const ownerOnly = (status: number) => ({ anonymous: 401, other: 403, owner: status, admin: 403 });

const MATRIX: readonly Row[] = [
  { method: 'GET', route: '/site', status: everyone(200) },
  { method: 'GET', route: '/session', status: everyone(200) },
  { method: 'POST', route: '/session', body: { name: 'owner1', password: 'wrong' }, status: everyone(401) },
  { method: 'DELETE', route: '/session', status: everyone(204) },
  {
    method: 'POST',
    route: '/accounts',
    body: { name: 'owner1', password: GOOD_PASSWORD },
    status: everyone(409),
  },
  {
    method: 'POST',
    route: '/setup',
    body: { token: 'x'.repeat(43), name: 'mallory', password: GOOD_PASSWORD },
    status: everyone(409),
  },
  {
    method: 'PUT',
    route: '/account/password',
    body: { current: 'wrong', next: GOOD_PASSWORD },
    status: everyone(401),
  },
  { method: 'GET', route: '/account/sessions', status: signedIn(200) },
  {
    method: 'DELETE',
    route: '/account/sessions/:id',
    id: 'session',
    status: { anonymous: 401, other: 404, owner: 204, admin: 404 },
  },
  { method: 'GET', route: '/channels', query: '?live=true', status: everyone(200) },
  { method: 'GET', route: '/channels/:channel', status: everyone(200) },
  { method: 'PATCH', route: '/channels/:channel', body: { title: 'Rivers' }, status: ownerOnly(200) },
  { method: 'GET', route: '/channels/:channel/keys', status: ownerOnly(200) },
  { method: 'POST', route: '/channels/:channel/keys', body: {}, status: ownerOnly(201) },
  { method: 'POST', route: '/channels/:channel/keys/:id/rotate', id: 'key', status: ownerOnly(201) },
  { method: 'DELETE', route: '/channels/:channel/keys/:id', id: 'key', status: ownerOnly(204) },
  {
    method: 'GET',
    route: '/channels/:channel/ingest',
    status: { anonymous: 401, other: 403, owner: 200, admin: 200 },
  },
];

describe('who may do what', () => {
  let site: TestPlatform;
  const cookies = new Map<Role, string>();
  before(async () => {
    site = await startTestPlatform({
      flags: ['--sign-ins-per-minute=1000', '--sign-ins-per-minute-per-account=1000'],
    });
    cookies.set('admin', await site.setUp('admin1'));
    cookies.set('owner', await site.register('owner1'));
    cookies.set('other', await site.register('other1'));
  });
  after(() => site.close());

  test('every route of the API has a row', async () => {
    const routes: string[] = [];
    const app = fastify({ exposeHeadRoutes: false });
    app.addHook('onRoute', (route: RouteOptions) => {
      if (route.method !== 'HEAD') routes.push(`${String(route.method)} ${route.url}`);
    });
    site.platform.registerRoutes(app, NOTHING_LIVE);
    await app.ready();
    await app.close();
    const rows = MATRIX.map((row) => `${row.method} /api/v1${row.route}`);
    assert.deepEqual(routes.sort(), rows.sort());
  });

  for (const row of MATRIX) {
    for (const role of ROLES) {
      test(`${row.method} ${row.route} by ${role}: ${row.status[role]}`, async () => {
        // A key and a session of the owner's to lose, new for each try.
        const as = row.route === '/session' ? await freshSession(role) : cookies.get(role);
        const id = row.id === undefined ? '' : await victim(row.id);
        const path = row.route.replace(':channel', 'owner1').replace(':id', id) + (row.query ?? '');
        const answer = await site.call(row.method, path, { as, body: row.body });
        assert.equal(answer.statusCode, row.status[role], answer.body);
        if (row.id === 'key' && role === 'owner') return;
        if (row.id !== undefined && row.status[role] >= 400) assert.equal(await stillThere(row.id, id), true);
      });
    }
  }

  async function freshSession(role: Role): Promise<string | undefined> {
    if (role === 'anonymous') return undefined;
    return cookieOf(
      await site.call('POST', '/session', { body: { name: `${role}1`, password: GOOD_PASSWORD } }),
    );
  }

  async function victim(kind: 'key' | 'session'): Promise<string> {
    const as = cookies.get('owner');
    if (kind === 'key') {
      for (const key of await keys()) await site.call('DELETE', `/channels/owner1/keys/${key}`, { as });
      return (await site.call('POST', '/channels/owner1/keys', { as, body: {} })).json<NewStreamKey>().key.id;
    }
    const before = new Set(await sessions());
    await freshSession('owner');
    return (await sessions()).find((id) => !before.has(id)) ?? '';
  }

  async function stillThere(kind: 'key' | 'session', id: string): Promise<boolean> {
    return (kind === 'key' ? await keys() : await sessions()).includes(id);
  }

  async function keys(): Promise<readonly string[]> {
    const answer = await site.call('GET', '/channels/owner1/keys', { as: cookies.get('owner') });
    return answer.json<{ keys: { id: string }[] }>().keys.map((key) => key.id);
  }

  async function sessions(): Promise<readonly string[]> {
    const answer = await site.call('GET', '/account/sessions', { as: cookies.get('owner') });
    return answer.json<{ sessions: { id: string }[] }>().sessions.map((session) => session.id);
  }
});
