/**
 * When the picture at a media time was captured.
 *
 * In: the start time and capture time of each chunk that arrived. Out: the capture time (Unix ms of the server)
 * of any media time still remembered. Within a chunk capture runs as fast as media does.
 */

/** Chunks remembered: about a minute of one track at 100 ms a chunk. */
const MAX_ENTRIES = 600;

export class CaptureMap {
  #startsS: number[] = [];
  #capturesMs: number[] = [];

  add(startS: number, captureMs: number): void {
    if (captureMs <= 0) return;
    // A replayed group of pictures, or another broadcast: what is remembered from there on is no longer true.
    while (this.#startsS.length > 0 && (this.#startsS.at(-1) ?? 0) >= startS) {
      this.#startsS.pop();
      this.#capturesMs.pop();
    }
    this.#startsS.push(startS);
    this.#capturesMs.push(captureMs);
    if (this.#startsS.length > MAX_ENTRIES) {
      this.#startsS.splice(0, MAX_ENTRIES / 2);
      this.#capturesMs.splice(0, MAX_ENTRIES / 2);
    }
  }

  clear(): void {
    this.#startsS = [];
    this.#capturesMs = [];
  }

  /** Unix ms; `undefined` for a time before everything remembered. */
  captureMsAt(mediaS: number): number | undefined {
    let low = 0;
    let high = this.#startsS.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#startsS[middle] ?? Infinity) <= mediaS) low = middle + 1;
      else high = middle;
    }
    const startS = this.#startsS[low - 1];
    const captureMs = this.#capturesMs[low - 1];
    if (startS === undefined || captureMs === undefined) return undefined;
    return captureMs + (mediaS - startS) * 1000;
  }
}
