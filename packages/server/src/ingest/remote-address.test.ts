import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressGroup, plainAddress } from './remote-address.ts';

const ROWS: readonly (readonly [socketAddress: string | undefined, plain: string, group: string])[] = [
  ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, '', ''],
];

for (const [socketAddress, plain, group] of ROWS) {
  test(`peer ${socketAddress}: shown as ${plain || 'nothing'}, counted as ${group || 'nothing'}`, () => {
    assert.equal(plainAddress(socketAddress), plain);
    assert.equal(addressGroup(plain), group);
  });
}
