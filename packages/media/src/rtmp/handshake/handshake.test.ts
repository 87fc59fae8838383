/** Both halves of the handshake against each other, in each form, cut at each byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode, join } from '../testing/bytes.ts';
import { hmacSha256, seededBytes } from '../testing/peers.ts';
import { ClientHandshake } from './client-handshake.ts';
import {
  CLIENT_KEY,
  findDigest,
  HANDSHAKE_BYTES,
  SERVER_KEY,
  signFirstBlock,
  type Schema,
} from './digest.ts';
import { ServerHandshake } from './server-handshake.ts';

function newServer(): ServerHandshake {
  return new ServerHandshake({ hmacSha256, randomBytes: seededBytes(7) });
}
const FIRST_CHUNK = Uint8Array.of(0x02, 0, 0, 0);

const CLIENTS: readonly { readonly name: string; readonly schema: Schema | undefined }[] = [
  { name: 'digest, schema 0', schema: 0 },
  { name: 'digest, schema 1', schema: 1 },
  { name: 'simple', schema: undefined },
];

for (const { name, schema } of CLIENTS) {
  const newClient = (): ClientHandshake =>
    new ClientHandshake({
      hmacSha256: schema === undefined ? undefined : hmacSha256,
      randomBytes: seededBytes(3),
      schema,
    });

  test(`handshake, ${name}: client and server agree`, () => {
    const client = newClient();
    const c0c1 = client.start();
    const { reply: s0s1s2, used, done } = newServer().push(c0c1);
    assert.deepEqual([used, done, s0s1s2?.length], [c0c1.length, false, 1 + 2 * HANDSHAKE_BYTES]);
    assert.ok(s0s1s2);
    const s1 = s0s1s2.subarray(1, 1 + HANDSHAKE_BYTES);
    const s2 = s0s1s2.subarray(1 + HANDSHAKE_BYTES);
    const found = findDigest(s1, SERVER_KEY, hmacSha256);
    assert.equal(found?.schema, schema);
    if (schema === undefined) {
      assert.deepEqual(s2, c0c1.subarray(1), 'S2 is C1');
    } else {
      const c1Digest = findDigest(c0c1.subarray(1), CLIENT_KEY, hmacSha256)?.digest;
      assert.ok(c1Digest);
      const expected = hmacSha256(
        hmacSha256(SERVER_KEY.full, c1Digest),
        s2.subarray(0, HANDSHAKE_BYTES - 32),
      );
      assert.deepEqual(s2.subarray(HANDSHAKE_BYTES - 32), expected);
    }
    const step = client.push(join(s0s1s2, FIRST_CHUNK));
    assert.deepEqual([step.used, step.done, step.reply?.length], [s0s1s2.length, true, HANDSHAKE_BYTES]);
  });

  test(`handshake, ${name}: cut at each byte, the first chunk glued on`, () => {
    const client = newClient();
    const c0c1 = client.start();
    const s0s1s2 = newServer().push(c0c1).reply;
    assert.ok(s0s1s2);
    const c2 = client.push(s0s1s2).reply;
    const all = join(c0c1, c2, FIRST_CHUNK);
    const borders = [1, c0c1.length, all.length - FIRST_CHUNK.length];
    for (let at = 1; at < all.length; at += borders.some((border) => Math.abs(border - at) < 12) ? 1 : 7) {
      const server = newServer();
      const first = server.push(all.subarray(0, at));
      const used = first.done ? first.used : at;
      const second = first.done ? undefined : server.push(all.subarray(at));
      assert.equal(first.done || second?.done, true);
      assert.equal(used + (second?.used ?? 0), all.length - FIRST_CHUNK.length, `cut at ${at}`);
      assert.deepEqual(first.reply ?? second?.reply, s0s1s2);
    }
  });
}

test('a version field without a valid digest gets the simple handshake', () => {
  const c0c1 = new Uint8Array(1 + HANDSHAKE_BYTES);
  c0c1.set([3, 0, 0, 0, 0, 9, 0, 124, 2]);
  const { reply } = newServer().push(c0c1);
  assert.deepEqual(reply?.subarray(1 + HANDSHAKE_BYTES), c0c1.subarray(1));
});

test('a digest is found wherever its offset bytes put it', () => {
  for (const schema of [0, 1] as const) {
    for (let seed = 1; seed < 60; seed++) {
      const block = seededBytes(seed)(HANDSHAKE_BYTES);
      const digest = signFirstBlock(block, schema, CLIENT_KEY, hmacSha256);
      assert.deepEqual(findDigest(block, CLIENT_KEY, hmacSha256), { schema, digest });
    }
  }
});

test('the highest offset stays within the block', () => {
  for (const schema of [0, 1] as const) {
    const block = new Uint8Array(HANDSHAKE_BYTES);
    const at = schema === 0 ? 772 : 8;
    block.set([255, 255, 217, 0], at); // 727
    const digest = signFirstBlock(block, schema, CLIENT_KEY, hmacSha256);
    assert.deepEqual(block.subarray(at + 4 + 727, at + 4 + 727 + 32), digest);
  }
});

const FIRST_BYTES: readonly { readonly first: number; readonly name: string; readonly isRtmp: boolean }[] = [
  { first: 3, name: 'RTMP', isRtmp: true },
  { first: 6, name: 'RTMPE, which may fall back', isRtmp: true },
  { first: 31, name: 'a version to come', isRtmp: true },
  { first: 0, name: 'zeros', isRtmp: false },
  { first: 2, name: 'a dead version', isRtmp: false },
  { first: 0x16, name: 'TLS', isRtmp: false },
  { first: 0x47, name: 'HTTP', isRtmp: false },
];
for (const { first, name, isRtmp } of FIRST_BYTES) {
  test(`first byte ${first}, ${name}: ${isRtmp ? 'answered with version 3' : 'refused at once'}`, () => {
    const c0c1 = new Uint8Array(1 + HANDSHAKE_BYTES);
    c0c1[0] = first;
    if (isRtmp) assert.equal(newServer().push(c0c1).reply?.[0], 3);
    else assert.throws(() => newServer().push(c0c1.subarray(0, 1)), hasCode('rtmp/not-rtmp'));
  });
}
