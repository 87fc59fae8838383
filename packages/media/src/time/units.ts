/**
 * The units of time. Every number that is a time has its unit in its type or its name.
 */

/** A count of a track's own timescale: 90,000 a second for video, the sample rate for audio. */
export type Ticks = number;

/** Milliseconds of media time or of a duration. */
export type Ms = number;

/** Milliseconds since 1970-01-01 UTC, as the caller's clock says; this package has no clock. */
export type UnixMs = number;

export const VIDEO_TIMESCALE = 90_000;

export function ticksToMs(ticks: Ticks, timescale: number): Ms {
  return (ticks / timescale) * 1000;
}

export function msToTicks(ms: Ms, timescale: number): Ticks {
  return Math.round((ms * timescale) / 1000);
}
