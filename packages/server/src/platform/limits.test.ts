import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError } from './errors.ts';
import { addressKey, TryLimit } from './limits.ts';

describe('what counts as one address', () => {
  const cases: readonly (readonly [address: string, key: string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['not an address', 'not an address'],
  ];
  for (const [address, key] of cases) test(address, () => assert.equal(addressKey(address), key));
});

test('tries are counted, refused and forgiven by key', async () => {
  const limit = new TryLimit(2, 60);
  await limit.take('a');
  assert.equal(await limit.isExhausted('a'), false);
  await limit.count('a');
  assert.equal(await limit.isExhausted('a'), true);
  await assert.rejects(limit.take('a'), (error) => {
    assert(error instanceof ApiError);
    assert.equal(error.code, 'too-many-requests');
    assert(error.retryAfterSeconds !== undefined && error.retryAfterSeconds > 50);
    return true;
  });
  await limit.take('b');
  await limit.forgive('a');
  await limit.take('a');
});
