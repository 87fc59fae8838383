/**
 * The digest ("complex") handshake that Flash Player 9 brought: where the digest lies, and how it is made.
 *
 * Not in Adobe's specification; as the servers and clients of the field do it. A 1,536-byte block (C1, S1) is
 * time(4) version(4) and two blocks of 764 bytes, one with a key, one with a digest, in either order ("schema").
 * The digest lies at an offset that the first four bytes of its block add up to, and is the HMAC-SHA256 of the
 * other 1,504 bytes. C2 and S2 end with an HMAC of their first 1,504, keyed by the HMAC of the peer's digest.
 */

/** HMAC-SHA256, from whoever has one: this package has no cryptography. */
export type HmacSha256 = (key: Uint8Array, data: Uint8Array) => Uint8Array;

export const HANDSHAKE_BYTES = 1536;
export const RTMP_VERSION = 3;
const DIGEST_BYTES = 32;
const HALF_BYTES = 764;

/** Both keys end in these 32 bytes; the HMAC of C1 and S1 uses only the text before them. */
const KEY_TAIL = [
  0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57, 0x6e, 0xec,
  0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

interface SideKey {
  /** Signs the side's first block. */
  readonly short: Uint8Array;
  /** Signs the answer to the other side's first block. */
  readonly full: Uint8Array;
}

function sideKey(text: string): SideKey {
  const short = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return { short, full: Uint8Array.from([...short, ...KEY_TAIL]) };
}

export const CLIENT_KEY = sideKey('Genuine Adobe Flash Player 001');
export const SERVER_KEY = sideKey('Genuine Adobe Flash Media Server 001');

/** Where the digest block begins: schema 0 has the key first, schema 1 the digest first. */
export type Schema = 0 | 1;
const DIGEST_BLOCK_AT: Readonly<Record<Schema, number>> = { 0: 8 + HALF_BYTES, 1: 8 };

function digestOffset(block: Uint8Array, schema: Schema): number {
  const at = DIGEST_BLOCK_AT[schema];
  let sum = 0;
  for (const byte of block.subarray(at, at + 4)) sum += byte;
  return at + 4 + (sum % (HALF_BYTES - 4 - DIGEST_BYTES));
}

function computeDigest(block: Uint8Array, at: number, key: Uint8Array, hmac: HmacSha256): Uint8Array {
  const rest = new Uint8Array(HANDSHAKE_BYTES - DIGEST_BYTES);
  rest.set(block.subarray(0, at));
  rest.set(block.subarray(at + DIGEST_BYTES), at);
  return hmac(key, rest);
}

export interface FoundDigest {
  readonly schema: Schema;
  readonly digest: Uint8Array;
}

/** The valid digest of a first block, in whichever schema; `undefined` for a simple handshake. */
export function findDigest(block: Uint8Array, key: SideKey, hmac: HmacSha256): FoundDigest | undefined {
  for (const schema of [1, 0] as const) {
    const at = digestOffset(block, schema);
    const digest = block.slice(at, at + DIGEST_BYTES);
    if (equalBytes(digest, computeDigest(block, at, key.short, hmac))) return { schema, digest };
  }
  return undefined;
}

/** Puts the digest into a first block whose other bytes are final, and returns it. */
export function signFirstBlock(
  block: Uint8Array,
  schema: Schema,
  key: SideKey,
  hmac: HmacSha256,
): Uint8Array {
  const at = digestOffset(block, schema);
  const digest = computeDigest(block, at, key.short, hmac);
  block.set(digest, at);
  return digest;
}

/** Puts the signature at the end of an answer (S2, C2) to the peer's first block. */
export function signAnswer(block: Uint8Array, peerDigest: Uint8Array, key: SideKey, hmac: HmacSha256): void {
  const signedBytes = HANDSHAKE_BYTES - DIGEST_BYTES;
  block.set(hmac(hmac(key.full, peerDigest), block.subarray(0, signedBytes)), signedBytes);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
