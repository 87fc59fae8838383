/** What a command works with, and what it gives back. */
import { pino } from 'pino';
import type { Config, LoadedConfig } from '../config.ts';
import { openDatabase, type OpenDatabase } from '../db/index.ts';
import { Passwords } from '../platform/accounts/password.ts';
import { AccountService } from '../platform/accounts/service.ts';
import { ChannelService } from '../platform/channels/service.ts';
import { createLimits } from '../platform/limits.ts';
import { NOTHING_LIVE } from '../platform/ports.ts';

export interface CliIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface CommandInput {
  /** Behind the words that name the command. */
  readonly operands: readonly string[];
  readonly options: ReadonlyMap<string, string | true>;
  readonly loaded: LoadedConfig;
  readonly io: CliIo;
}

/** What a command has to say: `text` for people, `json` under `--json`. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  /** False ends the program with exit code 1 although the command did its work. */
  readonly ok?: boolean;
}

/** The command line itself is wrong. Exit code 2; the message is followed by how to write it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not do its work. Exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface Workshop {
  readonly database: OpenDatabase;
  readonly accounts: AccountService;
  readonly channels: ChannelService;
}

/** Runs `work` on the database of the data folder, beside a running server or without one, and closes it. */
export async function withDatabase<T>(config: Config, work: (workshop: Workshop) => Promise<T>): Promise<T> {
  const database = await openDatabase(config.dataDir);
  try {
    const { db } = database;
    const log = pino({ level: 'silent' });
    const accounts = new AccountService({
      db,
      config,
      log,
      limits: createLimits(config),
      passwords: new Passwords(),
      clock: Date.now,
    });
    // A running server notices within a second what changes here; see platform/channels/key-watch.ts.
    const channels = new ChannelService({ db, log, live: NOTHING_LIVE, clock: Date.now });
    return await work({ database, accounts, channels });
  } finally {
    await database.close();
  }
}

/** The one operand called `what`, or a usage error that says so. */
export function onlyOperand(operands: readonly string[], what: string): string {
  const [first, ...more] = operands;
  if (first === undefined) throw new UsageError(`${what} is missing.`);
  if (more.length > 0) throw new UsageError(`“${more[0]}” is too much.`);
  return first;
}

/** Rows under headings, in columns. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headings, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
