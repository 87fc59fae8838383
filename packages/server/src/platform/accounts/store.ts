/** Rows of people, their sessions and the links that work once. No rules here: those are in `service.ts`. */
import type { Selectable } from 'kysely';
import type { Database } from '../../db/index.ts';
import type { OneTimeTokenTable, SessionTable, UserTable } from '../../db/schema.ts';

export type User = Selectable<UserTable>;
export type Session = Selectable<SessionTable>;

export class AccountStore {
  readonly #db: Database;

  /** `db` may be a transaction. */
  constructor(db: Database) {
    this.#db = db;
  }

  async userByName(name: string): Promise<User | undefined> {
    return this.#db.selectFrom('user').selectAll().where('name', '=', name).executeTakeFirst();
  }

  async users(): Promise<readonly User[]> {
    return this.#db.selectFrom('user').selectAll().orderBy('name').execute();
  }

  async hasAdmin(): Promise<boolean> {
    const row = await this.#db
      .selectFrom('user')
      .select('id')
      .where('isAdmin', '=', 1)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async insertUser(user: User): Promise<void> {
    await this.#db.insertInto('user').values(user).execute();
  }

  async setPasswordHash(userId: string, passwordHash: string): Promise<void> {
    await this.#db.updateTable('user').set({ passwordHash }).where('id', '=', userId).execute();
  }

  async setDisplayName(userId: string, displayName: string): Promise<void> {
    await this.#db.updateTable('user').set({ displayName }).where('id', '=', userId).execute();
  }

  async insertSession(session: Session): Promise<void> {
    await this.#db.insertInto('session').values(session).execute();
  }

  async sessionByTokenHash(tokenHash: string): Promise<{ session: Session; user: User } | undefined> {
    const session = await this.#db
      .selectFrom('session')
      .selectAll()
      .where('tokenHash', '=', tokenHash)
      .executeTakeFirst();
    if (session === undefined) return undefined;
    const user = await this.#db
      .selectFrom('user')
      .selectAll()
      .where('id', '=', session.userId)
      .executeTakeFirst();
    return user === undefined ? undefined : { session, user };
  }

  async touchSession(id: string, lastSeenAt: number): Promise<void> {
    await this.#db.updateTable('session').set({ lastSeenAt }).where('id', '=', id).execute();
  }

  /** The latest used first. */
  async sessionsOf(userId: string): Promise<readonly Session[]> {
    return this.#db
      .selectFrom('session')
      .selectAll()
      .where('userId', '=', userId)
      .orderBy('lastSeenAt', 'desc')
      .orderBy('id')
      .execute();
  }

  /** True when the user had such a session. */
  async deleteSession(userId: string, id: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom('session')
      .where('userId', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async deleteSessionsOf(userId: string): Promise<void> {
    await this.#db.deleteFrom('session').where('userId', '=', userId).execute();
  }

  async deleteExpiredSessions(before: {
    readonly createdAt: number;
    readonly lastSeenAt: number;
  }): Promise<void> {
    await this.#db
      .deleteFrom('session')
      .where((where) =>
        where.or([where('createdAt', '<=', before.createdAt), where('lastSeenAt', '<=', before.lastSeenAt)]),
      )
      .execute();
  }

  async insertOneTimeToken(token: OneTimeTokenTable): Promise<void> {
    await this.#db.insertInto('oneTimeToken').values(token).execute();
  }

  async isTokenUsable(
    purpose: OneTimeTokenTable['purpose'],
    tokenHash: string,
    now: number,
  ): Promise<boolean> {
    const row = await this.#db
      .selectFrom('oneTimeToken')
      .select('id')
      .where('tokenHash', '=', tokenHash)
      .where('purpose', '=', purpose)
      .where('usedAt', 'is', null)
      .where('expiresAt', '>', now)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** True for exactly one caller. */
  async useToken(purpose: OneTimeTokenTable['purpose'], tokenHash: string, now: number): Promise<boolean> {
    const result = await this.#db
      .updateTable('oneTimeToken')
      .set({ usedAt: now })
      .where('tokenHash', '=', tokenHash)
      .where('purpose', '=', purpose)
      .where('usedAt', 'is', null)
      .where('expiresAt', '>', now)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Forgets those that can no longer be used, and all of one purpose when it is given. */
  async deleteTokens(now: number, purpose?: OneTimeTokenTable['purpose']): Promise<void> {
    await this.#db
      .deleteFrom('oneTimeToken')
      .where((where) => {
        const stale = [where('expiresAt', '<=', now), where('usedAt', 'is not', null)];
        return where.or(purpose === undefined ? stale : [...stale, where('purpose', '=', purpose)]);
      })
      .execute();
  }
}
