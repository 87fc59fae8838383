/**
 * `millrace doctor`: looks at everything a server needs from its machine and says what to do about what is wrong.
 * Changes nothing; works beside a running server.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import {
  connect,
  databaseFile,
  migrationState,
  unknownMigrations,
  wasSetUp,
  type OpenDatabase,
} from '../db/index.ts';
import { AccountStore } from '../platform/accounts/store.ts';
import { findRunningServer, type RunningServer } from '../platform/running-server.ts';
import type { CommandInput, CommandResult } from './context.ts';

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** The first with argon2 in `node:crypto`. */
const MIN_NODE = [24, 7] as const;
const GIB = 1024 ** 3;
const LOW_DISK_BYTES = 2 * GIB;
const FULL_DISK_BYTES = 0.1 * GIB;
/** Nothing of ours is older. */
const PROJECT_BEGAN_MS = Date.UTC(2026, 0, 1);
/** Clocks of one machine do not disagree with themselves by more. */
const CLOCK_SLACK_MS = 60_000;

const MARKS: Readonly<Record<Finding['state'], string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
};

export async function doctor({ loaded }: CommandInput): Promise<CommandResult> {
  const findings = await examine(loaded.config);
  const ok = findings.every((finding) => finding.state !== 'failed');
  const lines = findings.map(
    ({ check, state, detail, advice }) =>
      `${MARKS[state]}  ${check}: ${detail}${advice === undefined ? '' : `\n         → ${advice}`}`,
  );
  lines.push('', ok ? 'Nothing stands in the way.' : 'Something needs your hand: see the arrows.');
  return { text: lines.join('\n'), json: { ok, findings }, ok };
}

export async function examine(config: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = [node(), dataDir(config.dataDir), await disk(config.dataDir)];
  let running: RunningServer | undefined;
  const file = databaseFile(config.dataDir);
  if (existsSync(file)) {
    let database: OpenDatabase | undefined;
    try {
      database = connect(file);
      findings.push(integrity(database));
      const tables = await migrations(database);
      findings.push(tables);
      if (tables.state !== 'failed' && tables.detail !== NOT_MIGRATED) {
        running = await findRunningServer(database.db);
        findings.push(await clock(database), await administrator(database));
      }
    } catch (error) {
      findings.push({
        check: 'database',
        state: 'failed',
        detail: error instanceof Error ? error.message : String(error),
        advice: `Check who may read and write ${file}; if it is damaged: millrace restore BACKUP`,
      });
    } finally {
      await database?.close();
    }
  } else {
    findings.push({ check: 'database', state: 'ok', detail: 'none yet; the first start makes it' });
  }
  findings.push(await port('http-port', config.httpPort, config.host, running?.httpPort));
  findings.push(await port('rtmp-port', config.rtmpPort, config.host, running?.rtmpPort));
  return findings;
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantMajor, wantMinor] = MIN_NODE;
  const enough = major > wantMajor || (major === wantMajor && minor >= wantMinor);
  const detail = `Node ${process.versions.node}`;
  if (enough) return { check: 'node', state: 'ok', detail };
  return { check: 'node', state: 'failed', detail, advice: `Use Node ${wantMajor}.${wantMinor} or later.` };
}

function dataDir(dir: string): Finding {
  const check = 'data folder';
  // The nearest that exists: the rest will be made in it.
  let nearest = dir;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return {
      check,
      state: 'failed',
      detail: `${nearest} cannot be written`,
      advice: `Give the server's user the right to write there, or choose another folder with --data-dir.`,
    };
  }
  if (nearest !== dir) return { check, state: 'ok', detail: `${dir} will be made at the first start` };
  if ((statSync(dir).mode & 0o007) !== 0) {
    return {
      check,
      state: 'warning',
      detail: `${dir} is open to every user of this machine`,
      advice: `chmod o-rwx ${dir}`,
    };
  }
  return { check, state: 'ok', detail: dir };
}

async function disk(dir: string): Promise<Finding> {
  let nearest = dir;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  const { bavail, bsize } = await statfs(nearest);
  const free = bavail * bsize;
  const detail = `${(free / GIB).toFixed(1)} GiB free`;
  if (free >= LOW_DISK_BYTES) return { check: 'disk', state: 'ok', detail };
  const state = free < FULL_DISK_BYTES ? 'failed' : 'warning';
  return { check: 'disk', state, detail, advice: 'Free some space, or move --data-dir to a larger disk.' };
}

function integrity({ connection, file }: OpenDatabase): Finding {
  const check = 'database';
  const whole = connection.prepare('pragma integrity_check').get()?.['integrity_check'];
  const orphans = connection.prepare('pragma foreign_key_check').all().length;
  if (whole === 'ok' && orphans === 0) return { check, state: 'ok', detail: `${file} is whole` };
  const detail = whole === 'ok' ? `${orphans} rows point at rows that are gone` : String(whole);
  return {
    check,
    state: 'failed',
    detail,
    advice: 'Stop the server and put a backup in place: millrace restore FILE',
  };
}

const NOT_MIGRATED = 'not set up yet';

async function migrations({ db, connection }: OpenDatabase): Promise<Finding> {
  const check = 'tables';
  if (!wasSetUp(connection)) return { check, state: 'ok', detail: NOT_MIGRATED };
  const foreign = unknownMigrations(connection);
  if (foreign.length > 0) {
    return {
      check,
      state: 'failed',
      detail: `made by a newer version (${foreign.join(', ')})`,
      advice: 'Install that version again, or restore a backup of this one.',
    };
  }
  const pending = (await migrationState(db)).filter((migration) => migration.executedAt === undefined);
  if (pending.length > 0) {
    return {
      check,
      state: 'warning',
      detail: `${pending.length} upgrade(s) to come: ${pending.map((migration) => migration.name).join(', ')}`,
      advice: 'The next start applies them. Make a backup before: millrace backup FILE',
    };
  }
  return { check, state: 'ok', detail: 'up to date' };
}

async function clock({ db }: OpenDatabase): Promise<Finding> {
  const check = 'clock';
  const now = Date.now();
  const { latest } = await db
    .selectFrom('session')
    .select((columns) => columns.fn.max('lastSeenAt').as('latest'))
    .executeTakeFirstOrThrow();
  const advice = 'Set the clock of the machine, best by NTP: timedatectl set-ntp true';
  const shown = new Date(now).toISOString();
  if (now < PROJECT_BEGAN_MS) return { check, state: 'failed', detail: `${shown} is in the past`, advice };
  if (latest !== null && latest > now + CLOCK_SLACK_MS) {
    return { check, state: 'failed', detail: `${shown} is before the last sign-in stored here`, advice };
  }
  return { check, state: 'ok', detail: shown };
}

async function administrator({ db }: OpenDatabase): Promise<Finding> {
  const check = 'administrator';
  if (await new AccountStore(db).hasAdmin()) return { check, state: 'ok', detail: 'there is one' };
  return { check, state: 'warning', detail: 'there is none yet', advice: 'millrace setup-link' };
}

async function port(key: string, wanted: number, host: string, ours: number | undefined): Promise<Finding> {
  if (ours !== undefined) return { check: key, state: 'ok', detail: `${ours}, used by the running server` };
  if (wanted === 0) return { check: key, state: 'ok', detail: 'a free one at each start' };
  const problem = await tryListening(wanted, host);
  if (problem === undefined) return { check: key, state: 'ok', detail: `${wanted} is free` };
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: `Another program uses it (ss -ltnp shows which). Stop that, or choose another with --${key}.`,
    EACCES: `Ports below 1024 need a privilege. Choose a higher one with --${key}, or put a proxy in front.`,
    EADDRNOTAVAIL: `This machine does not have the address ${host}. Choose another with --host.`,
  };
  return {
    check: key,
    state: 'failed',
    detail: `${wanted} cannot be used (${problem})`,
    advice: advice[problem] ?? `Choose another with --${key}.`,
  };
}

/** `undefined` when it worked, else the system's code. */
function tryListening(wanted: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(wanted, host, () => server.close(() => resolve(undefined)));
  });
}
