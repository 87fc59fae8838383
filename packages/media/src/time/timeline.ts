/**
 * One timeline a broadcast: stop 5 on the way of a frame.
 *
 * In: frames with the times their encoder wrote: 32-bit ms that wrap, jump, step back, jitter and start anew when the
 * encoder comes back. Out: frames on one timeline that starts near 0 and only goes forward; video in 90 kHz, audio
 * counted in samples, both on one clock.
 *
 * How: a timestamp is unrolled, then a `Mapping` (one number) shifts it onto the timeline. Audio and video share a
 * mapping, and so keep the distance their encoder gave them. A timestamp that does not fit where its track stands
 * starts a new mapping at the end of the track (a rebase, marked as a discontinuity); the other track joins that
 * mapping when its own timestamps follow, or stays on the old one when only one clock had slipped.
 */
import { assert } from '../bytes/index.ts';
import type { Frame, RawFrame, TrackConfig, TrackKind } from '../frame.ts';
import { AudioClock } from './audio-clock.ts';
import { TimestampUnroller } from './unroller.ts';
import type { Ms, UnixMs } from './units.ts';
import { VideoClock } from './video-clock.ts';

/**
 * Where the first frame stands. Room before it for what belongs earlier: audio that is interleaved later, and
 * negative composition times.
 */
export const TIMELINE_START_MS = 1_000;
/** A timestamp may run ahead of both tracks by a stall that viewers can sit through; more is a clock that jumped. */
export const FORWARD_JUMP_LIMIT_MS = 3_000;
/** A timestamp may fall behind its own track by jitter; more is a clock that was set back. */
export const BACKWARD_JUMP_LIMIT_MS = 250;
/** How much earlier than its own end a track may join a mapping: the mapping is then moved on for both. */
export const OVERLAP_LIMIT_MS = 500;

export interface TimelineStats {
  /** Audio samples counted minus audio timestamps passed: how far the encoder's sound card and clock have parted. */
  readonly driftMs: Ms;
  /** Mappings begun because a clock jumped. */
  readonly rebases: number;
  /** Times the sample count was corrected. */
  readonly audioResyncs: number;
  /** Frames left out: too much sound, or a place before the start. */
  readonly droppedFrames: number;
  /** Video frames whose dts did not advance. */
  readonly backwardSteps: number;
}

/** Media time = unrolled timestamp + `shiftMs`. An object, so that two tracks can share it. */
interface Mapping {
  shiftMs: Ms;
}

interface Track<Clock extends VideoClock | AudioClock = VideoClock | AudioClock> {
  clock: Clock;
  /** `undefined` until the first frame of this encoder session. */
  mapping: Mapping | undefined;
  /** Has a frame on the timeline. */
  started: boolean;
  /** The next frame is the first of a new session. */
  discontinuity: boolean;
}

export class Timeline {
  #video: Track<VideoClock> | undefined;
  #audio: Track<AudioClock> | undefined;
  readonly #unroller = new TimestampUnroller();
  #sessions = 0;
  #rebases = 0;
  #droppedFrames = 0;

  /** A track's configuration, before its first frame and whenever it changes. */
  configure(config: TrackConfig): void {
    if (config.kind === 'video') {
      this.#video ??= this.#newTrack(new VideoClock(config.frameRate));
    } else if (this.#audio === undefined) {
      this.#audio = this.#newTrack(new AudioClock(config));
    } else {
      this.#audio.clock.configure(config);
    }
  }

  #newTrack<Clock extends VideoClock | AudioClock>(clock: Clock): Track<Clock> {
    return { clock, mapping: undefined, started: false, discontinuity: this.#sessions > 0 };
  }

  /**
   * Places one frame: one comes out, or none when it had to be left out.
   *
   * Memory: `payload` is handed on, not copied.
   */
  push(raw: RawFrame, arrivalMs: UnixMs): Frame[] {
    const track = raw.kind === 'video' ? this.#video : this.#audio;
    assert(track !== undefined, `a ${raw.kind} frame comes after its configuration`);
    const sentMs = this.#unroller.unroll(raw.dtsMs);
    const before = track.mapping;
    const mapping = this.#map(track, raw.kind, sentMs);
    const mediaMs = mapping === undefined ? -1 : sentMs + mapping.shiftMs;
    if (mapping === undefined || mediaMs < 0) {
      this.#droppedFrames++;
      return [];
    }
    if (mapping !== before) {
      track.mapping = mapping;
      if (track.clock instanceof AudioClock) track.clock.restart();
      if (track.started) track.discontinuity = true;
    }

    const placed = this.#place(track, raw, mediaMs, mapping === before);
    if (placed === undefined) {
      this.#droppedFrames++;
      return [];
    }
    const { discontinuity } = track;
    track.discontinuity = false;
    track.started = true;
    const { kind, key, payload } = raw;
    return [{ kind, ...placed, key, discontinuity, payload, arrivalMs }];
  }

  #place(
    track: Track,
    raw: RawFrame,
    mediaMs: Ms,
    continues: boolean,
  ): Pick<Frame, 'dts' | 'pts' | 'duration'> | undefined {
    if (track.clock instanceof VideoClock)
      return track.clock.place(mediaMs, raw.compositionOffsetMs, continues);
    const placed = track.clock.place(mediaMs);
    return placed && { dts: placed.dts, pts: placed.dts, duration: placed.duration };
  }

  /** The next frames come from a new encoder session: they go on where the tracks end, with a clock of their own. */
  resume(): void {
    this.#unroller.reset();
    if (this.#video?.started !== true && this.#audio?.started !== true) return;
    this.#sessions++;
    for (const track of [this.#video, this.#audio]) {
      if (track === undefined) continue;
      track.mapping = undefined;
      track.discontinuity = true;
    }
  }

  stats(): TimelineStats {
    return {
      driftMs: this.#audio?.clock.driftMs ?? 0,
      rebases: this.#rebases,
      audioResyncs: this.#audio?.clock.resyncs ?? 0,
      droppedFrames: this.#droppedFrames,
      backwardSteps: this.#video?.clock.backwardSteps ?? 0,
    };
  }

  /** The mapping under which a timestamp belongs to the timeline; `undefined` when the frame must be left out. */
  #map(track: Track, kind: TrackKind, sentMs: Ms): Mapping | undefined {
    const other = kind === 'video' ? this.#audio : this.#video;
    const headMs = Math.max(track.clock.endMs, other?.clock.endMs ?? 0);
    const own = track.mapping;
    const shared = other?.mapping;

    if (own === undefined) {
      if (shared !== undefined) return this.#join(track, shared, sentMs, headMs);
      const began = track.started || other?.started === true;
      return { shiftMs: (began ? headMs : TIMELINE_START_MS) - sentMs };
    }
    // When the tracks are on two mappings one clock has slipped, or the other is about to follow: go where this
    // timestamp lies nearer to what the track expects.
    const expectedMs = track.clock.endMs;
    const ownMs = sentMs + own.shiftMs;
    if (shared !== undefined && shared !== own) {
      const sharedMs = sentMs + shared.shiftMs;
      if (
        Math.abs(sharedMs - expectedMs) < Math.abs(ownMs - expectedMs) &&
        sharedMs <= headMs + FORWARD_JUMP_LIMIT_MS &&
        sharedMs >= expectedMs - OVERLAP_LIMIT_MS
      ) {
        return this.#join(track, shared, sentMs, headMs);
      }
    }
    if (ownMs >= track.clock.lastMs - BACKWARD_JUMP_LIMIT_MS && ownMs <= headMs + FORWARD_JUMP_LIMIT_MS)
      return own;
    this.#rebases++;
    return { shiftMs: expectedMs - sentMs };
  }

  /** Puts a track on the mapping of the other; on one of its own when its timestamps have nothing to do with it. */
  #join(track: Track, mapping: Mapping, sentMs: Ms, headMs: Ms): Mapping | undefined {
    const mediaMs = sentMs + mapping.shiftMs;
    const earliestMs = track.started ? track.clock.endMs : headMs;
    if (mediaMs > headMs + FORWARD_JUMP_LIMIT_MS || mediaMs < earliestMs - FORWARD_JUMP_LIMIT_MS) {
      this.#rebases++;
      return { shiftMs: headMs - sentMs };
    }
    const overlapMs = track.started ? track.clock.endMs - mediaMs : 0;
    if (overlapMs > OVERLAP_LIMIT_MS) return undefined;
    // The new session's frames of this track begin before the old one's ended. Both tracks move on together, so
    // that nothing is lost and they keep their distance.
    if (overlapMs > 0) mapping.shiftMs += overlapMs;
    return mapping;
  }
}
