/**
 * The server's half of the handshake: C0, C1, C2 in; S0, S1, S2 out.
 *
 * Spec: Adobe RTMP 1.0 §5.2; `digest.ts` for the digest handshake, which is answered when C1 carries a valid digest
 * in either schema. Otherwise the simple one: S2 is C1, byte for byte, as FMS sends it.
 * C2 is read and not compared: clients get it wrong, and it protects nothing.
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
} from './digest.ts';

/** §5.2.2: 0 to 2 are dead versions, from 32 on it is text: somebody speaks HTTP or TLS to us. */
const FIRST_VERSION = 3;
const FIRST_TEXT = 32;
/** How a TLS client begins: RTMPS on the wrong port should fail at once, not after a timeout. */
const TLS_HANDSHAKE = 22;

/** S1's version field says from which on the digest handshake is spoken; clients look for a value that is not 0. */
const SERVER_VERSION = [4, 5, 0, 1] as const;

export interface ServerHandshakeOptions {
  readonly hmacSha256: HmacSha256;
  readonly randomBytes: (byteCount: number) => Uint8Array;
}

export interface HandshakeStep {
  /** Bytes of the input that belong to the handshake; the rest is the first chunk. */
  readonly used: number;
  readonly reply: Uint8Array | undefined;
  readonly done: boolean;
}

export class ServerHandshake {
  readonly #options: ServerHandshakeOptions;
  readonly #first = new Collector(1 + HANDSHAKE_BYTES);
  #answered = false;
  #secondLeft = HANDSHAKE_BYTES;

  constructor(options: ServerHandshakeOptions) {
    this.#options = options;
  }

  push(bytes: Uint8Array): HandshakeStep {
    let used = 0;
    let reply: Uint8Array | undefined;
    if (!this.#answered) {
      if (this.#first.length === 0) checkVersion(bytes[0]);
      used = this.#first.take(bytes, 0);
      const first = this.#first.whole;
      if (first === undefined) return { used, reply, done: false };
      reply = this.#answer(first.subarray(1));
      this.#answered = true;
    }
    const second = Math.min(this.#secondLeft, bytes.length - used);
    this.#secondLeft -= second;
    return { used: used + second, reply, done: this.#secondLeft === 0 };
  }

  /** S0, S1 and S2 in one. */
  #answer(c1: Uint8Array): Uint8Array {
    const { hmacSha256, randomBytes } = this.#options;
    const reply = new Uint8Array(1 + 2 * HANDSHAKE_BYTES);
    reply[0] = RTMP_VERSION;
    const s1 = reply.subarray(1, 1 + HANDSHAKE_BYTES);
    const s2 = reply.subarray(1 + HANDSHAKE_BYTES);
    s1.set(randomBytes(HANDSHAKE_BYTES - 8), 8);

    // A client that leaves its version field 0 does not know of digests.
    const knowsDigests = c1.subarray(4, 8).some((byte) => byte !== 0);
    const found = knowsDigests ? findDigest(c1, CLIENT_KEY, hmacSha256) : undefined;
    if (found === undefined) {
      s2.set(c1);
      return reply;
    }
    s1.set(SERVER_VERSION, 4);
    signFirstBlock(s1, found.schema, SERVER_KEY, hmacSha256);
    s2.set(randomBytes(HANDSHAKE_BYTES));
    signAnswer(s2, found.digest, SERVER_KEY, hmacSha256);
    return reply;
  }
}

function checkVersion(version: number | undefined): void {
  if (version === undefined) return;
  if (version < FIRST_VERSION || version >= FIRST_TEXT || version === TLS_HANDSHAKE) {
    throw new FormatError('rtmp/not-rtmp', `the first byte is ${version}, not an RTMP version`, 0);
  }
}
