/**
 * The client's half of the handshake: C0 and C1 out, S0, S1, S2 in, C2 out.
 *
 * Spec: Adobe RTMP 1.0 §5.2; `digest.ts` when an HMAC is given. S2 is read and not compared.
 * @throws {FormatError} `rtmp/not-rtmp`
 */
import { FormatError } from '../../bytes/index.ts';
import { Collector } from './collector.ts';
import {
  CLIENT_KEY,
  findDigest,
  HANDSHAKE_BYTES,
  RTMP_VERSION,
  SERVER_KEY,
  signAnswer,
  signFirstBlock,
  type HmacSha256,
  type Schema,
} from './digest.ts';
import type { HandshakeStep } from './server-handshake.ts';

/** Flash Player 9.0.124.2, the version librtmp names: any from 9.0.3 on knows digests. */
const CLIENT_VERSION = [9, 0, 124, 2] as const;

export interface ClientHandshakeOptions {
  /** Given: the digest handshake. Left out: the simple one. */
  readonly hmacSha256?: HmacSha256 | undefined;
  readonly randomBytes: (byteCount: number) => Uint8Array;
  /** Where C1's digest lies; clients use both. */
  readonly schema?: Schema | undefined;
}

export class ClientHandshake {
  readonly #options: ClientHandshakeOptions;
  readonly #answer = new Collector(1 + 2 * HANDSHAKE_BYTES);

  constructor(options: ClientHandshakeOptions) {
    this.#options = options;
  }

  /** C0 and C1. */
  start(): Uint8Array {
    const { hmacSha256, randomBytes, schema = 1 } = this.#options;
    const bytes = new Uint8Array(1 + HANDSHAKE_BYTES);
    bytes[0] = RTMP_VERSION;
    const c1 = bytes.subarray(1);
    c1.set(randomBytes(HANDSHAKE_BYTES - 8), 8);
    if (hmacSha256 !== undefined) {
      c1.set(CLIENT_VERSION, 4);
      signFirstBlock(c1, schema, CLIENT_KEY, hmacSha256);
    }
    return bytes;
  }

  push(bytes: Uint8Array): HandshakeStep {
    const used = this.#answer.take(bytes, 0);
    const answer = this.#answer.whole;
    if (answer === undefined) return { used, reply: undefined, done: false };
    if (answer[0] !== RTMP_VERSION)
      throw new FormatError('rtmp/not-rtmp', 'the server speaks another version', 0);
    return { used, reply: this.#second(answer.subarray(1, 1 + HANDSHAKE_BYTES)), done: true };
  }

  /** C2: S1 back, or random bytes with a signature over S1's digest. */
  #second(s1: Uint8Array): Uint8Array {
    const { hmacSha256, randomBytes } = this.#options;
    const found = hmacSha256 && findDigest(s1, SERVER_KEY, hmacSha256);
    if (hmacSha256 === undefined || found === undefined) return s1.slice();
    const c2 = randomBytes(HANDSHAKE_BYTES).slice();
    signAnswer(c2, found.digest, CLIENT_KEY, hmacSha256);
    return c2;
  }
}
