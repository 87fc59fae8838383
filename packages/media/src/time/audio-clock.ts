/**
 * Places the frames of the audio track by counting samples: stop 5 on the way of a frame, audio half.
 *
 * In: media times in ms, rounded and jittering as senders write them. Out: dts in samples, without a seam from frame
 * to frame, so that a decoder hears one unbroken sound. The count follows the timestamps: where both part by more
 * than a limit, the count is corrected, by a gap where sound is missing, by leaving frames out where there is too much
 * of it. So audio stays with video even when the encoder's sound card and its clock do not agree.
 */
import type { AudioConfig } from '../frame.ts';
import { type Ms, type Ticks, msToTicks, ticksToMs } from './units.ts';

/** Less than the 40 ms at which people begin to see lips out of step, more than jitter and rounding. */
const DRIFT_LIMIT_MS = 30;
/** The deviation must hold for so many frames in a row (about 170 ms): jitter changes its sign, drift does not. */
const DRIFT_CONFIRM_FRAMES = 8;
/** So much at once is no drift: sound was lost or repeated. Corrected without waiting. */
const STEP_LIMIT_MS = 150;
/** Share of the newest deviation in the average that is published. */
const SMOOTHING = 1 / 32;

export class AudioClock {
  #timescale: number;
  #frameTicks: Ticks;
  /** dts of the next frame. */
  #next: Ticks = 0;
  #anchored = false;
  /** Frames still to be left out. */
  #surplus = 0;
  #deviatingFrames = 0;
  #deviationSum = 0;
  /** Timestamps minus count, average of late; and what corrections of drift have taken out of it so far, in ms. */
  #deviationMs: Ms = 0;
  #correctedMs: Ms = 0;
  #started = false;
  resyncs = 0;

  constructor(config: AudioConfig) {
    this.#timescale = config.timescale;
    this.#frameTicks = config.frameTicks;
  }

  get timescale(): number {
    return this.#timescale;
  }

  get lastMs(): Ms {
    return Math.max(0, ticksToMs(this.#next - this.#frameTicks, this.#timescale));
  }

  /** Where the next frame is expected. */
  get endMs(): Ms {
    return this.#started ? ticksToMs(this.#next, this.#timescale) : 0;
  }

  /** Samples counted minus timestamps passed, since the beginning: positive when the sound card runs fast. */
  get driftMs(): Ms {
    return -(this.#correctedMs + this.#deviationMs);
  }

  /** Goes on in the ticks of a changed configuration, at the same time. */
  configure(config: AudioConfig): void {
    this.#next = Math.ceil((this.#next * config.timescale) / this.#timescale);
    this.#timescale = config.timescale;
    this.#frameTicks = config.frameTicks;
    this.restart();
  }

  /** The next frame stands where its timestamp says, not where the count is (but never before it). */
  restart(): void {
    this.#anchored = false;
    this.#surplus = 0;
    this.#settle();
  }

  /** `undefined` when the frame must be left out. */
  place(mediaMs: Ms): { readonly dts: Ticks; readonly duration: Ticks } | undefined {
    const target = (mediaMs * this.#timescale) / 1000;
    if (this.#anchored) this.#follow(target);
    else {
      this.#next = Math.max(this.#next, Math.round(target));
      this.#anchored = true;
      this.#started = true;
    }
    if (this.#surplus > 0) {
      this.#surplus--;
      return undefined;
    }
    const dts = this.#next;
    this.#next += this.#frameTicks;
    return { dts, duration: this.#frameTicks };
  }

  #follow(target: Ticks): void {
    if (this.#surplus > 0) return;
    const deviation = target - this.#next;
    if (Math.abs(deviation) > msToTicks(STEP_LIMIT_MS, this.#timescale)) {
      this.#settle();
      this.#correct(deviation);
      return;
    }
    this.#deviationMs += (ticksToMs(deviation, this.#timescale) - this.#deviationMs) * SMOOTHING;
    // Leaving out a frame corrects by a whole frame, so less than most of one is not worth it.
    const limit = Math.max(msToTicks(DRIFT_LIMIT_MS, this.#timescale), this.#frameTicks * 0.75);
    if (Math.abs(deviation) <= limit || deviation * this.#deviationSum < 0) {
      this.#deviatingFrames = 0;
      this.#deviationSum = 0;
      return;
    }
    this.#deviatingFrames++;
    this.#deviationSum += deviation;
    if (this.#deviatingFrames < DRIFT_CONFIRM_FRAMES) return;
    const correctedMs = ticksToMs(this.#correct(this.#deviationSum / this.#deviatingFrames), this.#timescale);
    this.#correctedMs += correctedMs;
    this.#deviationMs -= correctedMs;
  }

  /** Returns the ticks by which the count moves towards the timestamps. */
  #correct(deviation: Ticks): Ticks {
    this.resyncs++;
    this.#deviatingFrames = 0;
    this.#deviationSum = 0;
    if (deviation > 0) {
      const gap = Math.round(deviation);
      this.#next += gap;
      return gap;
    }
    this.#surplus = Math.round(-deviation / this.#frameTicks);
    return -this.#surplus * this.#frameTicks;
  }

  /** The average so far belongs to the drift; what follows is measured anew. */
  #settle(): void {
    this.#correctedMs += this.#deviationMs;
    this.#deviationMs = 0;
    this.#deviatingFrames = 0;
    this.#deviationSum = 0;
  }
}
