/**
 * Reads bit fields, most significant bit first, and Exp-Golomb codes.
 *
 * In: bytes (for AVC: an RBSP, without emulation prevention). Out: numbers.
 * Spec: ISO/IEC 14496-10 §7.2 (u(n)), §9.1 (ue(v), se(v)); ISO/IEC 14496-3 uses u(n) only.
 * @throws {FormatError} with the code given to the constructor when the bits run out.
 */
import { FormatError } from '../bytes/index.ts';

/** ue(v) of 32 bits is the longest the specification allows; more leading zeros are no code. */
const MAX_GOLOMB_ZEROS = 31;

export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #shortCode: string;
  /** Position in bits from the start. */
  position = 0;

  constructor(bytes: Uint8Array, shortCode: string) {
    this.#bytes = bytes;
    this.#shortCode = shortCode;
  }

  get remaining(): number {
    return this.#bytes.length * 8 - this.position;
  }

  /** An unsigned field of 0 to 32 bits. */
  bits(count: number): number {
    if (count > this.remaining) {
      throw new FormatError(
        this.#shortCode,
        `needs ${count} bits, ${this.remaining} are left`,
        this.position >> 3,
      );
    }
    let value = 0;
    for (let left = count; left > 0;) {
      const byte = this.#bytes[this.position >> 3] ?? 0;
      const available = 8 - (this.position & 7);
      const take = Math.min(available, left);
      const part = (byte >> (available - take)) & ((1 << take) - 1);
      value = value * 2 ** take + part;
      this.position += take;
      left -= take;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    if (count > this.remaining) {
      throw new FormatError(
        this.#shortCode,
        `skips ${count} bits, ${this.remaining} are left`,
        this.position >> 3,
      );
    }
    this.position += count;
  }

  /** Moves on to the next byte boundary, counted from the start of the input. */
  align(): void {
    this.position = Math.min((this.position + 7) & ~7, this.#bytes.length * 8);
  }

  /** ue(v): unsigned Exp-Golomb. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros++;
      if (zeros > MAX_GOLOMB_ZEROS) {
        throw new FormatError(
          'codec/exp-golomb',
          'an Exp-Golomb code of more than 32 bits',
          this.position >> 3,
        );
      }
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v): signed Exp-Golomb, in the order 0, 1, -1, 2, -2. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
