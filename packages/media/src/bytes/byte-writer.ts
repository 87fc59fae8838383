/**
 * Writes big-endian fields into one growing byte array.
 *
 * In: numbers and byte arrays. Out: `finish()` gives exactly the bytes written, in one array.
 * Sizes that are known only later (MP4 boxes, length prefixes) are patched back with `patchU32`.
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(byteCount: number): number {
    const at = this.#length;
    const needed = at + byteCount;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }
  u24(value: number): this {
    const at = this.#reserve(3);
    this.#view.setUint8(at, (value >> 16) & 0xff);
    this.#view.setUint16(at + 1, value & 0xffff);
    return this;
  }
  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }
  /** RTMP's message stream id is the one little-endian field of that protocol (§5.3.1.2.1). */
  u32le(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }
  i32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
    return this;
  }
  u64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setUint32(at, Math.floor(value / 0x1_0000_0000));
    this.#view.setUint32(at + 4, value >>> 0);
    return this;
  }
  f64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
    return this;
  }
  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return this;
  }
  zeros(byteCount: number): this {
    const at = this.#reserve(byteCount);
    this.#bytes.fill(0, at, at + byteCount);
    return this;
  }
  /** Latin characters only, e.g. a box type or a brand. */
  ascii(text: string): this {
    const at = this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#view.setUint8(at + i, text.charCodeAt(i) & 0x7f);
    return this;
  }
  patchU32(at: number, value: number): this {
    this.#view.setUint32(at, value);
    return this;
  }
  /** The bytes written so far. A view into the writer's own memory: do not write after calling it. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}
