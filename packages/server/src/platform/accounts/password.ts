/**
 * Passwords: argon2id as OWASP recommends it (19 MiB, 2 passes, 1 lane), kept as a PHC string. Hashing costs about
 * 30 ms and 19 MiB, so that few run at once, a few more wait, and the rest are told that the server is busy.
 *
 * Spec: RFC 9106; OWASP ASVS 5, 11.4.2; PHC string format.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../errors.ts';

const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Two cores' worth; more would take the threads that files and DNS need. */
const MAX_AT_ONCE = 2;
/** At 30 ms each the last one waits half a second. */
const MAX_WAITING = 32;

/** Stored for an account that nobody signs in to. */
export const NO_PASSWORD = '!';

/** A password that nobody has, so that a sign-in costs the same whether or not the name exists. */
const NOBODYS_HASH = phc(Buffer.alloc(SALT_BYTES, 7), Buffer.alloc(HASH_BYTES));

export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @throws {ApiError} `server-busy` */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return phc(salt, await this.#argon2id(password, salt, MEMORY_KIB, PASSES, LANES, HASH_BYTES));
  }

  /**
   * `stored` is `undefined` for an unknown user, and `NO_PASSWORD` for one without: false, after the same work.
   * @throws {ApiError} `server-busy`
   */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const known = stored !== undefined && stored !== NO_PASSWORD;
    const { memoryKib, passes, lanes, salt, hash } = parsePhc(known ? stored : NOBODYS_HASH);
    const actual = await this.#argon2id(password, salt, memoryKib, passes, lanes, hash.length);
    return timingSafeEqual(actual, hash) && known;
  }

  async #argon2id(
    password: string,
    salt: Buffer,
    memoryKib: number,
    passes: number,
    lanes: number,
    hashBytes: number,
  ): Promise<Buffer> {
    await this.#enter();
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        // The same word typed on two keyboards may come composed or decomposed (NIST SP 800-63B §5.1.1.2).
        const message = password.normalize('NFKC');
        argon2(
          'argon2id',
          { message, nonce: salt, memory: memoryKib, passes, parallelism: lanes, tagLength: hashBytes },
          (error, key) => (error === null ? resolve(key) : reject(error)),
        );
      });
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < MAX_AT_ONCE) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      throw new ApiError(
        'server-busy',
        'Too many people are signing in at this moment. Try again in a few seconds.',
        {
          retryAfterSeconds: 2,
        },
      );
    }
    // The one who leaves hands its place over: `#running` stays as it is.
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function phc(salt: Buffer, hash: Buffer): string {
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(hash)}`;
}

function parsePhc(text: string) {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text);
  if (match === null) throw new Error('A stored password hash is not one of ours.');
  const [, memory, passes, lanes, salt = '', hash = ''] = match;
  return {
    memoryKib: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}
