/**
 * The server's clock as the player can know it.
 *
 * In: samples of (sent, received, the server's time), on a clock of the player that never jumps
 * (`performance.now()`). Out: the server's Unix time for a moment of that clock.
 * The sample with the shortest round trip among the last few wins, as in NTP (RFC 5905 §10): its error is at
 * most half its round trip.
 */

/** More samples smooth nothing, they only make a changed path be believed later. */
const MAX_SAMPLES = 8;

interface ClockSample {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

export class ServerClock {
  #samples: ClockSample[] = [];
  #best: ClockSample | undefined;

  /** A request went out at `sentMs` and came back at `receivedMs`; between them the server's clock said `serverMs`. */
  sample(sentMs: number, receivedMs: number, serverMs: number): void {
    const roundTripMs = receivedMs - sentMs;
    if (!(roundTripMs >= 0) || !Number.isFinite(serverMs)) return;
    this.#samples.push({ offsetMs: serverMs - (sentMs + receivedMs) / 2, roundTripMs });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
    let best = this.#samples[0];
    for (const sample of this.#samples) if (best && sample.roundTripMs <= best.roundTripMs) best = sample;
    this.#best = best;
  }

  /** Add it to the player's clock to get Unix ms of the server; `undefined` before the first sample. */
  get offsetMs(): number | undefined {
    return this.#best?.offsetMs;
  }

  get roundTripMs(): number | undefined {
    return this.#best?.roundTripMs;
  }
}

/**
 * The same from HTTP `Date` headers, which only count whole seconds: each answer says that the server's clock was
 * within one second at some moment between request and answer. The intervals of many answers intersect to about
 * one round trip. Used where there is no socket (HLS).
 */
export class DateHeaderClock {
  #lowMs = -Infinity;
  #highMs = Infinity;

  sample(sentMs: number, receivedMs: number, dateHeaderMs: number): void {
    if (!Number.isFinite(dateHeaderMs) || receivedMs < sentMs) return;
    const low = dateHeaderMs - receivedMs;
    const high = dateHeaderMs + 1000 - sentMs;
    if (low > this.#highMs || high < this.#lowMs) {
      // They cannot both be true: a clock was set. Believe the newer one.
      this.#lowMs = low;
      this.#highMs = high;
      return;
    }
    this.#lowMs = Math.max(this.#lowMs, low);
    this.#highMs = Math.min(this.#highMs, high);
  }

  /** How far off `offsetMs` may be. */
  get uncertaintyMs(): number {
    return (this.#highMs - this.#lowMs) / 2;
  }

  /**
   * How long to wait so that the next answer leaves in the middle of what is uncertain, at a change of the second:
   * whichever second it says, it halves the uncertainty.
   */
  nextProbeDelayMs(nowMs: number): number {
    const offsetMs = this.offsetMs;
    return offsetMs === undefined ? 0 : 1000 - ((((nowMs + offsetMs) % 1000) + 1000) % 1000);
  }

  get offsetMs(): number | undefined {
    return Number.isFinite(this.#lowMs) ? (this.#lowMs + this.#highMs) / 2 : undefined;
  }
}
