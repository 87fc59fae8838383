import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Kysely, sql, type Generated } from 'kysely';
import { isUniqueViolation } from './errors.ts';
import { MigrationError, migrationState, openDatabase, type OpenDatabase } from './index.ts';
import { NodeSqliteDialect } from './sqlite-dialect.ts';

interface Things {
  thing: { id: Generated<number>; name: string; flag: number | boolean; bytes: Uint8Array | null };
}

describe('kysely over node:sqlite', () => {
  let db: Kysely<Things>;
  beforeEach(async () => {
    db = new Kysely<Things>({ dialect: new NodeSqliteDialect(new DatabaseSync(':memory:')) });
    await sql`create table thing (id integer primary key, name text unique not null, flag integer, bytes blob)`.execute(
      db,
    );
  });
  afterEach(() => db.destroy());

  const insert = (name: string) => db.insertInto('thing').values({ name, flag: false, bytes: null });

  test('returning() gives the rows of insert, update and delete', async () => {
    const made = await insert('a').returningAll().executeTakeFirstOrThrow();
    assert.deepEqual({ ...made }, { id: 1, name: 'a', flag: 0, bytes: null });
    const [changed] = await db.updateTable('thing').set({ name: 'b' }).returning('name').execute();
    assert.equal(changed?.name, 'b');
    const [gone] = await db.deleteFrom('thing').returning('id').execute();
    assert.equal(gone?.id, 1);
  });

  test('counts of changed rows and the new id', async () => {
    assert.equal((await insert('a').executeTakeFirstOrThrow()).insertId, 1n);
    await insert('b').execute();
    assert.equal(
      (await db.updateTable('thing').set({ flag: true }).executeTakeFirstOrThrow()).numUpdatedRows,
      2n,
    );
    assert.equal(
      (await db.deleteFrom('thing').where('name', '=', 'x').executeTakeFirstOrThrow()).numDeletedRows,
      0n,
    );
  });

  test('truth values and bytes are stored; what has no column type is refused', async () => {
    await db
      .insertInto('thing')
      .values({ name: 'a', flag: true, bytes: Uint8Array.of(1, 2) })
      .execute();
    const row = await db.selectFrom('thing').selectAll().executeTakeFirstOrThrow();
    assert.equal(row.flag, 1);
    assert.deepEqual(row.bytes, Uint8Array.of(1, 2));
    await assert.rejects(insert({} as unknown as string).execute(), /object cannot be stored/);
  });

  test('a transaction that throws leaves nothing; others wait for it and then see all or nothing', async () => {
    const failing = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('thing').values({ name: 'lost', flag: 0, bytes: null }).execute();
      await Promise.resolve();
      throw new Error('changed my mind');
    });
    const beside = insert('kept').execute();
    await assert.rejects(failing, /changed my mind/);
    await beside;
    const names = (await db.selectFrom('thing').select('name').execute()).map((row) => row.name);
    assert.deepEqual(names, ['kept']);
  });

  test('a second row with the same unique value is told apart from other errors', async () => {
    await insert('a').execute();
    await assert.rejects(insert('a').execute(), (error) => isUniqueViolation(error));
    await assert.rejects(sql`select * from nowhere`.execute(db), (error) => !isUniqueViolation(error));
  });

  test('rows can be streamed', async () => {
    await db
      .insertInto('thing')
      .values(['a', 'b', 'c'].map((name) => ({ name, flag: 0, bytes: null })))
      .execute();
    const names: string[] = [];
    for await (const row of db.selectFrom('thing').select('name').orderBy('id').stream())
      names.push(row.name);
    assert.deepEqual(names, ['a', 'b', 'c']);
  });
});

describe('the database of a data folder', () => {
  let dir: string;
  const opened: OpenDatabase[] = [];
  const open = async () => {
    const database = await openDatabase(join(dir, 'data'));
    opened.push(database);
    return database;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-db-'));
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    rmSync(dir, { recursive: true });
  });

  test('is made for its owner only, with a write-ahead log and foreign keys', async () => {
    const { file, connection, db } = await open();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(dir, 'data')).mode & 0o777, 0o700);
    assert.equal(connection.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal');
    const orphan = { id: 's', tokenHash: 'h', userId: 'nobody', userAgent: '', createdAt: 0, lastSeenAt: 0 };
    await assert.rejects(db.insertInto('session').values(orphan).execute(), /FOREIGN KEY/);
  });

  test('can be opened again, and by several at once, and is migrated once', async () => {
    const databases = await Promise.all([open(), open(), open()]);
    for (const { db } of databases) {
      assert((await migrationState(db)).every((migration) => migration.executedAt !== undefined));
    }
  });

  test('takes the writes of two processes at the same time', async () => {
    const { db, file } = await open();
    await db.insertInto('setting').values({ name: 'count', value: '0' }).execute();
    const rounds = 100;
    const script = `
      import { connect } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const { db, close } = connect(process.argv[1]);
      for (let i = 0; i < ${rounds}; i += 1) await db.transaction().execute(async (t) => {
        const row = await t.selectFrom('setting').selectAll().executeTakeFirstOrThrow();
        await t.updateTable('setting').set({ value: String(Number(row.value) + 1) }).execute();
      });
      await close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, file], { stdio: 'inherit' });
    const exited = once(child, 'exit');
    for (let round = 0; round < rounds; round += 1) {
      await db.transaction().execute(async (transaction) => {
        const row = await transaction.selectFrom('setting').selectAll().executeTakeFirstOrThrow();
        await transaction
          .updateTable('setting')
          .set({ value: String(Number(row.value) + 1) })
          .execute();
      });
    }
    assert.deepEqual(await exited, [0, null]);
    const { value } = await db.selectFrom('setting').select('value').executeTakeFirstOrThrow();
    assert.equal(value, String(2 * rounds));
  });

  test('written by a newer version, it is left alone and says so', async () => {
    const { connection } = await open();
    connection.exec("insert into kysely_migration values ('9999-from-the-future', '2030-01-01T00:00:00Z')");
    await assert.rejects(open(), (error) => {
      assert(error instanceof MigrationError);
      assert.match(error.message, /newer version/);
      return true;
    });
  });
});

test('while another process holds the write lock all who write are refused in the time of one, and reading goes on', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
  const { db, file, close } = await openDatabase(dataDir);
  const holder = new DatabaseSync(file);
  holder.exec('begin immediate');
  const write = () => db.deleteFrom('session').where('id', '=', 'none').execute();
  const beganMs = performance.now();
  const writes = await Promise.allSettled(Array.from({ length: 20 }, write));
  const tookMs = performance.now() - beganMs;
  assert.deepEqual([...new Set(writes.map(({ status }) => status))], ['rejected']);
  assert.ok(tookMs < 2 * 2000, `20 writes were refused after ${tookMs} ms`);
  assert.deepEqual(await db.selectFrom('user').selectAll().execute(), []);
  holder.exec('rollback');
  await write();
  // A lock that is taken later is waited for again.
  holder.exec('begin immediate');
  const waits = write();
  setImmediate(() => holder.exec('rollback'));
  await waits;
  holder.close();
  await close();
  rmSync(dataDir, { recursive: true });
});
