/**
 * Places the frames of the video track: stop 5 on the way of a frame, video half.
 *
 * In: media times in ms. Out: dts and pts in 90 kHz ticks, dts strictly increasing, and an estimate of how long the
 * frame will last (the next one is not here yet).
 */
import { type Ms, type Ticks, VIDEO_TIMESCALE, msToTicks, ticksToMs } from './units.ts';

/** Decoders reorder at most 16 frames; at 2 frames a second that is 8 s. Beyond it a composition time is nonsense. */
const MAX_COMPOSITION_OFFSET_MS = 10_000;
/** Until two frames have been seen and when the parameter sets do not say. */
const DEFAULT_FRAME_RATE = 30;
/** A pause says little about the next frame's duration. */
const MAX_DURATION_MS = 1_000;
/** Share of the newest dts delta in the estimate: evens out timestamps rounded to ms (33, 33, 34). */
const SMOOTHING = 1 / 8;

export interface PlacedFrame {
  readonly dts: Ticks;
  readonly pts: Ticks;
  readonly duration: Ticks;
}

export class VideoClock {
  readonly timescale = VIDEO_TIMESCALE;
  #lastDts: Ticks = -1;
  #durationTicks: number;
  /** Frames whose dts did not advance and was moved behind the frame before. */
  backwardSteps = 0;

  constructor(frameRate: number | undefined) {
    this.#durationTicks = VIDEO_TIMESCALE / (frameRate ?? DEFAULT_FRAME_RATE);
  }

  get lastMs(): Ms {
    return ticksToMs(Math.max(0, this.#lastDts), VIDEO_TIMESCALE);
  }

  /** Where the next frame is expected. */
  get endMs(): Ms {
    return this.#lastDts < 0 ? 0 : ticksToMs(this.#lastDts + this.#duration, VIDEO_TIMESCALE);
  }

  get #duration(): Ticks {
    return Math.max(1, Math.round(this.#durationTicks));
  }

  /** @param continues whether the distance from the frame before is a frame's duration, not a rebase or a restart */
  place(mediaMs: Ms, compositionOffsetMs: Ms, continues: boolean): PlacedFrame {
    const at = msToTicks(mediaMs, VIDEO_TIMESCALE);
    let dts = at;
    if (dts <= this.#lastDts) {
      dts = this.#lastDts + 1;
      this.backwardSteps++;
    }
    if (continues && this.#lastDts >= 0) {
      const delta = Math.min(dts - this.#lastDts, msToTicks(MAX_DURATION_MS, VIDEO_TIMESCALE));
      this.#durationTicks += (delta - this.#durationTicks) * SMOOTHING;
    }
    this.#lastDts = dts;
    const offsetMs = Math.min(
      MAX_COMPOSITION_OFFSET_MS,
      Math.max(-MAX_COMPOSITION_OFFSET_MS, compositionOffsetMs),
    );
    // Counted from where the sender put the frame: a dts that was moved does not move the picture.
    const pts = Math.max(0, at + msToTicks(offsetMs, VIDEO_TIMESCALE));
    return { dts, pts, duration: this.#duration };
  }
}
