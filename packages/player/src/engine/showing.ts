/**
 * Whether the viewer sees the broadcast: the first picture, and each time it stood for want of data.
 *
 * In: a tick with what the connection says. Out: `shown`, `dry`, the number of stalls; a stall that was the connection's
 * fault raises the target of the latency control.
 */
import type { LatencyControl } from '../core/index.ts';
import type { EngineHost } from './engine.ts';
import type { PictureWatch } from './picture-watch.ts';

export interface ShowingParts {
  readonly host: Pick<EngineHost, 'video' | 'wantsPlay' | 'onChange'>;
  readonly watch: PictureWatch;
  readonly latency: LatencyControl;
}

export interface ShowingInput {
  readonly nowMs: number;
  /** The playhead is where it belongs: what is in the element now is what the viewer is to see. */
  readonly placed: boolean;
  /** The broadcast is on the air. */
  readonly live: boolean;
  /** Of the newest chunk; another one after a stall means that the encoder restarted. */
  readonly epoch: number;
}

export class Showing {
  readonly #parts: ShowingParts;
  readonly #startedAtMs = performance.now();
  #shown = false;
  #dry = false;
  #stalls = 0;
  /** Set during a stall whose fault is not known yet. */
  #stallEpoch: number | undefined;
  #joinMs: number | undefined;

  constructor(parts: ShowingParts) {
    this.#parts = parts;
  }

  /** A picture of this broadcast is, or was, on the screen. */
  get shown(): boolean {
    return this.#shown;
  }
  /** It should move and does not. */
  get dry(): boolean {
    return this.#dry;
  }
  get stalls(): number {
    return this.#stalls;
  }
  /** From the start to the first picture. */
  get joinMs(): number | undefined {
    return this.#joinMs;
  }

  /** Another broadcast begins: nothing of it has been seen. */
  begin(): void {
    this.#shown = false;
  }

  /** The stall under way is explained: it says nothing about the connection. */
  excuseStall(): void {
    this.#stallEpoch = undefined;
  }

  tick(input: ShowingInput): void {
    const { host, watch } = this.#parts;
    const { video } = host;
    const standing = watch.stands(input.nowMs);
    if (!this.#shown && input.placed && video.readyState >= 2 && !video.seeking) {
      this.#shown = true;
      this.#joinMs ??= input.nowMs - this.#startedAtMs;
      host.onChange();
    }
    if (!this.#shown) return;
    const dry = standing && host.wantsPlay() && !video.seeking;
    if (dry === this.#dry) return;
    this.#dry = dry;
    if (dry) this.#stallBegan(input);
    else this.#stallEnded(input);
    host.onChange();
  }

  #stallBegan({ nowMs, live, epoch }: ShowingInput): void {
    const { host, latency } = this.#parts;
    if (!live || host.video.playbackRate === 0) return;
    this.#stalls += 1;
    this.#stallEpoch = epoch;
    latency.restarted(nowMs);
  }

  #stallEnded({ nowMs, live, epoch }: ShowingInput): void {
    if (this.#stallEpoch === undefined) return;
    // The encoder restarted: its absence says nothing about this viewer's connection.
    if (this.#stallEpoch === epoch && live) this.#parts.latency.raise(nowMs);
    this.#stallEpoch = undefined;
  }
}
