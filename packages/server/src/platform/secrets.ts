/**
 * Random names and secrets. Everything secret is made here, from the system's generator, and stored only as its
 * SHA-256: 128 random bits or more need no slow hash.
 */
import { createHash, randomBytes } from 'node:crypto';

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 62 below 256: bytes from there on would favour the first letters. */
const FAIR_BYTES = 248;

/** Each letter carries 5.95 bits. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < FAIR_BYTES && text.length < length) text += BASE62.charAt(byte % 62);
    }
  }
  return text;
}

/** Id of a row: 95 random bits, not a secret. */
export const newId = (): string => randomBase62(16);

/** 43 letters of base62, 256 bits. */
export const newToken = (): string => randomBase62(43);

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
