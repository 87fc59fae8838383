/**
 * The note a running server leaves in the database for the command line: its process and its ports. Removed at the
 * end; one left by a crash names a process that is gone.
 */
import type { Database } from '../db/index.ts';

export interface RunningServer {
  readonly pid: number;
  readonly httpPort: number;
  readonly rtmpPort: number;
  /** Unix ms. */
  readonly startedAt: number;
}

const NAME = 'running-server';

export async function noteRunningServer(db: Database, server: RunningServer): Promise<void> {
  const value = JSON.stringify(server);
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('setting').where('name', '=', NAME).execute();
    await transaction.insertInto('setting').values({ name: NAME, value }).execute();
  });
}

export async function forgetRunningServer(db: Database, pid: number): Promise<void> {
  if ((await readNote(db))?.pid === pid) await db.deleteFrom('setting').where('name', '=', NAME).execute();
}

/** `undefined` when none runs on this database. */
export async function findRunningServer(db: Database): Promise<RunningServer | undefined> {
  const server = await readNote(db);
  return server !== undefined && isAlive(server.pid) ? server : undefined;
}

async function readNote(db: Database): Promise<RunningServer | undefined> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', NAME).executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.value) as RunningServer);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // There, but somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
