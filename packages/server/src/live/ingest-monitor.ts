/**
 * The health of what a publisher sends: rates, key frames, what was dropped, and what the streamer can do better.
 *
 * In: configurations and frames of a broadcast. Out: a snapshot in the words of contract `IngestHealth`.
 * It keeps counters in slots of two seconds, so that a second with a key frame and one without do not look unsteady.
 */
import type { IngestAdvice } from '@millrace/contract';
import { ticksToMs, type AudioConfig, type Frame, type Ms, type VideoConfig } from '@millrace/media';
import type { MonotonicMs } from './clock.ts';

const SLOT_MS = 2000;
/** The figures look back over so many whole slots: half a minute. */
const SLOTS = 15;
/** Advice waits until the encoder had time to settle. */
const SETTLE_MS = 8000;

/** From here on a viewer waits too long for his first picture, and segments get too long. */
const KEY_FRAME_INTERVAL_LIMIT_MS = 4500;
/** The leanest slot of the window against its mean. */
const STEADY_BITRATE_SHARE = 0.5;
const STEADY_FRAME_RATE_SHARE = 0.8;
/** Beyond it people see that lips and voice part. */
const DRIFT_LIMIT_MS = 80;

interface Slot {
  videoBytes: number;
  videoFrames: number;
  audioBytes: number;
  dropped: number;
}

export interface IngestSnapshot {
  readonly video:
    | {
        readonly codec: string;
        readonly width: number;
        readonly height: number;
        readonly framesPerSecond: number;
        readonly bitsPerSecond: number;
        readonly keyFrameIntervalMs: Ms;
      }
    | undefined;
  readonly audio:
    | {
        readonly codec: string;
        readonly sampleRate: number;
        readonly channels: number;
        readonly bitsPerSecond: number;
      }
    | undefined;
  readonly droppedFrames: number;
  readonly advice: readonly IngestAdvice[];
}

export class IngestMonitor {
  private video: VideoConfig | undefined;
  private audio: AudioConfig | undefined;
  private readonly slots: Slot[] = [];
  private current: Slot = emptySlot();
  private currentFromMs: MonotonicMs | undefined;
  private startedMs: MonotonicMs | undefined;
  private lastKeyMs: Ms | undefined;
  private keyFrameIntervalMs: Ms = 0;
  private totalDropped = 0;
  private offsetOfFirst: Ms | undefined;
  private reorders = false;

  config(config: VideoConfig | AudioConfig): void {
    if (config.kind === 'video') this.video = config;
    else this.audio = config;
  }

  frame(frame: Frame, nowMs: MonotonicMs): void {
    this.roll(nowMs);
    if (frame.kind === 'audio') {
      this.current.audioBytes += frame.payload.length;
      return;
    }
    this.current.videoBytes += frame.payload.length;
    this.current.videoFrames++;
    if (this.video === undefined) return;
    const { timescale } = this.video;
    const offsetMs = ticksToMs(frame.pts - frame.dts, timescale);
    this.offsetOfFirst ??= offsetMs;
    // Some encoders delay every picture by the same amount; only an offset that varies means reordered pictures.
    if (Math.abs(offsetMs - this.offsetOfFirst) > 2) this.reorders = true;
    if (!frame.key) return;
    const dtsMs = ticksToMs(frame.dts, timescale);
    if (this.lastKeyMs !== undefined && !frame.discontinuity)
      this.keyFrameIntervalMs = dtsMs - this.lastKeyMs;
    this.lastKeyMs = dtsMs;
  }

  dropped(nowMs: MonotonicMs): void {
    this.roll(nowMs);
    this.current.dropped++;
    this.totalDropped++;
  }

  /** Another connection feeds the broadcast: its figures start anew, the count of losses stays. */
  restart(): void {
    this.slots.length = 0;
    this.current = emptySlot();
    this.currentFromMs = undefined;
    this.startedMs = undefined;
    this.lastKeyMs = undefined;
    this.offsetOfFirst = undefined;
    this.reorders = false;
  }

  snapshot(nowMs: MonotonicMs, driftMs: Ms): IngestSnapshot {
    this.roll(nowMs);
    const rates = this.rates(nowMs);
    const { video, audio } = this;
    return {
      video:
        video === undefined
          ? undefined
          : {
              codec: video.codecString,
              width: video.width,
              height: video.height,
              framesPerSecond: Math.round(rates.framesPerSecond * 10) / 10,
              bitsPerSecond: Math.round(rates.videoBits),
              keyFrameIntervalMs: Math.round(this.keyFrameIntervalMs),
            },
      audio:
        audio === undefined
          ? undefined
          : {
              codec: audio.codecString,
              sampleRate: audio.sampleRate,
              channels: audio.channels,
              bitsPerSecond: Math.round(rates.audioBits),
            },
      droppedFrames: this.totalDropped,
      advice: this.advice(nowMs, driftMs),
    };
  }

  private advice(nowMs: MonotonicMs, driftMs: Ms): IngestAdvice[] {
    if (this.startedMs === undefined || nowMs - this.startedMs < SETTLE_MS) return [];
    const sinceKeyMs = this.video === undefined || this.lastKeyMs !== undefined ? 0 : nowMs - this.startedMs;
    const findings: readonly (readonly [IngestAdvice, boolean])[] = [
      ['video-missing', this.video === undefined],
      ['audio-missing', this.audio === undefined],
      [
        'key-frames-too-far-apart',
        Math.max(this.keyFrameIntervalMs, sinceKeyMs) > KEY_FRAME_INTERVAL_LIMIT_MS,
      ],
      [
        'bitrate-unstable',
        leanest(this.slots, (slot) => slot.videoBytes + slot.audioBytes) < STEADY_BITRATE_SHARE,
      ],
      [
        'frame-rate-unstable',
        this.video !== undefined && leanest(this.slots, (slot) => slot.videoFrames) < STEADY_FRAME_RATE_SHARE,
      ],
      ['clock-drift', Math.abs(driftMs) > DRIFT_LIMIT_MS],
      ['frames-dropped', this.current.dropped > 0 || this.slots.some((slot) => slot.dropped > 0)],
      ['b-frames', this.reorders],
    ];
    return findings.filter(([, found]) => found).map(([code]) => code);
  }

  private rates(nowMs: MonotonicMs): { videoBits: number; audioBits: number; framesPerSecond: number } {
    const whole = this.slots.slice(-5);
    const fresh = whole.length === 0;
    const slots = fresh ? [this.current] : whole;
    const spanMs = fresh ? Math.max(1, nowMs - (this.currentFromMs ?? nowMs)) : whole.length * SLOT_MS;
    const sum = { videoBytes: 0, audioBytes: 0, videoFrames: 0 };
    for (const slot of slots) {
      sum.videoBytes += slot.videoBytes;
      sum.audioBytes += slot.audioBytes;
      sum.videoFrames += slot.videoFrames;
    }
    return {
      videoBits: (sum.videoBytes * 8000) / spanMs,
      audioBits: (sum.audioBytes * 8000) / spanMs,
      framesPerSecond: (sum.videoFrames * 1000) / spanMs,
    };
  }

  private roll(nowMs: MonotonicMs): void {
    this.startedMs ??= nowMs;
    this.currentFromMs ??= nowMs;
    // After a pause longer than the window the old slots say nothing any more.
    if (nowMs - this.currentFromMs > SLOT_MS * SLOTS) this.currentFromMs = nowMs - SLOT_MS * SLOTS;
    while (nowMs - this.currentFromMs >= SLOT_MS) {
      this.slots.push(this.current);
      if (this.slots.length > SLOTS) this.slots.shift();
      this.current = emptySlot();
      this.currentFromMs += SLOT_MS;
    }
  }
}

function emptySlot(): Slot {
  return { videoBytes: 0, videoFrames: 0, audioBytes: 0, dropped: 0 };
}

/** The smallest slot as a share of the mean; 1 when there is too little to compare. */
function leanest(slots: readonly Slot[], figure: (slot: Slot) => number): number {
  // The first slot holds the burst with which encoders begin.
  const values = slots.slice(1).map(figure);
  if (values.length < 3) return 1;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean === 0 ? 1 : Math.min(...values) / mean;
}
