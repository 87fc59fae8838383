/** Where encoders put app, key and credentials; and addresses that are none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AmfValue } from '../amf/index.ts';
import { publishAddress } from './address.ts';

interface Row {
  readonly name: string;
  readonly app?: AmfValue;
  readonly tcUrl?: AmfValue;
  readonly publish: string;
  readonly expect: readonly [app: string, key: string];
}

const ROWS: readonly Row[] = [
  { name: 'plain', app: 'live', tcUrl: 'rtmp://h/live', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'tcUrl missing', app: 'live', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'tcUrl no address', app: 'live', tcUrl: '::::////?#[', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'tcUrl not text', app: 'live', tcUrl: 5, publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'tcUrl quoted', tcUrl: '"rtmp://h/live"', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'tcUrl relative', tcUrl: '/live', publish: 'KEY', expect: ['live', 'KEY'] },
  {
    name: 'tcUrl with a port and IPv6',
    tcUrl: 'rtmp://[::1]:1935/live',
    publish: 'KEY',
    expect: ['live', 'KEY'],
  },
  { name: 'app empty', app: '', tcUrl: 'rtmp://h/', publish: 'KEY', expect: ['', 'KEY'] },
  { name: 'app not text', app: true, publish: 'KEY', expect: ['', 'KEY'] },
  { name: 'app with a trailing slash', app: 'live/', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'app with a leading slash', app: '/live', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'app with a double slash', app: 'live//', publish: '/KEY', expect: ['live', 'KEY'] },
  { name: 'app with the default instance', app: 'live/_definst_', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'app with a query', app: 'live?a=1', publish: 'KEY', expect: ['live', 'KEY'] },
  { name: 'key with a query', app: 'live', publish: 'KEY?bandwidthtest=true', expect: ['live', 'KEY'] },
  { name: 'key with slashes', app: 'live', publish: 'a/b/c', expect: ['live', 'a/b/c'] },
  { name: 'key with slashes, split into the app', app: 'live/a', publish: 'b/c', expect: ['live', 'a/b/c'] },
  { name: 'key in the app alone', app: 'KEY', publish: '', expect: ['', 'KEY'] },
  { name: 'whole address in the app', app: 'live/KEY', publish: '', expect: ['live', 'KEY'] },
  { name: 'key copied with a line end', app: 'live', publish: ' KEY\r\n', expect: ['live', 'KEY'] },
  { name: 'token on the key', app: 'live', publish: 'anna?token=KEY', expect: ['live', 'KEY'] },
  { name: 'token on the key, escaped', app: 'live', publish: 'anna?token=K%20Y', expect: ['live', 'K Y'] },
  { name: 'token with a stray percent', app: 'live', publish: 'anna?token=K%Y', expect: ['live', 'K%Y'] },
  { name: 'token on the app', app: 'live?token=KEY', publish: 'anna', expect: ['live', 'KEY'] },
  {
    name: 'token on tcUrl',
    app: 'live',
    tcUrl: 'rtmp://h/live?token=KEY',
    publish: 'anna',
    expect: ['live', 'KEY'],
  },
  {
    name: 'token on key and tcUrl',
    app: 'live',
    tcUrl: 'rtmp://h/live?token=OLD',
    publish: 'anna?token=KEY',
    expect: ['live', 'KEY'],
  },
  { name: 'empty token', app: 'live', publish: 'KEY?token=', expect: ['live', 'KEY'] },
  {
    name: 'password in tcUrl',
    app: 'live',
    tcUrl: 'rtmp://anna:KEY@h/live',
    publish: 'anna',
    expect: ['live', 'KEY'],
  },
  { name: 'two question marks', app: 'live', publish: 'anna?a=1?token=KEY', expect: ['live', 'KEY'] },
  {
    name: 'authmod left over in the app',
    app: 'live?authmod=adobe&user=anna',
    publish: 'KEY',
    expect: ['live', 'KEY'],
  },
  { name: 'nothing at all', publish: '', expect: ['', ''] },
];

for (const { name, app, tcUrl, publish, expect } of ROWS) {
  test(`address, ${name}`, () => {
    const connect = new Map<string, AmfValue>();
    if (app !== undefined) connect.set('app', app);
    if (tcUrl !== undefined) connect.set('tcUrl', tcUrl);
    const address = publishAddress(connect, publish);
    assert.deepEqual([address.app, address.key], expect);
  });
}

test('tcUrl in lower case counts', () => {
  assert.equal(publishAddress(new Map([['tcurl', 'rtmp://h/live']]), 'KEY').app, 'live');
});

test('all parameters are there', () => {
  const { query } = publishAddress(new Map([['app', 'live?a=1&b']]), 'KEY?c=3&a=2');
  assert.deepEqual(Object.fromEntries(query), { a: '2', b: '', c: '3' });
});

test('an endless address is cut, and costs no time', () => {
  const long = `${' '.repeat(100_000)}x${' '.repeat(100_000)}`;
  const { key } = publishAddress(new Map([['app', '/'.repeat(60_000)]]), long);
  assert.equal(key, '');
});
