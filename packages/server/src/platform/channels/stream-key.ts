/**
 * The form of a stream key: `live_`, 26 random letters of base62 (154 bits), 6 letters that are the CRC-32 of what
 * stands before them. The checksum tells a mistyped key before the database is asked; it protects nothing else.
 */
import { crc32 } from 'node:zlib';
import { BASE62, randomBase62 } from '../secrets.ts';

const START = 'live_';
const RANDOM_LETTERS = 26;
const CHECK_LETTERS = 6;
const FORM = new RegExp(`^${START}[0-9A-Za-z]{${RANDOM_LETTERS + CHECK_LETTERS}}$`);
/** Shown in lists, to tell keys apart: leaves 136 random bits unknown. */
const PREFIX_LETTERS = START.length + 3;

export function newStreamKey(): string {
  const body = START + randomBase62(RANDOM_LETTERS);
  return body + checksum(body);
}

/** Could this be a key of ours, typed without a mistake? */
export function isWellFormed(key: string): boolean {
  return FORM.test(key) && checksum(key.slice(0, -CHECK_LETTERS)) === key.slice(-CHECK_LETTERS);
}

/** `live_aB3…` */
export const keyPrefix = (key: string): string => `${key.slice(0, PREFIX_LETTERS)}…`;

/** 62^6 > 2^32: every CRC fits. */
function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let letter = 0; letter < CHECK_LETTERS; letter += 1) {
    text = BASE62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
