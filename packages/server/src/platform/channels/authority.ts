/**
 * May this key publish? Asks the database each time: a key revoked a moment ago, here or by the command line in
 * another process, is refused. Wrong keys are counted by address; a well-typed one costs no try.
 */
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { Database } from '../../db/index.ts';
import type {
  ChannelMediaSettings,
  PublishAuthority,
  PublishDecision,
  PublishRequest,
} from '../../live/ports.ts';
import { addressKey, type TryLimit } from '../limits.ts';
import { sha256Hex } from '../secrets.ts';
import { ChannelStore } from './store.ts';
import { isWellFormed } from './stream-key.ts';

export interface KeyAuthorityOptions {
  readonly db: Database;
  readonly config: Config;
  readonly log: Logger;
  readonly failedTries: TryLimit;
  /** Unix ms. */
  readonly clock: () => number;
}

export class KeyAuthority implements PublishAuthority {
  readonly #store: ChannelStore;
  readonly #settings: ChannelMediaSettings;
  readonly #log: Logger;
  readonly #failedTries: TryLimit;
  readonly #clock: () => number;

  constructor({ db, config, log, failedTries, clock }: KeyAuthorityOptions) {
    this.#store = new ChannelStore(db);
    this.#log = log;
    this.#failedTries = failedTries;
    this.#clock = clock;
    const { chunkMs, partMs, segmentMs, graceMs, secondPublisher } = config;
    this.#settings = { chunkMs, partMs, segmentMs, graceMs, secondPublisher };
  }

  async authorise({ key, remoteAddress }: PublishRequest): Promise<PublishDecision> {
    const address = addressKey(remoteAddress);
    if (await this.#failedTries.isExhausted(address)) return this.#refuse(remoteAddress, 'too-many-tries');
    if (!isWellFormed(key)) {
      await this.#failedTries.count(address);
      return this.#refuse(remoteAddress, 'unknown-key', 'the key was mistyped or cut off');
    }
    const row = await this.#store.keyByHash(sha256Hex(key));
    if (row === undefined || row.revokedAt !== null) {
      await this.#failedTries.count(address);
      return this.#refuse(remoteAddress, row === undefined ? 'unknown-key' : 'revoked');
    }
    await this.#noteUse(row.id);
    return {
      allowed: true,
      channelId: row.channelId,
      channel: row.channel,
      keyId: row.id,
      settings: this.#settings,
    };
  }

  /** When a key was last used is good to know, and no reason to refuse it while the database cannot be written. */
  async #noteUse(keyId: string): Promise<void> {
    try {
      await this.#store.touchKey(keyId, this.#clock());
    } catch (error) {
      this.#log.warn({ err: error, keyId }, 'the use of a stream key could not be written down');
    }
  }

  #refuse(
    remoteAddress: string,
    reason: (PublishDecision & { readonly allowed: false })['reason'],
    detail?: string,
  ): PublishDecision {
    this.#log.warn({ remoteAddress, reason, ...(detail === undefined ? {} : { detail }) }, 'publish refused');
    return { allowed: false, reason };
  }
}
