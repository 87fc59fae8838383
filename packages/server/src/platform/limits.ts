/**
 * Who may try how often. In: a setting and an address or a name; out: nothing, or `too-many-requests` with the
 * time to wait. Counted in memory: a restart forgives.
 */
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { ApiError } from './errors.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;

export class TryLimit {
  readonly #limiter: RateLimiterMemory;

  constructor(tries: number, windowSeconds: number) {
    this.#limiter = new RateLimiterMemory({ points: tries, duration: windowSeconds });
  }

  /**
   * Counts one try.
   * @throws {ApiError} `too-many-requests`
   */
  async take(key: string): Promise<void> {
    try {
      await this.#limiter.consume(key);
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      const seconds = Math.max(1, Math.ceil(rejection.msBeforeNext / 1000));
      throw new ApiError('too-many-requests', `Too many tries. Try again in ${inWords(seconds)}.`, {
        retryAfterSeconds: seconds,
      });
    }
  }

  /** Counts one try that will not be answered by an error of its own. */
  async count(key: string): Promise<void> {
    await this.#limiter.penalty(key);
  }

  /** Are all tries used up? Counts nothing. */
  async isExhausted(key: string): Promise<boolean> {
    const state = await this.#limiter.get(key);
    return state !== null && state.consumedPoints >= this.#limiter.points;
  }

  async forgive(key: string): Promise<void> {
    await this.#limiter.delete(key);
  }
}

export interface Limits {
  readonly signInByAddress: TryLimit;
  readonly signInByAccount: TryLimit;
  readonly signUpByAddress: TryLimit;
  readonly failedPublishByAddress: TryLimit;
}

export function createLimits(config: Config): Limits {
  return {
    signInByAddress: new TryLimit(config.signInsPerMinute, MINUTE_S),
    signInByAccount: new TryLimit(config.signInsPerMinutePerAccount, MINUTE_S),
    signUpByAddress: new TryLimit(config.signUpsPerHour, HOUR_S),
    failedPublishByAddress: new TryLimit(config.failedPublishesPerMinute, MINUTE_S),
  };
}

/**
 * What counts as one address: an IPv4 address however it is written, or the /64 of an IPv6 address, since one
 * household holds 2^64 of those.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return address;
  const [head = '', tail] = bare.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
