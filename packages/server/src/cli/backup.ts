/**
 * `millrace backup FILE` and `restore FILE`. A backup is one SQLite file: the database at one moment, whole, taken
 * without holding up a running server.
 */
import { existsSync } from 'node:fs';
import { chmod, copyFile, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import { databaseFile, openDatabase, wasSetUp } from '../db/index.ts';
import { findRunningServer } from '../platform/running-server.ts';
import { CommandError, onlyOperand, withDatabase, type CommandInput, type CommandResult } from './context.ts';

/** All pages in one step: changes by a running server between two steps would begin the copy anew. */
const ALL_PAGES = 2 ** 31 - 1;

export async function backup({ operands, loaded, io }: CommandInput): Promise<CommandResult> {
  const file = resolve(io.cwd, onlyOperand(operands, 'The FILE to write'));
  if (existsSync(file)) throw new CommandError(`${file} exists already: name a file that does not.`);
  if (!existsSync(databaseFile(loaded.config.dataDir))) {
    throw new CommandError(`There is no database in ${loaded.config.dataDir}: check --data-dir.`);
  }
  const unfinished = `${file}.part`;
  await rm(unfinished, { force: true });
  await withDatabase(loaded.config, ({ database }) =>
    copyDatabase(database.connection, unfinished, { rate: ALL_PAGES }),
  );
  await chmod(unfinished, 0o600);
  requireWhole(unfinished);
  await flush(unfinished);
  await rename(unfinished, file);
  const { size } = await stat(file);
  return {
    text: `Wrote ${file} (${size} bytes). It holds password hashes: keep it safe.`,
    json: { file, bytes: size },
  };
}

/** Puts a backup in the place of the database. The old one stays beside it under another name. */
export async function restore({ operands, loaded, io }: CommandInput): Promise<CommandResult> {
  const file = resolve(io.cwd, onlyOperand(operands, 'The FILE to restore'));
  if (!existsSync(file)) throw new CommandError(`${file} does not exist.`);
  requireWhole(file);
  const target = databaseFile(loaded.config.dataDir);
  const current = await openDatabase(loaded.config.dataDir);
  try {
    const server = await findRunningServer(current.db);
    if (server !== undefined) {
      throw new CommandError(`A server runs on this database (process ${server.pid}): stop it first.`);
    }
    // Everything into the one file that is moved aside.
    current.connection.exec('pragma wal_checkpoint(truncate)');
  } finally {
    await current.close();
  }
  const incoming = `${target}.incoming`;
  await copyFile(file, incoming);
  await chmod(incoming, 0o600);
  await flush(incoming);
  const kept = `${target}.before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  await rename(target, kept);
  await Promise.all([rm(`${target}-wal`, { force: true }), rm(`${target}-shm`, { force: true })]);
  await rename(incoming, target);
  await flush(dirname(target));
  // Brings the tables of an older backup up to date.
  await (await openDatabase(loaded.config.dataDir)).close();
  return {
    text: `Restored ${file}. The database of before is kept as ${kept}.`,
    json: { restored: file, kept },
  };
}

/** @throws {CommandError} */
function requireWhole(file: string): void {
  let problem = 'it has none of our tables';
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const ours = wasSetUp(database);
      const check = database.prepare('pragma integrity_check').get()?.['integrity_check'];
      if (ours && check === 'ok') return;
      if (ours) problem = String(check);
    } finally {
      database.close();
    }
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  throw new CommandError(`${file} is not a whole Millrace database: ${problem}.`);
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
