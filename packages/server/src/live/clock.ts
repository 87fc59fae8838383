/**
 * Time as the live side sees it, behind a small interface, so that tests run in virtual time.
 *
 * Two clocks, because they answer different questions: `unixMs` says when something happened (it goes into prft,
 * into `captureTime`, into a log) and may jump when somebody sets the clock; `monotonicMs` says how long something
 * took, and is the only one that limits and timeouts may look at.
 */
import type { Ms, UnixMs } from '@millrace/media';

/** A point in time that is good only for subtracting another one from it. */
export type MonotonicMs = number;

export interface Timer {
  cancel(): void;
}

export interface Clock {
  unixMs(): UnixMs;
  monotonicMs(): MonotonicMs;
  /** Calls once after `delayMs`; a timer alone keeps no process alive. */
  after(delayMs: Ms, callback: () => void): Timer;
}

export const systemClock: Clock = {
  unixMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
