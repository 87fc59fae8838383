/**
 * Watches what really reaches the screen: which picture, how many a second, how many were dropped, when the
 * playhead stands. Uses requestVideoFrameCallback where there is one, the playhead elsewhere.
 */

const RATE_WINDOW_MS = 2000;
/** The playhead moves in steps; standing shorter than this is none. */
const STANDS_AFTER_MS = 200;

export class PictureWatch {
  readonly #video: HTMLVideoElement;
  #callbackId: number | undefined;
  #frameTimesMs: number[] = [];
  #lastFrameMediaS: number | undefined;
  #lastFrameAtMs = 0;
  #lastPlayheadS = -1;
  #movedAtMs = 0;
  #framesSeen = 0;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    this.#ask();
  }

  /** Pictures shown since the start. */
  get framesSeen(): number {
    return this.#framesSeen;
  }

  get framesPerSecond(): number | undefined {
    if (this.#callbackId === undefined) return undefined;
    const now = performance.now();
    const recent = this.#frameTimesMs.filter((time) => time > now - RATE_WINDOW_MS);
    return recent.length / (RATE_WINDOW_MS / 1000);
  }

  get droppedFrames(): number {
    return this.#video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0;
  }

  /** The media time of the picture on the screen and the moment (performance clock) it was shown. */
  shown(nowMs: number): { readonly mediaS: number; readonly atMs: number } {
    if (this.#lastFrameMediaS !== undefined && nowMs - this.#lastFrameAtMs < 500) {
      return { mediaS: this.#lastFrameMediaS, atMs: this.#lastFrameAtMs };
    }
    return { mediaS: this.#video.currentTime, atMs: nowMs };
  }

  /** Called once a tick; true when the playhead has not moved for a while. */
  stands(nowMs: number): boolean {
    const playheadS = this.#video.currentTime;
    if (playheadS !== this.#lastPlayheadS) {
      this.#lastPlayheadS = playheadS;
      this.#movedAtMs = nowMs;
    }
    return nowMs - this.#movedAtMs >= STANDS_AFTER_MS;
  }

  stoodForMs(nowMs: number): number {
    return nowMs - this.#movedAtMs;
  }

  stop(): void {
    if (this.#callbackId !== undefined) this.#video.cancelVideoFrameCallback(this.#callbackId);
    this.#callbackId = undefined;
  }

  #ask(): void {
    if (!('requestVideoFrameCallback' in this.#video)) return;
    this.#callbackId = this.#video.requestVideoFrameCallback((_now, metadata) => {
      this.#framesSeen += 1;
      this.#lastFrameMediaS = metadata.mediaTime;
      this.#lastFrameAtMs = metadata.expectedDisplayTime;
      this.#frameTimesMs.push(metadata.expectedDisplayTime);
      if (this.#frameTimesMs.length > 300) this.#frameTimesMs.splice(0, 150);
      this.#ask();
    });
  }
}
