/**
 * Where the playhead is put, and how fast it goes.
 *
 * In: the moment and capture time of each chunk, a tick, what is buffered. Out: `currentTime` and `playbackRate` of the
 * media element: near the live edge at the start and after a long pause, over a gap that nothing will fill, and in
 * between as the latency control decides.
 */
import { contiguousAheadS, planGapJump, type LatencyControl, type ServerClock } from '../core/index.ts';
import { rangesOf, type MediaSink } from '../mse/index.ts';
import { minStartS } from './browser.ts';
import type { EngineHost } from './engine.ts';
import type { PictureWatch } from './picture-watch.ts';

/** A fresh viewer gets the last group of pictures at once; it is over when what comes is this young. */
const BURST_OVER_BELOW_MS = 300;
const BURST_MAX_MS = 400;
/** Media is here but no picture: the browser's pipeline did not start. A fresh one mostly does. */
const START_WATCHDOG_MS = 1_500;
/** A smaller correction is not worth a seek. */
const SMALLEST_PLACING_S = 0.05;

export interface PlayheadParts {
  readonly host: Pick<EngineHost, 'video' | 'behindMs' | 'wantsPlay' | 'resume'>;
  readonly sink: Pick<MediaSink, 'firstS' | 'edgeS'>;
  readonly watch: Pick<PictureWatch, 'stoodForMs'>;
  readonly latency: LatencyControl;
  readonly clock: ServerClock;
}

export class Playhead {
  readonly #parts: PlayheadParts;
  readonly #minStartS = minStartS();
  #placing = false;
  #firstChunkAtMs: number | undefined;
  #newestCaptureMs = 0;

  constructor(parts: PlayheadParts) {
    this.#parts = parts;
  }

  /** True while it waits to be put near the live edge. */
  get placing(): boolean {
    return this.#placing;
  }

  /** Playable without a break from here on. */
  get aheadMs(): number {
    const { video } = this.#parts.host;
    return contiguousAheadS(rangesOf(video.buffered), video.currentTime) * 1000;
  }

  /** The next chunks are a burst that ends at the live edge: go there when it is over. */
  join(): void {
    this.#firstChunkAtMs = undefined;
    this.#placing = true;
  }

  /** A chunk arrived; it need not be in a buffer yet. */
  chunkCame(nowMs: number, captureMs: number): void {
    this.#firstChunkAtMs ??= nowMs;
    this.#newestCaptureMs = Math.max(this.#newestCaptureMs, captureMs);
  }

  /** The first chunks are the last group of pictures; once they are here, the playhead goes near their end. */
  placeWhenBurstIsOver(nowMs: number, shown: boolean): void {
    if (!this.#placing || this.#firstChunkAtMs === undefined) return;
    const { host, clock, latency } = this.#parts;
    // Before it knows its media, an element takes a position as a wish and may forget it.
    if (host.video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const ageMs = clock.offsetMs === undefined ? Infinity : nowMs + clock.offsetMs - this.#newestCaptureMs;
    if (ageMs > BURST_OVER_BELOW_MS && nowMs - this.#firstChunkAtMs < BURST_MAX_MS) return;
    if (!this.placeAtEdge(nowMs, shown)) return;
    this.#placing = false;
    if (host.behindMs > 0 && !shown) latency.follow(false);
    if (host.wantsPlay()) host.resume();
  }

  /**
   * `shown`: the viewer already sees this broadcast. A fresh one stays as far behind as with the protocol before.
   * False when too little is buffered to do it now.
   */
  placeAtEdge(nowMs: number, shown: boolean): boolean {
    const { host, sink, latency } = this.#parts;
    const { edgeS, firstS } = sink;
    if (edgeS === undefined || firstS === undefined) return false;
    if (!shown && edgeS - firstS < this.#minStartS) return false;
    const { video } = host;
    const backS = (latency.targetMs + (shown ? 0 : host.behindMs)) / 1000;
    const wantedS = Math.max(firstS, edgeS - backS);
    if (Math.abs(video.currentTime - wantedS) > SMALLEST_PLACING_S) {
      // Chromium may never finish a seek to data that is appended only afterwards.
      const ranges = rangesOf(video.buffered);
      if (!ranges.some((range) => range.start <= wantedS + 0.1 && range.end > wantedS)) return false;
      video.currentTime = Math.max(wantedS, ranges[0]?.start ?? 0);
    }
    latency.restarted(nowMs);
    return true;
  }

  /** True when the picture is long due: a fresh pipeline is needed, in which the playhead will be placed again. */
  startAnewWhenOverdue(nowMs: number): boolean {
    if (this.#firstChunkAtMs === undefined || nowMs - this.#firstChunkAtMs < START_WATCHDOG_MS) return false;
    if (document.hidden || this.#parts.sink.edgeS === undefined) return false;
    this.#firstChunkAtMs = nowMs;
    this.#placing = true;
    return true;
  }

  /** Once a tick while a picture is shown. `dry`: it stands for want of data; `live`: media is arriving. */
  steer(nowMs: number, dry: boolean, live: boolean): void {
    const { host, sink, watch, latency } = this.#parts;
    const { video } = host;
    if (dry) {
      const jumpToS = planGapJump(rangesOf(video.buffered), video.currentTime, watch.stoodForMs(nowMs));
      if (jumpToS !== undefined) {
        video.currentTime = jumpToS;
        latency.restarted(nowMs);
      }
    }
    if (video.paused && host.wantsPlay()) host.resume();
    const decision = latency.decide({
      nowMs,
      aheadMs: this.aheadMs,
      playing: host.wantsPlay() && !video.seeking,
      live,
    });
    if (video.playbackRate !== decision.rate) video.playbackRate = decision.rate;
    if (decision.seekToEdgeMinusMs !== undefined && sink.edgeS !== undefined) {
      video.currentTime = sink.edgeS - decision.seekToEdgeMinusMs / 1000;
    }
  }
}
