/**
 * Cuts the audio at the media times of the video's cuts, or by its own measure where there is no video.
 *
 * In: audio frames as they come, cuts as the video makes them, and how far the video has come. A frame waits while
 * the video might still cut before it; the video never waits for audio. A frame that sounds at a cut opens the new
 * piece, so that a viewer who starts at a segment hears its first picture.
 */
import type { AudioConfig, Frame } from '../frame.ts';
import { type Ms, type UnixMs, ticksToMs } from '../time/units.ts';
import type { PackagerOptions } from './events.ts';
import { sameConfig } from './same-config.ts';
import type { PartPlan } from './targets.ts';
import type { SegmentStart, TrackCutter } from './track-cutter.ts';

/** Audio that had to wait this long for a picture goes on without it: the camera hangs, or there is none. */
export const VIDEO_LOST_MS: Ms = 1_500;
/** The same where frames arrive faster than they play (a backlog): this much media may wait. */
export const MAX_HELD_MEDIA_MS: Ms = 10_000;
/** A bound that holds whatever the frames claim to last: 10 s of the shortest AAC frames (960 at 96 kHz). */
export const MAX_HELD_FRAMES = 1_000;
/** Audio this far behind the video is taken as gone: its segments end, and it joins again like late audio. */
export const AUDIO_LOST_MS: Ms = 5_000;

/** Times of both tracks are compared in ms; a hundredth is far below a tick and far above rounding. */
const EPSILON_MS: Ms = 0.01;

export type Cut =
  | { readonly atMs: Ms; readonly level: 'chunk' | 'part' }
  | { readonly atMs: Ms; readonly level: 'segment'; readonly start: SegmentStart };

/** What the follower needs of the packager. */
export interface FollowerHooks {
  /** Video is not coming: end its segment. */
  readonly lead: () => void;
  readonly nextSegment: () => SegmentStart;
  /** The audio's segment is about to end, while it leads. */
  readonly segmentEnds: () => void;
  readonly planParts: (frameMs: Ms) => PartPlan;
  readonly partTargetMs: () => Ms;
  readonly longestSegmentMs: () => Ms;
  /** The next segment must open with a discontinuity. */
  readonly requestBreak: () => void;
}

interface HeldFrame {
  readonly frame: Frame;
  readonly config: AudioConfig;
  /** Counts configurations and discontinuities: frames of different generations need a break between them. */
  readonly generation: number;
  readonly endMs: Ms;
}

export class AudioFollower {
  readonly #cutter: TrackCutter;
  readonly #options: PackagerOptions;
  readonly #hooks: FollowerHooks;

  #config: AudioConfig | undefined;
  #newestGeneration = 0;
  #generation = 0;
  #held: HeldFrame[] = [];
  #cuts: Cut[] = [];
  #state: 'waiting' | 'following' | 'leading' = 'waiting';
  /** The video's newest segment: where audio that comes late joins. */
  #newestSegment: (Cut & { level: 'segment' }) | undefined;
  #frontierMs: Ms = Number.NEGATIVE_INFINITY;
  #videoArrivalMs: UnixMs = Number.NEGATIVE_INFINITY;

  constructor(cutter: TrackCutter, options: PackagerOptions, hooks: FollowerHooks) {
    this.#cutter = cutter;
    this.#options = options;
    this.#hooks = hooks;
  }

  /** Length of one audio frame; undefined while no configuration is known. */
  get frameMs(): Ms | undefined {
    return this.#config && ticksToMs(this.#config.frameTicks, this.#config.timescale);
  }

  configure(config: AudioConfig): void {
    if (this.#config !== undefined && sameConfig(this.#config, config)) return;
    this.#config = config;
    this.#newestGeneration++;
  }

  push(frame: Frame): void {
    if (this.#config === undefined) return;
    if (frame.discontinuity) this.#newestGeneration++;
    this.#held.push({
      frame,
      config: this.#config,
      generation: this.#newestGeneration,
      endMs: ticksToMs(frame.dts + frame.duration, this.#config.timescale),
    });
    this.#drain();
    if (this.#state !== 'leading' && this.#waitedTooLong(frame)) this.#takeLead();
  }

  /** The video was cut. Cuts come in the order of their times. */
  cut(cut: Cut): void {
    if (cut.level === 'segment') {
      this.#newestSegment = cut;
      if (this.#state === 'leading') this.#state = 'following';
      if (this.#state === 'waiting') this.#cutter.endSegment();
    }
    if (this.#state !== 'following') return;
    this.#cuts.push(cut);
    this.#applyReachedCuts();
  }

  /** The video has frames up to `frontierMs`: it will not cut before that any more. */
  advance(frontierMs: Ms, arrivalMs: UnixMs): void {
    this.#frontierMs = frontierMs;
    this.#videoArrivalMs = arrivalMs;
    this.#drain();
    const next = this.#cuts[0];
    if (next !== undefined && frontierMs - next.atMs > AUDIO_LOST_MS) this.#leave();
  }

  end(): void {
    this.#frontierMs = Number.POSITIVE_INFINITY;
    this.#drain();
    if (this.#state === 'leading') this.#hooks.segmentEnds();
    this.#applyAllCuts();
    this.#cutter.endSegment();
  }

  #drain(): void {
    let taken = 0;
    for (const held of this.#held) {
      if (!this.#take(held)) break;
      taken++;
    }
    if (taken > 0) this.#held.splice(0, taken);
  }

  /** False: the frame must wait. */
  #take(held: HeldFrame): boolean {
    if (this.#state === 'waiting') return this.#join(held);
    if (this.#state === 'following') return this.#follow(held);
    this.#lead(held);
    return true;
  }

  #join(held: HeldFrame): boolean {
    const segment = this.#newestSegment;
    if (segment === undefined) return false;
    const tooEarly = held.endMs <= segment.atMs + EPSILON_MS;
    if (tooEarly) return true;
    if (held.endMs > this.#frontierMs + EPSILON_MS) return false;
    this.#state = 'following';
    if (!this.#cutter.begun) this.#cutter.beginSegment(segment.start);
    return this.#follow(held);
  }

  #follow(held: HeldFrame): boolean {
    for (let cut = this.#cuts[0]; cut !== undefined; cut = this.#cuts[0]) {
      if (held.endMs <= cut.atMs + EPSILON_MS && !this.#wouldBeTooLong(held)) break;
      this.#apply(cut);
    }
    if (held.endMs > this.#frontierMs + EPSILON_MS) return false;
    if (this.#wouldBeTooLong(held)) {
      // The video ended a while before the broadcast did.
      this.#state = 'leading';
      this.#lead(held);
      return true;
    }
    if (held.generation > this.#generation && !this.#cutter.freshEpoch) {
      const breakAhead = this.#cuts.some((cut) => cut.level === 'segment' && cut.start.discontinuity);
      if (breakAhead) return true;
      if (held.config !== this.#cutter.config) {
        this.#hooks.requestBreak();
        return true;
      }
      // The audio's clock jumped and the video's did not: audio frames decode on their own, so it just goes on.
    }
    const partMs = held.endMs - this.#cutter.partStartMs;
    if (this.#cutter.partOpen && partMs > this.#hooks.partTargetMs() + EPSILON_MS) this.#cutter.endPart();
    this.#accept(held);
    this.#applyReachedCuts();
    return true;
  }

  /** Where the picture froze before a cut, sound fills the hole; what no longer fits opens the next segment. */
  #wouldBeTooLong(held: HeldFrame): boolean {
    return this.#cutter.open && held.endMs - this.#cutter.segmentStartMs > this.#hooks.longestSegmentMs();
  }

  #accept(held: HeldFrame): void {
    if (this.#cutter.config !== held.config) this.#cutter.configure(held.config);
    this.#generation = held.generation;
    this.#cutter.push(held.frame, false);
    if (this.#options.chunkMs === 0) this.#cutter.endChunk();
  }

  /** A cut is reached when the next frame would sound past it: the piece is complete, nothing need be waited for. */
  #applyReachedCuts(): void {
    const frameMs = this.frameMs ?? 0;
    for (let cut = this.#cuts[0]; cut !== undefined; cut = this.#cuts[0]) {
      if (this.#cutter.endMs + frameMs <= cut.atMs + EPSILON_MS) return;
      this.#apply(cut);
    }
  }

  #apply(cut: Cut): void {
    this.#cuts.shift();
    switch (cut.level) {
      case 'chunk':
        this.#cutter.endChunk();
        return;
      case 'part':
        this.#cutter.endPart();
        return;
      case 'segment':
        this.#cutter.endSegment();
        this.#cutter.beginSegment(cut.start);
    }
  }

  #applyAllCuts(): void {
    for (let cut = this.#cuts[0]; cut !== undefined; cut = this.#cuts[0]) this.#apply(cut);
  }

  /** Its segment stays open, for it may come back before the video's ends. */
  #leave(): void {
    this.#applyAllCuts();
    this.#cutter.endPart();
    this.#state = 'waiting';
    this.#drain();
  }

  #waitedTooLong(newest: Frame): boolean {
    const head = this.#held[0];
    if (head === undefined) return false;
    if (this.#held.length > MAX_HELD_FRAMES) return true;
    const waitedMs = newest.arrivalMs - Math.max(head.frame.arrivalMs, this.#videoArrivalMs);
    const mediaMs = ticksToMs(newest.dts - head.frame.dts, head.config.timescale);
    return waitedMs > VIDEO_LOST_MS || mediaMs > MAX_HELD_MEDIA_MS;
  }

  #takeLead(): void {
    this.#applyAllCuts();
    this.#hooks.lead();
    this.#state = 'leading';
    if (this.#cutter.open) this.#endFullSegment();
    this.#drain();
  }

  #lead(held: HeldFrame): void {
    const cutter = this.#cutter;
    const frameMs = ticksToMs(held.frame.duration, held.config.timescale);
    const { limitMs, targetMs } = this.#hooks.planParts(frameMs);
    const breaks = held.generation > this.#generation && !cutter.freshEpoch;
    if (breaks) this.#hooks.requestBreak();
    const holeMs = held.endMs - frameMs - cutter.endMs;
    if (cutter.open && (breaks || holeMs > targetMs || this.#wouldBeTooLong(held))) this.#endOwnSegment();
    else if (cutter.partOpen && held.endMs - cutter.partStartMs > limitMs) cutter.endPart();
    if (!cutter.begun || breaks) this.#cutter.beginSegment(this.#hooks.nextSegment());
    this.#accept(held);

    if (cutter.endMs - cutter.partStartMs + frameMs > limitMs) {
      cutter.endPart();
      this.#endFullSegment();
    } else if (cutter.chunkMs + frameMs / 2 >= this.#options.chunkMs) cutter.endChunk();
  }

  #endFullSegment(): void {
    const elapsedMs = this.#cutter.endMs - this.#cutter.segmentStartMs;
    if (elapsedMs + this.#options.partMs / 2 >= this.#options.segmentMs) this.#endOwnSegment();
  }

  #endOwnSegment(): void {
    this.#hooks.segmentEnds();
    this.#cutter.endSegment();
  }
}
