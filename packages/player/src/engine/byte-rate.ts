/** Bits a second over the last seconds, from arrivals. */
const WINDOW_MS = 4000;

export class ByteRate {
  #arrivals: { readonly atMs: number; readonly bytes: number }[] = [];

  add(atMs: number, bytes: number): void {
    this.#arrivals.push({ atMs, bytes });
    while ((this.#arrivals[0]?.atMs ?? atMs) < atMs - WINDOW_MS) this.#arrivals.shift();
  }

  bitsPerSecond(nowMs: number): number | undefined {
    const first = this.#arrivals[0];
    if (first === undefined || nowMs - first.atMs < 500) return undefined;
    let bytes = 0;
    for (const arrival of this.#arrivals) if (arrival.atMs >= nowMs - WINDOW_MS) bytes += arrival.bytes;
    return (bytes * 8000) / Math.min(WINDOW_MS, nowMs - first.atMs);
  }
}
