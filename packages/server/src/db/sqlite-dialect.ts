/**
 * Kysely over Node's own `node:sqlite`. In: compiled queries; out: rows, also those of `returning()`.
 *
 * One connection a process: kysely hands it to one query or one transaction at a time, so that transactions are
 * serialised here. Between processes (server and command line) SQLite's own lock does it: a transaction takes the
 * write lock when it begins and so can never fail half way for want of it. Whoever finds it taken tries again from a timer: frames flow meanwhile,
 * where SQLite's own way of waiting would hold up the whole process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import { isLocked } from './errors.ts';

/** More statements than the program has; a query built from a list of values could otherwise fill the memory. */
const MAX_PREPARED_STATEMENTS = 256;

/** A write here takes milliseconds. Longer than this and callers had better say that the database is busy. */
const MAX_LOCK_WAIT_MS = 2000;
const LOCK_RETRY_MS = 3;

export class NodeSqliteDialect implements Dialect {
  readonly #database: DatabaseSync;

  /** The dialect owns the database from here on: `Kysely.destroy()` closes it. */
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  createDriver(): Driver {
    return new NodeSqliteDriver(this.#database);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

/** SQLite changes tables within transactions: a migration is applied whole or not at all, by one process. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class NodeSqliteDriver implements Driver {
  readonly #connection: NodeSqliteConnection;
  readonly #database: DatabaseSync;
  readonly #lock = new WriteLock();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#connection = new NodeSqliteConnection(database, this.#lock);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    await this.#lock.whenFree(() => this.#database.exec('begin immediate'), { writes: true });
  }

  async commitTransaction(): Promise<void> {
    this.#database.exec('commit');
  }

  async rollbackTransaction(): Promise<void> {
    // A failed statement may have rolled the transaction back already.
    if (this.#database.isTransaction) this.#database.exec('rollback');
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`));
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`));
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #lock: WriteLock;
  /** In order of last use. */
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: DatabaseSync, lock: WriteLock) {
    this.#database = database;
    this.#lock = lock;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, returnsRows } = this.#prepare(sql);
    const values = parameters.map((value) => toSqlite(value));
    return this.#lock.whenFree(
      () => {
        if (returnsRows) {
          const rows = statement.all(...values) as R[];
          return { rows, numAffectedRows: BigInt(rows.length) };
        }
        const { changes, lastInsertRowid } = statement.run(...values);
        return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
      },
      { writes: !returnsRows },
    );
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // Its own statement: a cached one may run again before this one is read to its end.
    const statement = this.#database.prepare(sql);
    for (const row of statement.iterate(...parameters.map((value) => toSqlite(value))))
      yield { rows: [row as R] };
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) {
      this.#prepared.delete(sql);
      this.#prepared.set(sql, known);
      return known;
    }
    const statement = this.#database.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    // Changes of tables run once.
    if (/^(?:select|insert|update|delete|with)\b/i.test(sql)) {
      const [oldest] = this.#prepared.keys();
      if (this.#prepared.size >= MAX_PREPARED_STATEMENTS && oldest !== undefined)
        this.#prepared.delete(oldest);
      this.#prepared.set(sql, prepared);
    }
    return prepared;
  }
}

/**
 * Waits while another process holds the write lock. Statements run one after the other, so each would wait its full
 * time behind the others': they share one waiting time, counted from when the lock was first found taken. Once that
 * is over everybody is refused at the first try, until a write succeeds.
 */
class WriteLock {
  #takenSinceMs = -Infinity;
  #lastTakenMs = -Infinity;

  /** `work` has done nothing when it finds the lock taken: it may run again. Reading succeeds beside a writer. */
  async whenFree<T>(work: () => T, { writes }: { readonly writes: boolean }): Promise<T> {
    for (;;) {
      try {
        const result = work();
        if (writes) this.#lastTakenMs = -Infinity;
        return result;
      } catch (error) {
        if (!isLocked(error) || this.#takenForMs() >= MAX_LOCK_WAIT_MS) throw error;
      }
      await sleep(LOCK_RETRY_MS);
    }
  }

  #takenForMs(): number {
    const nowMs = performance.now();
    // Nobody asked for long: this is another holder.
    if (nowMs - this.#lastTakenMs > MAX_LOCK_WAIT_MS) this.#takenSinceMs = nowMs;
    this.#lastTakenMs = nowMs;
    return nowMs - this.#takenSinceMs;
  }
}

function toSqlite(value: unknown): SQLInputValue {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      throw new TypeError(`A value of type ${typeof value} cannot be stored.`);
  }
}
