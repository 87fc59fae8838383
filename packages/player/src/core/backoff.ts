/**
 * How long to wait before the next try: doubling, bounded, with jitter so that the viewers of a restarted server
 * do not all come back in the same instant.
 */
const FIRST_DELAY_MS = 300;
const MAX_DELAY_MS = 8_000;

/** `attempt` counts from 0; `random` gives [0, 1). Half of the delay is fixed, half is chance. */
export function backoffDelayMs(attempt: number, random: () => number, floorMs = 0): number {
  const ceilingMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return Math.max(floorMs, ceilingMs / 2) + (ceilingMs / 2) * random();
}
