/** Collects a block of known size out of pieces of any size. */
export class Collector {
  readonly #block: Uint8Array;
  #length = 0;

  constructor(byteCount: number) {
    this.#block = new Uint8Array(byteCount);
  }

  get length(): number {
    return this.#length;
  }

  /** Takes what is missing from `bytes[at…]`; returns how many bytes it took. */
  take(bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#block.length - this.#length, bytes.length - at);
    this.#block.set(bytes.subarray(at, at + taken), this.#length);
    this.#length += taken;
    return taken;
  }

  /** The whole block, or `undefined` while some of it is missing. */
  get whole(): Uint8Array | undefined {
    return this.#length === this.#block.length ? this.#block : undefined;
  }
}
