/** A secret, once told to the one it is for, is nowhere else: no log, no later answer, no file. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NewStreamKey } from '@millrace/contract';
import { GOOD_PASSWORD, startTestPlatform, tokenOf } from './testing/test-platform.ts';

test('stream keys, passwords, session and setup tokens are in no log, answer or file', async () => {
  const site = await startTestPlatform();
  try {
    const { setupUrl = '' } = await site.platform.started({ httpPort: 1, rtmpPort: 2 });
    const cookie = await site.register('alice');
    const body = { label: 'canary' };
    const { secret, key } = (
      await site.call('POST', '/channels/alice/keys', { as: cookie, body })
    ).json<NewStreamKey>();
    const { secret: rotated } = (
      await site.call('POST', `/channels/alice/keys/${key.id}/rotate`, { as: cookie })
    ).json<NewStreamKey>();
    const wrongPassword = 'a wrong heron nine';
    await site.call('POST', '/session', { body: { name: 'alice', password: wrongPassword } });
    const publish = (name: string) =>
      site.platform.authority.authorise({ key: name, app: 'live', remoteAddress: '192.0.2.1' });
    await publish(secret);
    await publish(rotated);
    await publish(`${rotated.slice(0, -1)}_`);

    const answers: string[] = [];
    for (const path of [
      '/site',
      '/session',
      '/channels/alice',
      '/channels/alice/keys',
      '/account/sessions',
    ]) {
      const { body, headers } = await site.call('GET', path, { as: cookie });
      answers.push(body, JSON.stringify(headers));
    }
    const secrets = {
      'stream key': secret,
      'rotated key': rotated,
      'random part of a key': rotated.slice(8, 31),
      password: GOOD_PASSWORD,
      'wrong password': wrongPassword,
      'session token': cookie.split('=')[1] ?? '',
      'setup token': tokenOf(setupUrl),
    };
    // The write-ahead log too, which holds every page as it was written.
    const files = readdirSync(site.dataDir);
    assert(files.includes('millrace.db-wal'));
    const places: readonly (readonly [place: string, bytes: Buffer])[] = [
      ['the log', Buffer.from(site.logged())],
      ['the answers', Buffer.from(answers.join('\n'))],
      ...files.map((file) => [file, readFileSync(join(site.dataDir, file))] as const),
    ];
    for (const [what, value] of Object.entries(secrets)) {
      assert(value.length >= 16, what);
      for (const [place, bytes] of places) assert.equal(bytes.includes(value), false, `${what} in ${place}`);
    }
  } finally {
    await site.close();
  }
});
