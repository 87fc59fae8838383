/** People, their sessions and channels, the keys that publish to those, and what was broadcast. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const ID = 'varchar(32)';
const NAME = 'varchar(32)';
const SHA256_HEX = 'varchar(64)';
const TIME = 'bigint';

export const accountsAndChannels: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('user')
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('name', NAME, (column) => column.notNull().unique())
      .addColumn('display_name', 'varchar(50)', (column) => column.notNull())
      .addColumn('password_hash', 'varchar(255)', (column) => column.notNull())
      .addColumn('is_admin', 'integer', (column) => column.notNull())
      .addColumn('created_at', TIME, (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('session')
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('token_hash', SHA256_HEX, (column) => column.notNull().unique())
      .addColumn('user_id', ID, (column) => column.notNull())
      .addColumn('user_agent', 'varchar(200)', (column) => column.notNull())
      .addColumn('created_at', TIME, (column) => column.notNull())
      .addColumn('last_seen_at', TIME, (column) => column.notNull())
      .addForeignKeyConstraint('session_user', ['user_id'], 'user', ['id'], (key) => key.onDelete('cascade'))
      .execute();
    await db.schema
      .createIndex('session_by_user')
      .on('session')
      .columns(['user_id', 'last_seen_at'])
      .execute();

    await db.schema
      .createTable('channel')
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('user_id', ID, (column) => column.notNull().unique())
      .addColumn('name', NAME, (column) => column.notNull().unique())
      .addColumn('title', 'varchar(140)', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('category', 'varchar(50)', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .addColumn('language', 'varchar(16)', (column) => column.notNull())
      .addColumn('created_at', TIME, (column) => column.notNull())
      .addForeignKeyConstraint('channel_user', ['user_id'], 'user', ['id'], (key) => key.onDelete('cascade'))
      .execute();

    await db.schema
      .createTable('stream_key')
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('channel_id', ID, (column) => column.notNull())
      .addColumn('key_hash', SHA256_HEX, (column) => column.notNull().unique())
      .addColumn('prefix', 'varchar(16)', (column) => column.notNull())
      .addColumn('label', 'varchar(50)', (column) => column.notNull())
      .addColumn('created_at', TIME, (column) => column.notNull())
      .addColumn('last_used_at', TIME)
      .addColumn('revoked_at', TIME)
      .addForeignKeyConstraint('stream_key_channel', ['channel_id'], 'channel', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await db.schema
      .createIndex('stream_key_by_channel')
      .on('stream_key')
      .columns(['channel_id', 'created_at'])
      .execute();

    await db.schema
      .createTable('broadcast')
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('channel_id', ID, (column) => column.notNull())
      .addColumn('started_at', TIME, (column) => column.notNull())
      .addColumn('seen_at', TIME, (column) => column.notNull())
      .addColumn('ended_at', TIME)
      .addForeignKeyConstraint('broadcast_channel', ['channel_id'], 'channel', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await db.schema
      .createIndex('broadcast_by_channel')
      .on('broadcast')
      .columns(['channel_id', 'started_at'])
      .execute();
    await db.schema.createIndex('broadcast_by_end').on('broadcast').column('ended_at').execute();

    await db.schema
      .createTable('one_time_token')
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('purpose', 'varchar(16)', (column) => column.notNull())
      .addColumn('token_hash', SHA256_HEX, (column) => column.notNull().unique())
      .addColumn('created_at', TIME, (column) => column.notNull())
      .addColumn('expires_at', TIME, (column) => column.notNull())
      .addColumn('used_at', TIME)
      .execute();

    await db.schema
      .createTable('setting')
      .addColumn('name', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute();
  },
};
