/**
 * How many people watch by HLS. In: who asked for a media playlist, and when. Out: a count.
 *
 * HLS has no connection to count, so a viewer is an address with a user agent that asked within the last while:
 * a player reloads its playlist at least once a target duration, ten seconds at most.
 */
import type { Ms, UnixMs } from '@millrace/media';

/** Two missed reloads of the slowest player. */
const SESSION_MS: Ms = 25_000;
/** 100,000 entries are about 20 MB; beyond that the count stands still, the viewers do not. */
const MAX_SESSIONS = 100_000;
/** User agents are told apart well before this; a longer one is not kept. */
const MAX_AGENT_CHARACTERS = 160;

export class HlsSessions {
  /** Last seen, oldest first: an entry that is seen again moves to the end. */
  readonly #lastSeen = new Map<string, UnixMs>();

  seen(address: string, userAgent: string, nowMs: UnixMs): void {
    const viewer = `${address} ${userAgent.slice(0, MAX_AGENT_CHARACTERS)}`;
    if (!this.#lastSeen.delete(viewer) && this.#lastSeen.size >= MAX_SESSIONS) return;
    this.#lastSeen.set(viewer, nowMs);
  }

  count(nowMs: UnixMs): number {
    for (const [viewer, atMs] of this.#lastSeen) {
      if (nowMs - atMs < SESSION_MS) break;
      this.#lastSeen.delete(viewer);
    }
    return this.#lastSeen.size;
  }
}
