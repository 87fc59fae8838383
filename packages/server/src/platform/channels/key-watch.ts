/**
 * Ends publishers whose key another process revoked (`millrace key revoke` beside a running server). SQLite counts
 * the changes that other connections make, so that a second without any costs one look at that counter.
 *
 * Source: sqlite.org/pragma.html#pragma_data_version
 */
import type { Logger } from 'pino';
import type { OpenDatabase } from '../../db/index.ts';
import type { LiveView } from '../ports.ts';
import { ChannelStore } from './store.ts';

const LOOK_EVERY_MS = 1000;

export class KeyWatch {
  readonly #store: ChannelStore;
  readonly #version: () => unknown;
  readonly #live: LiveView;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #seen: unknown;

  constructor({ db, connection }: OpenDatabase, live: LiveView, log: Logger) {
    const statement = connection.prepare('pragma data_version');
    this.#version = () => statement.get()?.['data_version'];
    this.#store = new ChannelStore(db);
    this.#live = live;
    this.#log = log;
    this.#seen = this.#version();
    this.#timer = setInterval(() => {
      this.look().catch((error: unknown) => log.error({ err: error }, 'keys in use could not be checked'));
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Runs by itself every second. */
  async look(): Promise<void> {
    const version = this.#version();
    if (version === this.#seen) return;
    const publishing = [...this.#live.publishingKeys()];
    const valid = await this.#store.validKeyIds(publishing);
    // Only now: a look that failed is repeated.
    this.#seen = version;
    for (const keyId of publishing) {
      if (valid.has(keyId)) continue;
      this.#log.info({ key: keyId }, 'a stream key in use was revoked');
      this.#live.endPublisher(keyId, 'revoked');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
