/**
 * Opens the database of a data folder and brings its tables up to date. The server and the command line open the
 * same file at the same time: readers never wait (write-ahead log), writers wait for each other (see the dialect).
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CamelCasePlugin, Kysely } from 'kysely';
import { Migrator, type MigrationInfo } from 'kysely/migration';
import { MIGRATIONS } from './migrations/index.ts';
import type { Schema } from './schema.ts';
import { NodeSqliteDialect } from './sqlite-dialect.ts';

export type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

export const DATABASE_FILE_NAME = 'millrace.db';

/** While the file is opened another process may be making it; nothing else runs yet that could be held up. */
const OPEN_TIMEOUT_MS = 2000;

export interface OpenDatabase {
  readonly db: Database;
  /** The connection below `db`, for what SQL builders do not offer: pragmas and backups. Closed with `close`. */
  readonly connection: DatabaseSync;
  readonly file: string;
  readonly close: () => Promise<void>;
}

/** The tables are not what this version of the program knows. The message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export const databaseFile = (dataDir: string): string => join(dataDir, DATABASE_FILE_NAME);

/**
 * Makes the folder and the file when they are missing, readable by their owner only: the file holds the hashes of
 * passwords. Write-ahead log and shared memory inherit its mode.
 * @throws {MigrationError} the file was written by a newer version, or an upgrade failed (nothing was changed).
 */
export async function openDatabase(dataDir: string): Promise<OpenDatabase> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = databaseFile(dataDir);
  closeSync(openSync(file, 'a', 0o600));
  const opened = connect(file);
  try {
    await migrate(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return opened;
}

/** Opens without migrating, to look at what is there. */
export function connect(file: string): OpenDatabase {
  const connection = new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS, enableForeignKeyConstraints: true });
  // After a power cut the file is whole, but may lack the last moments; after a crash it lacks nothing.
  connection.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 0;');
  const db = new Kysely<Schema>({
    dialect: new NodeSqliteDialect(connection),
    plugins: [new CamelCasePlugin()],
  });
  return {
    db,
    connection,
    file,
    close: async () => {
      await db.destroy();
      // Kysely closes only what it has used.
      if (connection.isOpen) connection.close();
    },
  };
}

const migrator = (db: Database) =>
  new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) } });

async function migrate({ db, connection }: OpenDatabase): Promise<void> {
  if (unknownMigrations(connection).length > 0) {
    throw new MigrationError(
      'The database was written by a newer version of Millrace. Install that version, or restore a backup made with this one.',
    );
  }
  const { error, results } = await migrator(db).migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  if (failed === undefined) throw error;
  throw new MigrationError(`The database could not be upgraded (step ${failed}); nothing was changed.`, {
    cause: error,
  });
}

/** Migrations that were applied to this file and that this version does not have. */
export function unknownMigrations(connection: DatabaseSync): readonly string[] {
  if (!wasSetUp(connection)) return [];
  const applied = connection.prepare('select name from kysely_migration order by name').all();
  return applied.map((row) => String(row['name'])).filter((name) => !Object.hasOwn(MIGRATIONS, name));
}

/** Does the file hold our tables? */
export function wasSetUp(connection: DatabaseSync): boolean {
  return (
    connection.prepare("select 1 from sqlite_master where name = 'kysely_migration'").get() !== undefined
  );
}

/** Each migration of this version, with the time it was applied if it was. */
export async function migrationState(db: Database): Promise<readonly MigrationInfo[]> {
  return migrator(db).getMigrations();
}
