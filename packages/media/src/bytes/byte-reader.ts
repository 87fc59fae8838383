/**
 * Reads big-endian fields from a byte array, one after the other, never past its end.
 *
 * In: a `Uint8Array`. Out: numbers, and views into the input (no copies).
 * Reading past the end throws a `FormatError` with the code given to the constructor, so that a parser names
 * its own format ("flv/tag-short") instead of "out of range".
 */
import { FormatError } from './format-error.ts';

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #shortCode: string;
  offset = 0;

  constructor(bytes: Uint8Array, shortCode = 'bytes/short') {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#shortCode = shortCode;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  #take(byteCount: number): number {
    const at = this.offset;
    if (byteCount < 0 || byteCount > this.remaining) {
      throw new FormatError(this.#shortCode, `needs ${byteCount} bytes, ${this.remaining} are left`, at);
    }
    this.offset = at + byteCount;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }
  u24(): number {
    const at = this.#take(3);
    return this.#view.getUint8(at) * 0x10000 + this.#view.getUint16(at + 1);
  }
  /** Signed 24-bit, e.g. FLV's composition time. */
  i24(): number {
    const value = this.u24();
    return value >= 0x800000 ? value - 0x1000000 : value;
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }
  /** Unsigned 64-bit as a number; above 2^53 it is refused, because it would silently lose its low bits. */
  u64(): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new FormatError('bytes/u64-too-large', 'a 64-bit field above 2^53 - 1', at);
    }
    return value;
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }
  /** A view of the next `byteCount` bytes; copy it to keep it longer than the input. */
  view(byteCount: number): Uint8Array {
    const at = this.#take(byteCount);
    return this.bytes.subarray(at, at + byteCount);
  }
  rest(): Uint8Array {
    return this.view(this.remaining);
  }
  skip(byteCount: number): void {
    this.#take(byteCount);
  }
}
