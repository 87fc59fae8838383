/**
 * When to acknowledge, and what.
 *
 * Spec: Adobe RTMP 1.0 §5.4.3, §5.4.4. An acknowledgement goes out at half the peer's window, so that a peer that
 * does wait for one never stands still; it carries the number of bytes received since the beginning, mod 2^32.
 */
import { MAX_ACK_WINDOW_BYTES, MIN_ACK_WINDOW_BYTES, OUR_WINDOW_BYTES } from './limits.ts';

export class Acknowledger {
  #windowBytes = OUR_WINDOW_BYTES;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;

  set windowBytes(windowBytes: number) {
    this.#windowBytes = Math.min(MAX_ACK_WINDOW_BYTES, Math.max(MIN_ACK_WINDOW_BYTES, windowBytes));
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Counts received bytes. The sequence number to send when it is time, else `undefined`. */
  received(byteCount: number): number | undefined {
    this.#receivedBytes += byteCount;
    if (this.#receivedBytes - this.#acknowledgedBytes < this.#windowBytes / 2) return undefined;
    this.#acknowledgedBytes = this.#receivedBytes;
    return this.#receivedBytes >>> 0;
  }
}
