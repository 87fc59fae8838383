/**
 * Frames as encoders send them, for tests: in, a description of two tracks; out, the frames in the order in which
 * they would arrive. Seeded: the same description gives the same frames.
 */
import type { AudioConfig, Frame, VideoConfig } from '../../frame.ts';
import { VIDEO_TIMESCALE } from '../../time/units.ts';

/** SPS and PPS of a 1280 × 720 High profile stream, as x264 writes them. */
const AVCC =
  '0164001fffe1001967640 01facd9405005bb011000000300100000030 3c0f1831960010006 68ebe3cb22c0fdf8f800'.replaceAll(
    ' ',
    '',
  );

export const VIDEO_CONFIG: VideoConfig = {
  kind: 'video',
  codec: 'avc',
  codecString: 'avc1.64001F',
  record: Uint8Array.from(AVCC.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16)),
  width: 1280,
  height: 720,
  sampleAspectRatio: [1, 1],
  frameRate: undefined,
  timescale: VIDEO_TIMESCALE,
};

/** Another picture size: a changed configuration. */
export const SMALLER_VIDEO_CONFIG: VideoConfig = {
  ...VIDEO_CONFIG,
  codecString: 'avc1.64001E',
  width: 640,
  height: 360,
};

export const AAC_CONFIG: AudioConfig = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  record: Uint8Array.of(0x12, 0x10),
  sampleRate: 44_100,
  channels: 2,
  frameTicks: 1024,
  timescale: 44_100,
};

export const MP3_CONFIG: AudioConfig = {
  ...AAC_CONFIG,
  codec: 'mp3',
  codecString: 'mp4a.6B',
  record: new Uint8Array(0),
  channels: 1,
  frameTicks: 1152,
};

/** HE-AAC: frames of 2,048 samples, the longest in common use. */
export const HE_AAC_CONFIG: AudioConfig = {
  ...AAC_CONFIG,
  codecString: 'mp4a.40.5',
  record: Uint8Array.of(0x2b, 0x92, 0x08, 0x00),
  frameTicks: 2048,
};

/** A linear congruential generator (Numerical Recipes): numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface VideoPattern {
  readonly framesPerSecond: number;
  readonly fromMs?: number;
  readonly toMs: number;
  /** Is frame `index` a key frame? */
  readonly key: (index: number, timeMs: number) => boolean;
  /** pts - dts of frame `index`, in frames: B-frames. */
  readonly reorder?: (index: number) => number;
  /** Times rounded to ms, as in FLV. */
  readonly rounded?: boolean;
  readonly leaveOut?: (timeMs: number) => boolean;
  readonly payloadBytes?: (key: boolean) => number;
  readonly discontinuityAt?: number;
}

export const ARRIVAL_START_MS = 1_750_000_000_000;

export function videoFrames(pattern: VideoPattern): Frame[] {
  const frameMs = 1000 / pattern.framesPerSecond;
  const rounded = pattern.rounded ?? true;
  const place = (ms: number): number => (rounded ? Math.round(ms) * 90 : Math.round(ms * 90));
  const frames: Frame[] = [];
  let discontinuity = pattern.discontinuityAt;
  for (let index = 0; (pattern.fromMs ?? 0) + index * frameMs < pattern.toMs; index++) {
    const timeMs = (pattern.fromMs ?? 0) + index * frameMs;
    if (pattern.leaveOut?.(timeMs) === true) continue;
    const key = pattern.key(index, timeMs);
    const dts = place(timeMs);
    const breaks = discontinuity !== undefined && timeMs >= discontinuity;
    if (breaks) discontinuity = undefined;
    frames.push({
      kind: 'video',
      dts,
      pts: dts + Math.round((pattern.reorder?.(index) ?? 0) * frameMs * 90),
      duration: place(timeMs + frameMs) - dts + ((index * 7) % 3) * (rounded ? 45 : 0),
      key,
      discontinuity: breaks,
      payload: new Uint8Array(pattern.payloadBytes?.(key) ?? 16).fill(index & 0xff),
      arrivalMs: ARRIVAL_START_MS + timeMs,
    });
  }
  return frames;
}

export function audioFrames(
  config: AudioConfig,
  fromMs: number,
  toMs: number,
  discontinuityAt?: number,
): Frame[] {
  const frames: Frame[] = [];
  let discontinuity = discontinuityAt;
  const first = Math.round((fromMs * config.timescale) / 1000);
  for (let index = 0; ; index++) {
    const dts = first + index * config.frameTicks;
    const timeMs = (dts / config.timescale) * 1000;
    if (timeMs >= toMs) return frames;
    const breaks = discontinuity !== undefined && timeMs >= discontinuity;
    if (breaks) discontinuity = undefined;
    frames.push({
      kind: 'audio',
      dts,
      pts: dts,
      duration: config.frameTicks,
      key: true,
      discontinuity: breaks,
      payload: new Uint8Array(8).fill(index & 0xff),
      arrivalMs: ARRIVAL_START_MS + timeMs,
    });
  }
}

/** Both tracks in the order of their arrival. */
export function interleave(...tracks: readonly Frame[][]): Frame[] {
  return tracks.flat().sort((a, b) => a.arrivalMs - b.arrivalMs);
}
