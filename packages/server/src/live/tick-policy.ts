/**
 * How wide a tick is now. In: the setting, and once a second how busy the event loop is. Out: a width in ms.
 *
 * A write costs the same whatever it carries, so wider ticks are how a busy server goes on serving everyone: it
 * trades a little delay for half of the work. It widens by a step after one busy second and narrows after ten calm
 * ones, so that it does not swing.
 */
import type { Ms } from '@millrace/media';

const STEPS_MS: readonly Ms[] = [0, 100, 200, 350];
const BUSY = 0.85;
const CALM = 0.5;
const CALM_SAMPLES = 10;

export class TickPolicy {
  private readonly baseMs: Ms;
  private currentMs: Ms;
  private calm = 0;

  constructor(baseMs: Ms) {
    this.baseMs = baseMs;
    this.currentMs = baseMs;
  }

  get tickMs(): Ms {
    return this.currentMs;
  }

  /** `utilisation`: share of the last second in which the event loop was busy, 0 to 1. */
  sample(utilisation: number): void {
    if (utilisation > BUSY) {
      this.calm = 0;
      this.currentMs = STEPS_MS.find((step) => step > this.currentMs) ?? this.currentMs;
    } else if (utilisation < CALM && this.currentMs > this.baseMs) {
      if (++this.calm < CALM_SAMPLES) return;
      this.calm = 0;
      this.currentMs = Math.max(this.baseMs, STEPS_MS.findLast((step) => step < this.currentMs) ?? 0);
    } else {
      this.calm = 0;
    }
  }
}
