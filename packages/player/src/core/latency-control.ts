/**
 * Keeps the picture close to live without stutter.
 *
 * In: once a tick, how much is buffered ahead of the playhead, and the moments playback stalled.
 * Out: the playback rate, and now and then a seek. No clock: time is passed in.
 *
 * The momentary level says little: it is a saw-tooth that jumps with each chunk and dips with each hiccup. What
 * can be given up without a stall is the *minimum* over a window, so that is what is steered to the target: a short
 * window at first, to settle quickly, then a longer one.
 */
export type LatencyMode = 'normal' | 'low';

interface LatencyProfile {
  /** Where the minimum of the buffer should be. */
  readonly targetMs: number;
  /** Never raised above this, however often it stalls. */
  readonly maxTargetMs: number;
  /** Above target by this much: play faster, until the target is reached. */
  readonly fasterAboveMs: number;
  /** Added to the rate for each second above target. */
  readonly gainPerS: number;
  /** Below target by this much: play slower, until the target is reached. */
  readonly slowerBelowMs: number;
}

export const LATENCY_PROFILES: Readonly<Record<LatencyMode, LatencyProfile>> = {
  normal: { targetMs: 450, maxTargetMs: 3000, fasterAboveMs: 150, gainPerS: 0.4, slowerBelowMs: 200 },
  low: { targetMs: 180, maxTargetMs: 1500, fasterAboveMs: 60, gainPerS: 0.7, slowerBelowMs: 90 },
};

/** Until this long after the start (or a seek) the short window is used. */
const SETTLE_MS = 2000;
const SHORT_WINDOW_MS = 300;
const LONG_WINDOW_MS = 1500;
/** Further behind than this is not caught up by playing faster (at 1.25 it would take half a minute): seek. */
const SEEK_ABOVE_MS = 5000;
/** When the tab comes back, one seek is less of a nuisance than a minute of fast speech. */
const SEEK_ABOVE_ON_RETURN_MS = 1000;
const MIN_SEEK_INTERVAL_MS = 3000;
const MIN_RATE = 0.9;
const MAX_RATE = 1.25;
/** A smaller change of rate is not worth it. */
const SMALLEST_STEP = 0.03;
/** Each stall makes the target this much longer, each calm minute takes it back. */
const STALL_RAISE_FACTOR = 1.4;
const STALL_RAISE_MS = 80;
const CALM_MS = 60_000;
/** After a stall playback waits for the target, but not longer than this. */
const MAX_HOLD_MS = 1500;

export interface LatencyInput {
  readonly nowMs: number;
  /** Playable without a break from the playhead on. */
  readonly aheadMs: number;
  /** Playhead moves, or would if there were data: not paused, not seeking. */
  readonly playing: boolean;
  /** Media is arriving; without it there is nothing to steer towards. */
  readonly live: boolean;
}

export interface LatencyDecision {
  /** 0 = hold the picture until the buffer is filled. */
  readonly rate: number;
  /** Seek to this far before the end of the buffer. */
  readonly seekToEdgeMinusMs?: number;
}

interface Level {
  readonly atMs: number;
  readonly aheadMs: number;
}

export class LatencyControl {
  #profile: LatencyProfile;
  readonly #coarseRates: boolean;
  #targetMs: number;
  #levels: Level[] = [];
  #settleUntilMs = -Infinity;
  #rate = 1;
  #lastSeekMs = -Infinity;
  #holding = false;
  /** When the first data came that the hold waits to grow. */
  #fillingSinceMs: number | undefined;
  #calmSinceMs: number | undefined;
  #returned = false;
  #following = true;

  /** `coarseRates`: the browser only plays steps of 0.25 cleanly (Safari). */
  constructor(mode: LatencyMode, coarseRates = false) {
    this.#profile = LATENCY_PROFILES[mode];
    this.#targetMs = this.#profile.targetMs;
    this.#coarseRates = coarseRates;
  }

  get targetMs(): number {
    return this.#targetMs;
  }

  /** False while the viewer chose to stay behind live. */
  get following(): boolean {
    return this.#following;
  }

  setMode(mode: LatencyMode): void {
    this.#profile = LATENCY_PROFILES[mode];
    this.#targetMs = this.#profile.targetMs;
    this.#levels = [];
  }

  /** Viewer's choice: stay where the picture is (after a pause), or go with live again. */
  follow(following: boolean): void {
    this.#following = following;
    this.#levels = [];
  }

  /** Playback began, jumped or ran dry: what was measured before says nothing about now. */
  restarted(nowMs: number): void {
    this.#levels = [];
    this.#settleUntilMs = nowMs + SETTLE_MS;
    this.#calmSinceMs = nowMs;
    this.#holding = true;
    this.#fillingSinceMs = undefined;
  }

  /** The stall before was the connection's fault (not: the encoder went away): keep more in store. */
  raise(nowMs: number): void {
    const raised = this.#targetMs * STALL_RAISE_FACTOR + STALL_RAISE_MS;
    this.#targetMs = Math.min(this.#profile.maxTargetMs, raised);
    this.#calmSinceMs = nowMs;
  }

  tabReturned(): void {
    this.#returned = true;
  }

  decide(input: LatencyInput): LatencyDecision {
    const { nowMs, aheadMs } = input;
    this.#calmDown(nowMs);
    if (!input.playing) {
      this.#levels = [];
      return { rate: 1 };
    }
    if (this.#holds(input)) return { rate: 0 };
    const lowestMs = this.#lowestOfWindow(nowMs, aheadMs);
    if (!this.#following || !input.live) {
      this.#rate = 1;
      return { rate: 1 };
    }
    const excessMs = lowestMs - this.#targetMs;
    const seekAboveMs = this.#returned ? SEEK_ABOVE_ON_RETURN_MS : SEEK_ABOVE_MS;
    this.#returned = false;
    if (excessMs > seekAboveMs && nowMs - this.#lastSeekMs >= MIN_SEEK_INTERVAL_MS) {
      this.#lastSeekMs = nowMs;
      this.restarted(nowMs);
      this.#rate = 1;
      return { rate: 1, seekToEdgeMinusMs: this.#targetMs };
    }
    this.#rate = this.#steer(excessMs);
    return { rate: this.#rate };
  }

  /** After a start or a stall the picture stands until the target is there, so that it does not stall again at once. */
  #holds(input: LatencyInput): boolean {
    if (!this.#holding) return false;
    if (input.aheadMs > 0) this.#fillingSinceMs ??= input.nowMs;
    const filled = input.aheadMs >= this.#targetMs;
    const waitedLongEnough =
      this.#fillingSinceMs !== undefined && input.nowMs - this.#fillingSinceMs > MAX_HOLD_MS;
    if (!filled && !waitedLongEnough && input.live) return true;
    this.#holding = false;
    this.#levels = [];
    this.#settleUntilMs = input.nowMs + SETTLE_MS;
    return false;
  }

  #lowestOfWindow(nowMs: number, aheadMs: number): number {
    this.#levels.push({ atMs: nowMs, aheadMs });
    const windowMs = nowMs < this.#settleUntilMs ? SHORT_WINDOW_MS : LONG_WINDOW_MS;
    while ((this.#levels[0]?.atMs ?? nowMs) < nowMs - windowMs) this.#levels.shift();
    let lowest = aheadMs;
    for (const level of this.#levels) lowest = Math.min(lowest, level.aheadMs);
    return lowest;
  }

  #steer(excessMs: number): number {
    const catchingUp = this.#rate > 1;
    const fallingBack = this.#rate < 1;
    if (excessMs > (catchingUp ? 0 : this.#profile.fasterAboveMs)) {
      const wanted = 1 + Math.max(SMALLEST_STEP, (excessMs / 1000) * this.#profile.gainPerS);
      if (this.#coarseRates) return excessMs > 300 || catchingUp ? MAX_RATE : 1;
      return Math.min(MAX_RATE, Math.round(wanted * 100) / 100);
    }
    if (excessMs < (fallingBack ? 0 : -this.#profile.slowerBelowMs)) {
      if (this.#coarseRates) return 1;
      const wanted = 1 + Math.min(-SMALLEST_STEP, (excessMs / 1000) * this.#profile.gainPerS);
      return Math.max(MIN_RATE, Math.round(wanted * 100) / 100);
    }
    return 1;
  }

  #calmDown(nowMs: number): void {
    this.#calmSinceMs ??= nowMs;
    if (nowMs - this.#calmSinceMs < CALM_MS || this.#targetMs <= this.#profile.targetMs) return;
    this.#calmSinceMs = nowMs;
    const lowered = (this.#targetMs - STALL_RAISE_MS) / STALL_RAISE_FACTOR;
    this.#targetMs = Math.max(this.#profile.targetMs, lowered);
  }
}
