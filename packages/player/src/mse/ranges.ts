/** The DOM's `TimeRanges` as plain values, for the pure functions of core. */
import type { TimeRange } from '../core/index.ts';

export function rangesOf(ranges: TimeRanges): TimeRange[] {
  const list: TimeRange[] = [];
  for (let index = 0; index < ranges.length; index += 1) {
    list.push({ start: ranges.start(index), end: ranges.end(index) });
  }
  return list;
}
