/** Rows of channels, their stream keys and broadcasts. No rules here: those are in `service.ts`. */
import type { Selectable, Updateable } from 'kysely';
import type { Database } from '../../db/index.ts';
import type { BroadcastTable, ChannelTable, StreamKeyTable } from '../../db/schema.ts';

/** With the name that people see: its owner's. */
export type ChannelRow = Selectable<ChannelTable> & { readonly displayName: string };
export type StreamKeyRow = Selectable<StreamKeyTable>;

export class ChannelStore {
  readonly #db: Database;

  /** `db` may be a transaction. */
  constructor(db: Database) {
    this.#db = db;
  }

  #channels() {
    return this.#db
      .selectFrom('channel')
      .innerJoin('user', 'user.id', 'channel.userId')
      .selectAll('channel')
      .select('user.displayName');
  }

  async byName(name: string): Promise<ChannelRow | undefined> {
    return this.#channels().where('channel.name', '=', name).executeTakeFirst();
  }

  async byNames(names: readonly string[]): Promise<readonly ChannelRow[]> {
    return names.length === 0 ? [] : this.#channels().where('channel.name', 'in', names).execute();
  }

  async exists(name: string): Promise<boolean> {
    const row = await this.#db.selectFrom('channel').select('id').where('name', '=', name).executeTakeFirst();
    return row !== undefined;
  }

  async insert(channel: Selectable<ChannelTable>): Promise<void> {
    await this.#db.insertInto('channel').values(channel).execute();
  }

  async update(id: string, patch: Updateable<ChannelTable>): Promise<void> {
    await this.#db.updateTable('channel').set(patch).where('id', '=', id).execute();
  }

  /** Those not revoked, the oldest first. */
  async keysOf(channelId: string): Promise<readonly StreamKeyRow[]> {
    return this.#db
      .selectFrom('streamKey')
      .selectAll()
      .where('channelId', '=', channelId)
      .where('revokedAt', 'is', null)
      .orderBy('createdAt')
      .orderBy('id')
      .execute();
  }

  async insertKey(key: StreamKeyRow): Promise<void> {
    await this.#db.insertInto('streamKey').values(key).execute();
  }

  /** True when the channel had such a key, not revoked yet. */
  async revokeKey(channelId: string, id: string, now: number): Promise<boolean> {
    const result = await this.#db
      .updateTable('streamKey')
      .set({ revokedAt: now })
      .where('channelId', '=', channelId)
      .where('id', '=', id)
      .where('revokedAt', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Forgets the revoked keys of a channel but the latest `keep`. */
  async forgetRevokedKeys(channelId: string, keep: number): Promise<void> {
    const old = await this.#db
      .selectFrom('streamKey')
      .select('id')
      .where('channelId', '=', channelId)
      .where('revokedAt', 'is not', null)
      .orderBy('revokedAt', 'desc')
      .offset(keep)
      .limit(100)
      .execute();
    if (old.length === 0) return;
    const ids = old.map((row) => row.id);
    await this.#db.deleteFrom('streamKey').where('id', 'in', ids).execute();
  }

  async keyByHash(keyHash: string): Promise<(StreamKeyRow & { readonly channel: string }) | undefined> {
    return this.#db
      .selectFrom('streamKey')
      .innerJoin('channel', 'channel.id', 'streamKey.channelId')
      .selectAll('streamKey')
      .select('channel.name as channel')
      .where('streamKey.keyHash', '=', keyHash)
      .executeTakeFirst();
  }

  async touchKey(id: string, lastUsedAt: number): Promise<void> {
    await this.#db.updateTable('streamKey').set({ lastUsedAt }).where('id', '=', id).execute();
  }

  /** Which of these may still publish. */
  async validKeyIds(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.#db
      .selectFrom('streamKey')
      .select('id')
      .where('id', 'in', ids)
      .where('revokedAt', 'is', null)
      .execute();
    return new Set(rows.map((row) => row.id));
  }

  async insertBroadcast(broadcast: BroadcastTable): Promise<void> {
    await this.#db.insertInto('broadcast').values(broadcast).execute();
  }

  async endBroadcast(id: string, at: number): Promise<void> {
    await this.#db.updateTable('broadcast').set({ endedAt: at, seenAt: at }).where('id', '=', id).execute();
  }

  async touchBroadcasts(ids: readonly string[], seenAt: number): Promise<void> {
    await this.#db.updateTable('broadcast').set({ seenAt }).where('id', 'in', ids).execute();
  }

  /** Ends, when they were last seen, those that a crash left open. Returns how many. */
  async endAbandonedBroadcasts(): Promise<number> {
    const result = await this.#db
      .updateTable('broadcast')
      .set((columns) => ({ endedAt: columns.ref('seenAt') }))
      .where('endedAt', 'is', null)
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }
}
