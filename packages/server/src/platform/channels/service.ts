/**
 * The rules of channels and stream keys: who may see and change what. In: who asks and what for; out: what the API
 * says. A key's secret leaves this file once, in the answer that made it.
 */
import type {
  Channel,
  ChannelPatch,
  IngestHealth,
  LiveNow,
  NewStreamKey,
  StreamKey,
} from '@millrace/contract';
import type { Logger } from 'pino';
import type { Database } from '../../db/index.ts';
import { AccountStore, type User } from '../accounts/store.ts';
import { ApiError } from '../errors.ts';
import type { LiveView } from '../ports.ts';
import { newId, sha256Hex } from '../secrets.ts';
import { ChannelStore, type ChannelRow, type StreamKeyRow } from './store.ts';
import { keyPrefix, newStreamKey } from './stream-key.ts';

/** One for each machine and program a person publishes with, and some to spare. */
const MAX_KEYS_PER_CHANNEL = 10;
/** Kept so that an encoder with an old key is told "revoked" and not "unknown". */
const MAX_REVOKED_KEYS_KEPT = 50;
/** A page of cards; the busiest ones. */
const MAX_LIVE_LISTED = 200;

const OFFLINE: IngestHealth = {
  state: 'offline',
  startedAt: null,
  encoder: '',
  video: null,
  audio: null,
  driftMs: 0,
  droppedFrames: 0,
  viewers: 0,
  advice: [],
};

export interface ChannelServiceOptions {
  readonly db: Database;
  readonly log: Logger;
  readonly live: LiveView;
  /** Unix ms. */
  readonly clock: () => number;
}

export class ChannelService {
  readonly #db: Database;
  readonly #store: ChannelStore;
  readonly #log: Logger;
  readonly #live: LiveView;
  readonly #clock: () => number;

  constructor({ db, log, live, clock }: ChannelServiceOptions) {
    this.#db = db;
    this.#store = new ChannelStore(db);
    this.#log = log;
    this.#live = live;
    this.#clock = clock;
  }

  // Everyone

  async channel(name: string): Promise<Channel> {
    const row = await this.#find(name);
    return toChannel(row, this.#live.get(row.name));
  }

  /** The one with the most viewers first. */
  async liveNow(): Promise<Channel[]> {
    const live = new Map(
      [...this.#live.all()].sort(([, a], [, b]) => b.viewers - a.viewers).slice(0, MAX_LIVE_LISTED),
    );
    const rows = new Map((await this.#store.byNames([...live.keys()])).map((row) => [row.name, row]));
    const channels: Channel[] = [];
    for (const [name, now] of live) {
      const row = rows.get(name);
      if (row !== undefined) channels.push(toChannel(row, now));
    }
    return channels;
  }

  // The owner

  async change(user: User, name: string, patch: ChannelPatch): Promise<Channel> {
    const row = await this.#ofOwner(user, name);
    const { displayName, tags, ...texts } = patch;
    const changes = { ...texts, ...(tags === undefined ? {} : { tags: JSON.stringify([...new Set(tags)]) }) };
    await this.#db.transaction().execute(async (transaction) => {
      if (displayName !== undefined) {
        await new AccountStore(transaction).setDisplayName(row.userId, requireVisible(displayName));
      }
      if (Object.keys(changes).length > 0) await new ChannelStore(transaction).update(row.id, changes);
    });
    return this.channel(name);
  }

  async keys(user: User, name: string): Promise<StreamKey[]> {
    const channel = await this.#ofOwner(user, name);
    return (await this.#store.keysOf(channel.id)).map((row) => toStreamKey(row));
  }

  async createKey(user: User, name: string, label: string): Promise<NewStreamKey> {
    const channel = await this.#ofOwner(user, name);
    return this.#createKey(channel, label);
  }

  /** The old key stops at once, also where it publishes; the new one has its label. */
  async rotateKey(user: User, name: string, keyId: string): Promise<NewStreamKey> {
    const channel = await this.#ofOwner(user, name);
    const old = (await this.#store.keysOf(channel.id)).find((key) => key.id === keyId);
    if (old === undefined) throw noSuchKey();
    const { row, secret } = this.#newKey(channel.id, old.label);
    await this.#db.transaction().execute(async (transaction) => {
      const store = new ChannelStore(transaction);
      if (!(await store.revokeKey(channel.id, keyId, this.#clock()))) throw noSuchKey();
      await store.insertKey(row);
      await store.forgetRevokedKeys(channel.id, MAX_REVOKED_KEYS_KEPT);
    });
    this.#log.info({ channel: name, key: keyId, newKey: row.id }, 'stream key rotated');
    this.#live.endPublisher(keyId, 'revoked');
    return { key: toStreamKey(row), secret };
  }

  async revokeKey(user: User, name: string, keyId: string): Promise<void> {
    const channel = await this.#ofOwner(user, name);
    await this.#revokeKey(channel, keyId);
  }

  /** Also an administrator, to help. */
  async ingest(user: User, name: string): Promise<IngestHealth> {
    const channel = await this.#find(name);
    if (channel.userId !== user.id && user.isAdmin !== 1) throw notYours();
    return this.#live.ingest(channel.name) ?? OFFLINE;
  }

  // The operator, who owns the machine

  async keysAsOperator(name: string): Promise<StreamKey[]> {
    const channel = await this.#find(name);
    return (await this.#store.keysOf(channel.id)).map((row) => toStreamKey(row));
  }

  async createKeyAsOperator(name: string, label: string): Promise<NewStreamKey> {
    return this.#createKey(await this.#find(name), label);
  }

  async revokeKeyAsOperator(name: string, keyId: string): Promise<void> {
    await this.#revokeKey(await this.#find(name), keyId);
  }

  async #createKey(channel: ChannelRow, label: string): Promise<NewStreamKey> {
    const { row, secret } = this.#newKey(channel.id, label);
    await this.#db.transaction().execute(async (transaction) => {
      const store = new ChannelStore(transaction);
      if ((await store.keysOf(channel.id)).length >= MAX_KEYS_PER_CHANNEL) {
        throw new ApiError(
          'too-many-keys',
          `A channel has at most ${MAX_KEYS_PER_CHANNEL} keys. Revoke one first.`,
        );
      }
      await store.insertKey(row);
    });
    this.#log.info({ channel: channel.name, key: row.id }, 'stream key created');
    return { key: toStreamKey(row), secret };
  }

  #newKey(channelId: string, label: string): { readonly row: StreamKeyRow; readonly secret: string } {
    const secret = newStreamKey();
    const row: StreamKeyRow = {
      id: newId(),
      channelId,
      keyHash: sha256Hex(secret),
      prefix: keyPrefix(secret),
      label,
      createdAt: this.#clock(),
      lastUsedAt: null,
      revokedAt: null,
    };
    return { row, secret };
  }

  async #revokeKey(channel: ChannelRow, keyId: string): Promise<void> {
    if (!(await this.#store.revokeKey(channel.id, keyId, this.#clock()))) throw noSuchKey();
    await this.#store.forgetRevokedKeys(channel.id, MAX_REVOKED_KEYS_KEPT);
    this.#log.info({ channel: channel.name, key: keyId }, 'stream key revoked');
    this.#live.endPublisher(keyId, 'revoked');
  }

  async #find(name: string): Promise<ChannelRow> {
    const row = await this.#store.byName(name);
    if (row === undefined) throw new ApiError('not-found', 'There is no such channel.');
    return row;
  }

  async #ofOwner(user: User, name: string): Promise<ChannelRow> {
    const row = await this.#find(name);
    if (row.userId !== user.id) throw notYours();
    return row;
  }
}

const notYours = () => new ApiError('forbidden', 'This channel belongs to somebody else.');
const noSuchKey = () => new ApiError('not-found', 'This channel has no such key.');

/** A name of blanks is none. */
function requireVisible(displayName: string): string {
  const trimmed = displayName.trim();
  if (trimmed === '')
    throw new ApiError('bad-request', 'A name needs a visible letter.', { field: 'displayName' });
  return trimmed;
}

function toChannel(row: ChannelRow, live: LiveNow | undefined): Channel {
  return {
    name: row.name,
    displayName: row.displayName,
    title: row.title,
    description: row.description,
    category: row.category,
    tags: JSON.parse(row.tags) as string[],
    language: row.language,
    live: live ?? null,
  };
}

function toStreamKey(row: StreamKeyRow): StreamKey {
  return {
    id: row.id,
    label: row.label,
    prefix: row.prefix,
    createdAt: new Date(row.createdAt).toISOString(),
    lastUsedAt: row.lastUsedAt === null ? null : new Date(row.lastUsedAt).toISOString(),
  };
}
