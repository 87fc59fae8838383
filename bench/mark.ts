/**
 * A mark in each picture that says when it was sent, found again in whatever a server makes of the stream.
 *
 * The mark is an SEI message (user_data_unregistered) at the very start of the picture: it survives FLV, RTMP chunks of
 * 4,096 bytes, fMP4 and WebSocket framing in one piece. Sender and receiver read the machine's monotonic clock, which all
 * processes share. The time is 16 decimal digits, so that no start-code emulation can occur.
 * Spec: ITU-T H.264 annex D.1.6 (user_data_unregistered), §7.3.2.3.1 (sei_message).
 */

/** uuid_iso_iec_11578: any 16 bytes of our own. */
const MAGIC = Buffer.from('millrace-bench-1', 'latin1');
const DIGITS = 16;
const PAYLOAD_BYTES = MAGIC.length + DIGITS;
const NAL_BYTES = 3 + PAYLOAD_BYTES + 1;
/** With its four-byte length, as AVC goes into FLV and MP4. */
export const MARK_NAL_BYTES = 4 + NAL_BYTES;
/** Where the digits start within the NAL unit with its length. */
const DIGITS_AT = 4 + 3 + MAGIC.length;

/** Microseconds of the machine's monotonic clock: the same in every process. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export function writeMarkNal(into: Buffer, at: number): void {
  into.writeUInt32BE(NAL_BYTES, at);
  into.writeUInt8(6, at + 4); // nal_unit_type: SEI
  into.writeUInt8(5, at + 5); // payloadType: user_data_unregistered
  into.writeUInt8(PAYLOAD_BYTES, at + 6); // payloadSize
  MAGIC.copy(into, at + 7);
  into.fill('0', at + DIGITS_AT, at + DIGITS_AT + DIGITS);
  into.writeUInt8(0x80, at + MARK_NAL_BYTES - 1); // rbsp_trailing_bits
}

/** Writes the time into a mark; `at` is where its NAL unit starts. */
export function stampMark(bytes: Buffer, at: number, timeUs: number): void {
  bytes.write(String(timeUs).padStart(DIGITS, '0'), at + DIGITS_AT, DIGITS, 'latin1');
}

/**
 * Finds the marks in a byte stream that arrives in pieces of any size.
 * `push` calls `found` with the time each mark carries; it keeps at most one mark's length between calls.
 */
export class MarkFinder {
  readonly #found: (timeUs: number) => void;
  #tail: Buffer = Buffer.alloc(0);

  constructor(found: (timeUs: number) => void) {
    this.#found = found;
  }

  push(piece: Buffer): void {
    const bytes = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece]);
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(MAGIC, from);
      if (at < 0 || at + PAYLOAD_BYTES > bytes.length) {
        // Either a whole magic whose digits are still to come, or the first bytes of one.
        const keepFrom = at < 0 ? Math.max(from, bytes.length - MAGIC.length + 1) : at;
        this.#tail = Buffer.from(bytes.subarray(keepFrom));
        return;
      }
      from = at + PAYLOAD_BYTES;
      const timeUs = Number(bytes.toString('latin1', at + MAGIC.length, from));
      if (timeUs > 0) this.#found(timeUs);
    }
  }
}
