/**
 * Timestamps that wrap, unrolled into ones that do not.
 *
 * In: milliseconds as sent, below 2^32. Out: milliseconds that go on where the counter wrapped; a difference of two
 * results is the shortest way between the two timestamps, so that clocks may also step back.
 * RTMP's timestamps are 32-bit (RTMP 1.0 §4); encoders with signed arithmetic wrap at 2^31, those that never learnt
 * the extended timestamp at 2^24.
 */
import type { Ms } from './units.ts';

const FULL_RANGE = 2 ** 32;
/** Where counters narrower than the field wrap. */
const NARROW_RANGES = [2 ** 31, 2 ** 24] as const;
/** How near to the end of its range a narrow counter must have been, and to its start it must be now. */
const WRAP_TOLERANCE_MS = 3_000;

export class TimestampUnroller {
  #sentMs: Ms | undefined;
  #unrolledMs: Ms = 0;

  unroll(sentMs: Ms): Ms {
    this.#unrolledMs =
      this.#sentMs === undefined ? sentMs : this.#unrolledMs + shortestWay(this.#sentMs, sentMs);
    this.#sentMs = sentMs;
    return this.#unrolledMs;
  }

  /** The next timestamp is unrelated to those before it. */
  reset(): void {
    this.#sentMs = undefined;
  }
}

function shortestWay(fromMs: Ms, toMs: Ms): Ms {
  const way = signedModulo(toMs - fromMs, FULL_RANGE);
  if (Math.abs(way) <= WRAP_TOLERANCE_MS) return way;
  for (const range of NARROW_RANGES) {
    const narrow = signedModulo(toMs - fromMs, range);
    const edgeDistance = Math.abs(signedModulo(fromMs, range));
    if (Math.abs(narrow) <= WRAP_TOLERANCE_MS && edgeDistance <= WRAP_TOLERANCE_MS) return narrow;
  }
  return way;
}

/** `value` modulo `range`, between -range / 2 and range / 2. */
function signedModulo(value: number, range: number): number {
  return value - range * Math.round(value / range);
}
