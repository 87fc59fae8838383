/**
 * Every change of the tables, in order. A released migration is never edited: a later one corrects it.
 * Types and names are those that SQLite, PostgreSQL and MySQL share: `varchar` for whatever an index holds,
 * `bigint` for times, `integer` for truth values.
 */
import type { Migration } from 'kysely/migration';
import { accountsAndChannels } from './0001-accounts-and-channels.ts';

/** Sorted by name, as the migrator wants them. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-accounts-and-channels': accountsAndChannels,
};
