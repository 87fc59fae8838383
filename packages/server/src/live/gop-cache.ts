/**
 * The frames since the last key frame, for outputs that send frames (FLV, RTMP play): a viewer who joins decodes at
 * once. In: frames of a broadcast. Out: the group of pictures so far, audio included, in order.
 *
 * It holds references to the payloads, no copies. Bounded in ms and bytes: a group that outgrows a limit is given
 * up, and viewers wait for the next key frame. Without video it keeps a short run of audio.
 */
import { ticksToMs, type Frame, type Ms, type TrackConfig, type TrackKind } from '@millrace/media';

export interface GopLimits {
  readonly maxMs: Ms;
  readonly maxBytes: number;
  /** Of a broadcast without video. */
  readonly audioOnlyMs: Ms;
}

export const GOP_LIMITS: GopLimits = {
  maxMs: 12_000, // OBS's longest usual key frame interval is 10 s.
  maxBytes: 16 * 1024 * 1024, // 12 s at 11 Mbps.
  audioOnlyMs: 1_000, // Enough to start an audio device.
};

export class GopCache {
  private readonly limits: GopLimits;
  private readonly configs = new Map<TrackKind, TrackConfig>();
  private held: Frame[] = [];
  private bytes = 0;
  /** The group outgrew a limit: nothing is kept until the next key frame. */
  private gaveUp = false;

  constructor(limits: GopLimits = GOP_LIMITS) {
    this.limits = limits;
  }

  config(config: TrackConfig): void {
    this.configs.set(config.kind, config);
    // Frames of the old configuration cannot be decoded with the new one.
    if (config.kind === 'video') this.clear();
  }

  push(frame: Frame): void {
    const hasVideo = this.configs.has('video');
    if (frame.kind === 'video' && frame.key) {
      this.clear();
      this.gaveUp = false;
    } else if (hasVideo && (this.gaveUp || this.held[0]?.kind !== 'video')) {
      return;
    }
    this.held.push(frame);
    this.bytes += frame.payload.length;
    if (hasVideo) this.boundVideo(frame);
    else this.boundAudio(frame);
  }

  /** What a joining viewer gets before the live frames; empty when decoding cannot start yet. */
  frames(): readonly Frame[] {
    return this.held;
  }

  get heldBytes(): number {
    return this.bytes;
  }

  private boundVideo(newest: Frame): void {
    const first = this.held[0];
    if (first === undefined) return;
    const tooLong = this.timeMs(newest) - this.timeMs(first) > this.limits.maxMs;
    if (!tooLong && this.bytes <= this.limits.maxBytes) return;
    this.clear();
    this.gaveUp = true;
  }

  private boundAudio(newest: Frame): void {
    for (;;) {
      const first = this.held[0];
      if (first === undefined || this.timeMs(newest) - this.timeMs(first) <= this.limits.audioOnlyMs) return;
      this.held.shift();
      this.bytes -= first.payload.length;
    }
  }

  private timeMs(frame: Frame): Ms {
    return ticksToMs(frame.dts, this.configs.get(frame.kind)?.timescale ?? 1000);
  }

  private clear(): void {
    this.held = [];
    this.bytes = 0;
  }
}
