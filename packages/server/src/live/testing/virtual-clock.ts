/** A clock that moves only when a test says so; timers fire in order of their time. */
import type { Ms } from '@millrace/media';
import type { Clock, Timer } from '../clock.ts';

const START_UNIX_MS = Date.UTC(2026, 0, 1);

export class VirtualClock implements Clock {
  private nowMs = 0;
  private readonly timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  unixMs(): number {
    return START_UNIX_MS + this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  after(delayMs: Ms, callback: () => void): Timer {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  advance(durationMs: Ms): void {
    const untilMs = this.nowMs + durationMs;
    for (;;) {
      let next: { readonly atMs: number; readonly callback: () => void } | undefined;
      for (const timer of this.timers)
        if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
      if (next === undefined) break;
      this.timers.delete(next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.callback();
    }
    this.nowMs = untilMs;
  }
}
