/**
 * Reads the frames of a WebSocket server without copying payloads: counts them, answers pings, keeps the first bytes.
 *
 * In: pieces of the byte stream after the upgrade. Out: calls for each frame's head (opcode and the first few bytes of
 * its payload) as soon as those are there.
 * Spec: RFC 6455 §5.2; a server's frames are never masked.
 */

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Enough for a control message in full and for the head of a media frame. */
const MAX_HEAD_BYTES = 256;
/** Longest header of an unmasked frame: two bytes and a 64-bit length. */
const MAX_HEADER_BYTES = 10;

export class WsReader {
  /** `head` is valid only during the call; it holds at most `MAX_HEAD_BYTES` of the payload. */
  readonly #onFrame: (opcode: number, head: Buffer, payloadBytes: number) => void;
  readonly #head = Buffer.alloc(MAX_HEADER_BYTES + MAX_HEAD_BYTES);
  #headBytes = 0;
  /** Bytes of header and head that this frame still needs before it is reported; grows when the length is known. */
  #wanted = 2;
  #headerBytes = 0;
  #payloadBytes = 0;
  #toSkip = 0;

  constructor(onFrame: (opcode: number, head: Buffer, payloadBytes: number) => void) {
    this.#onFrame = onFrame;
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, bytes.length - at);
        this.#toSkip -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(this.#wanted - this.#headBytes, bytes.length - at);
      bytes.copy(this.#head, this.#headBytes, at, at + taken);
      this.#headBytes += taken;
      at += taken;
      if (this.#headBytes === this.#wanted) this.#step();
    }
  }

  #step(): void {
    const lengthCode = this.#head.readUInt8(1) & 0x7f;
    if (this.#headerBytes === 0) {
      this.#headerBytes = lengthCode === 127 ? 10 : lengthCode === 126 ? 4 : 2;
      if (this.#headerBytes > 2) {
        this.#wanted = this.#headerBytes;
        return;
      }
    }
    if (this.#headBytes === this.#headerBytes) {
      this.#payloadBytes =
        lengthCode === 127
          ? Number(this.#head.readBigUInt64BE(2))
          : lengthCode === 126
            ? this.#head.readUInt16BE(2)
            : lengthCode;
      this.#wanted = this.#headerBytes + Math.min(this.#payloadBytes, MAX_HEAD_BYTES);
      if (this.#wanted > this.#headBytes) return;
    }
    const headBytes = this.#headBytes - this.#headerBytes;
    this.#onFrame(
      this.#head.readUInt8(0) & 0x0f,
      this.#head.subarray(this.#headerBytes, this.#headBytes),
      this.#payloadBytes,
    );
    this.#toSkip = this.#payloadBytes - headBytes;
    this.#headBytes = 0;
    this.#headerBytes = 0;
    this.#wanted = 2;
  }
}

/** A client's frame: masked, as §5.3 demands; the mask is zero, which leaves the payload readable. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  if (payload.length > 125) throw new RangeError('a long client frame is not needed here');
  return Buffer.concat([Buffer.of(0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0), payload]);
}
