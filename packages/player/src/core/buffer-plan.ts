/**
 * Upkeep of what is buffered, as plans: pure functions from ranges to what should be done.
 * All times are media seconds.
 */

export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** Kept behind the picture so that a rebuild or a small step back finds a key frame. */
const KEEP_BEHIND_S = 10;
/** Removing is not free: wait until there is this much to remove. */
const REMOVE_BATCH_S = 5;
/** Two tracks rarely end on the same tick: a hole below this is none. */
const JOINED_S = 0.02;
/** How far inside the next range a jump lands: rounding must not leave it before the range. */
const JUMP_INSET_S = 0.01;
/** A hole is jumped after this long without progress: its data may still be on the way. */
const JUMP_AFTER_MS = 250;

/** The old range to remove now, if any. */
export function planRemoval(
  buffered: readonly TimeRange[],
  currentS: number,
  keepBehindS = KEEP_BEHIND_S,
): TimeRange | undefined {
  const first = buffered[0];
  if (!first) return undefined;
  const end = currentS - keepBehindS;
  if (end - first.start < REMOVE_BATCH_S) return undefined;
  return { start: 0, end };
}

/** The buffer is full although upkeep runs: give up everything but the last seconds before the picture. */
export function planQuotaRelief(buffered: readonly TimeRange[], currentS: number): TimeRange | undefined {
  const first = buffered[0];
  const end = currentS - 1;
  return first && first.start < end - 0.1 ? { start: 0, end } : undefined;
}

/** Seconds playable without a break from the playhead on. */
export function contiguousAheadS(buffered: readonly TimeRange[], currentS: number): number {
  let end: number | undefined;
  for (const range of buffered) {
    if (end === undefined) {
      if (currentS >= range.start - JOINED_S && currentS < range.end) end = range.end;
    } else if (range.start - end <= JOINED_S) {
      end = range.end;
    } else break;
  }
  return end === undefined ? 0 : end - currentS;
}

/** Where the playhead should jump when it stands before a hole (or before the first range); `undefined` = stay. */
export function planGapJump(
  buffered: readonly TimeRange[],
  currentS: number,
  stuckForMs: number,
): number | undefined {
  if (stuckForMs < JUMP_AFTER_MS) return undefined;
  if (contiguousAheadS(buffered, currentS) > 0.1) return undefined;
  const next = buffered.find((range) => range.start > currentS + JOINED_S / 2);
  return next ? next.start + JUMP_INSET_S : undefined;
}
