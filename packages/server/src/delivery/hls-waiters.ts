/**
 * Requests that are held until the window has what they ask for.
 *
 * In: a question that will be true some day, and a limit. Out: a promise of how it went. However many requests wait,
 * a change of the window costs one pass over the list, and one timer watches over all limits.
 */
import type { Ms } from '@millrace/media';

/** `stop`: it will never come true. */
export type Verdict = 'go' | 'wait' | 'stop';
export type Outcome = 'go' | 'stop' | 'timeout' | 'aborted' | 'full';

/** A held request costs about 3 KB with its socket; a server that holds more has a problem that holding makes worse. */
export const MAX_WAITERS = 20_000;

/**
 * Is given what ends the waiting when the client goes away. False: nobody would notice that, and the request is not held.
 */
export type OnAbort = (abort: () => void) => boolean;

interface Waiter {
  readonly ask: () => Verdict;
  readonly settle: (outcome: Outcome) => void;
  readonly deadline: number;
}

export class WaiterList {
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #waking = false;

  get size(): number {
    return this.#waiters.size;
  }

  wait(ask: () => Verdict, limitMs: Ms, onAbort: OnAbort): Promise<Outcome> {
    const verdict = ask();
    if (verdict !== 'wait') return Promise.resolve(verdict);
    if (this.#waiters.size >= MAX_WAITERS) return Promise.resolve('full');
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const waiter: Waiter = { ask, settle: resolve, deadline: performance.now() + limitMs };
    const isHeld = onAbort(() => {
      if (this.#waiters.delete(waiter)) resolve('aborted');
    });
    if (!isHeld) return Promise.resolve('full');
    this.#waiters.add(waiter);
    if (waiter.deadline < this.#timerAt) this.#watch();
    return promise;
  }

  /** The window changed. Answers leave in the next turn of the event loop, so that the frame that came goes on. */
  wake(): void {
    if (this.#waking || this.#waiters.size === 0) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      for (const waiter of this.#waiters) this.#settle(waiter, waiter.ask());
    });
  }

  #settle(waiter: Waiter, outcome: Outcome | 'wait'): void {
    if (outcome === 'wait') return;
    this.#waiters.delete(waiter);
    waiter.settle(outcome);
  }

  /** Sets the timer to the next limit. */
  #watch(): void {
    clearTimeout(this.#timer);
    let next = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters) next = Math.min(next, waiter.deadline);
    this.#timerAt = next;
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#timeOut(), Math.max(1, next - performance.now()));
    this.#timer.unref();
  }

  #timeOut(): void {
    const now = performance.now();
    for (const waiter of this.#waiters) if (waiter.deadline <= now) this.#settle(waiter, 'timeout');
    this.#watch();
  }
}
