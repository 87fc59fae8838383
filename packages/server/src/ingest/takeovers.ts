/**
 * Two encoders with one key must not kick each other in a loop.
 *
 * A newcomer replaces the publisher of its channel (a stale connection loses to the encoder's next one). But an
 * encoder that was alive when it was replaced comes back by itself after some seconds, and would now replace the
 * newcomer. So the loser of such a takeover is remembered, and refused for as long as the winner is alive.
 */
export interface PublisherIdentity {
  readonly remoteAddress: string;
  readonly encoder: string;
}

/** Encoders retry after 2 to 30 s; each refused try starts the time anew. */
const REMEMBER_MS = 60_000;
/** Somebody who kicks others in circles is remembered once a channel; this bounds the number of channels. */
const MAX_REMEMBERED = 1_000;

interface Loser extends PublisherIdentity {
  readonly untilMs: number;
}

export class Takeovers {
  readonly #losers = new Map<string, Loser>();

  /** This publisher was alive when another took its channel over. */
  lost(channelId: string, identity: PublisherIdentity, nowMs: number): void {
    this.#losers.delete(channelId);
    this.#losers.set(channelId, { ...identity, untilMs: nowMs + REMEMBER_MS });
    const [oldest] = this.#losers.keys();
    if (this.#losers.size > MAX_REMEMBERED && oldest !== undefined) this.#losers.delete(oldest);
  }

  /** Is this the loser, coming back while the winner is alive? */
  refuses(channelId: string, identity: PublisherIdentity, winnerIsAlive: boolean, nowMs: number): boolean {
    const loser = this.#losers.get(channelId);
    if (loser === undefined || !winnerIsAlive || nowMs > loser.untilMs) {
      this.#losers.delete(channelId);
      return false;
    }
    if (loser.remoteAddress !== identity.remoteAddress || loser.encoder !== identity.encoder) return false;
    this.lost(channelId, identity, nowMs);
    return true;
  }
}
