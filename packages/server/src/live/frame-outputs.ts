/**
 * Frames for outputs that need frames (FLV, RTMP play, MPEG-TS, relay), only while someone asks for them.
 *
 * The group of pictures is kept from the first subscriber on, so that a broadcast nobody watches that way holds no
 * frame twice. Once warm it stays warm: the second viewer starts at once.
 */
import type { Frame, TrackConfig, TrackKind } from '@millrace/media';
import { GopCache } from './gop-cache.ts';

export interface FrameReceiver {
  onConfig(config: TrackConfig): void;
  onFrame(frame: Frame): void;
}

export class FrameOutputs {
  private readonly receivers = new Set<FrameReceiver>();
  private readonly configs = new Map<TrackKind, TrackConfig>();
  private gop: GopCache | undefined;

  /** First the configurations and the group of pictures so far, then what comes. The answer ends it. */
  subscribe(receiver: FrameReceiver): () => void {
    if (this.gop === undefined) {
      this.gop = new GopCache();
      for (const config of this.configs.values()) this.gop.config(config);
    }
    for (const config of this.configs.values()) receiver.onConfig(config);
    for (const frame of this.gop.frames()) receiver.onFrame(frame);
    this.receivers.add(receiver);
    return () => this.receivers.delete(receiver);
  }

  config(config: TrackConfig): void {
    this.configs.set(config.kind, config);
    this.gop?.config(config);
    for (const receiver of this.receivers) receiver.onConfig(config);
  }

  push(frame: Frame): void {
    this.gop?.push(frame);
    for (const receiver of this.receivers) receiver.onFrame(frame);
  }
}
