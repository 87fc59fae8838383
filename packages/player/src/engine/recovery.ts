/**
 * What to do when the browser's media pipeline breaks.
 *
 * In: the moment of each report. Out: a fresh pipeline, or the end of this protocol when that happens again and again.
 */

/** The browser gave up on the media this often in a row: another protocol, or an error. */
const MAX_RECOVERIES = 3;
const FORGOTTEN_AFTER_MS = 30_000;
/** One fault is reported by the element and by each of its buffers. */
const SAME_FAULT_MS = 100;

export class Recovery {
  #recoveries = 0;
  #recoveredAtMs = -Infinity;

  /** `undefined`: the report is of a fault already seen to. */
  next(nowMs: number): 'recover' | 'give-up' | undefined {
    if (nowMs - this.#recoveredAtMs > FORGOTTEN_AFTER_MS) this.#recoveries = 0;
    else if (nowMs - this.#recoveredAtMs < SAME_FAULT_MS) return undefined;
    this.#recoveredAtMs = nowMs;
    this.#recoveries += 1;
    return this.#recoveries > MAX_RECOVERIES ? 'give-up' : 'recover';
  }
}
