/**
 * Writes down when each broadcast began and ended. A running one is marked every few seconds, so that one cut off
 * by a crash is later known to have ended then, not when the server came back.
 */
import type { Logger } from 'pino';
import type { Database } from '../../db/index.ts';
import type { BroadcastObserver } from '../../live/ports.ts';
import { ChannelStore } from './store.ts';

/** How exact the end of a broadcast is after a crash; one small write for all broadcasts together. */
const MARK_EVERY_MS = 10_000;

type BroadcastEvent = Parameters<BroadcastObserver['began']>[0];

export class BroadcastLog implements BroadcastObserver {
  readonly #store: ChannelStore;
  readonly #log: Logger;
  readonly #clock: () => number;
  readonly #running = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  /** Writes in the order of the events; whoever reports one does not wait. */
  #written: Promise<void> = Promise.resolve();

  constructor(db: Database, log: Logger, clock: () => number) {
    this.#store = new ChannelStore(db);
    this.#log = log;
    this.#clock = clock;
    this.#timer = setInterval(() => this.#mark(), MARK_EVERY_MS);
    this.#timer.unref();
  }

  began({ channelId, broadcast, atMs }: BroadcastEvent): void {
    const startedAt = Math.round(atMs);
    this.#running.add(broadcast);
    this.#write(() =>
      this.#store.insertBroadcast({ id: broadcast, channelId, startedAt, seenAt: startedAt, endedAt: null }),
    );
  }

  ended({ broadcast, atMs }: BroadcastEvent): void {
    this.#running.delete(broadcast);
    this.#write(() => this.#store.endBroadcast(broadcast, Math.round(atMs)));
  }

  #mark(): void {
    const running = [...this.#running];
    if (running.length > 0) this.#write(() => this.#store.touchBroadcasts(running, this.#clock()));
  }

  #write(work: () => Promise<void>): void {
    this.#written = this.#written.then(work).catch((error: unknown) => {
      this.#log.error({ err: error }, 'a broadcast could not be written down');
    });
  }

  /** Call before the database closes; reported events are written by then. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#written;
  }
}
