/** The last minutes of a stream's health, one sample a second at most, for the curves. */
import type { IngestHealth } from '@millrace/contract';

export interface Sample {
  readonly atMs: number;
  readonly bitsPerSecond: number;
  readonly framesPerSecond: number;
}

export const HISTORY_MINUTES = 3;
const HISTORY_MS = HISTORY_MINUTES * 60_000;

/** While the stream is away the curve falls to zero; it is not cut. */
export function addSample(before: readonly Sample[], health: IngestHealth, atMs: number): readonly Sample[] {
  const flowing = health.state === 'live';
  const sample: Sample = {
    atMs,
    bitsPerSecond: flowing ? (health.video?.bitsPerSecond ?? 0) + (health.audio?.bitsPerSecond ?? 0) : 0,
    framesPerSecond: flowing ? (health.video?.framesPerSecond ?? 0) : 0,
  };
  if (health.state === 'offline') return [];
  return [...before.filter((old) => old.atMs > atMs - HISTORY_MS), sample];
}

export interface CurveShape {
  /** `d` of an open path in a box of `width` × `height`, newest at the right edge. */
  readonly line: string;
  readonly low: number;
  readonly high: number;
  readonly now: number;
}

/** Scales values to a box: the top is a little above the highest, the bottom is zero, so that a dip looks as deep as it is. */
export function curveOf(
  samples: readonly { readonly atMs: number; readonly value: number }[],
  width: number,
  height: number,
): CurveShape | undefined {
  const newest = samples.at(-1);
  if (newest === undefined) return undefined;
  const values = samples.map((sample) => sample.value);
  const high = Math.max(...values);
  const top = high * 1.15 || 1;
  const points = samples.map(({ atMs, value }) => {
    const x = width * (1 - (newest.atMs - atMs) / HISTORY_MS);
    return `${x.toFixed(1)} ${(height * (1 - value / top)).toFixed(1)}`;
  });
  return { line: `M${points.join('L')}`, low: Math.min(...values), high, now: newest.value };
}
