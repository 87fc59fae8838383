/**
 * The command line beside the server itself. In: arguments and streams; out: an exit code: 0 done, 1 could not be
 * done, 2 the command or a setting is written wrongly. `--json` prints one JSON object, errors too.
 */
import { ConfigError, describeConfig, loadConfig } from '../config.ts';
import { MigrationError } from '../db/index.ts';
import { ApiError } from '../platform/errors.ts';
import { version } from '../version.ts';
import { invite, setupLink, userAdd, userList, userPassword } from './accounts.ts';
import { parseCommandLine, type CommandLine } from './arguments.ts';
import { backup, restore } from './backup.ts';
import {
  CommandError,
  table,
  UsageError,
  type CliIo,
  type CommandInput,
  type CommandResult,
} from './context.ts';
import { doctor } from './doctor.ts';
import { helpText } from './help.ts';
import { keyCreate, keyList, keyRevoke } from './keys.ts';

export type { CliIo } from './context.ts';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

export interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly run: (input: CommandInput) => Promise<CommandResult>;
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  'user add': {
    usage: 'user add NAME [--admin] --password-stdin',
    summary: 'Make an account and its channel; the password comes on standard input',
    run: userAdd,
  },
  'user list': { usage: 'user list', summary: 'Show the accounts', run: userList },
  'user password': {
    usage: 'user password NAME --password-stdin',
    summary: 'Set a new password and end the sessions of an account',
    run: userPassword,
  },
  'key create': {
    usage: 'key create NAME [--label TEXT]',
    summary: 'Make a stream key for a channel and print it, once',
    run: keyCreate,
  },
  'key list': {
    usage: 'key list NAME',
    summary: 'Show the keys of a channel, without their secrets',
    run: keyList,
  },
  'key revoke': {
    usage: 'key revoke NAME ID',
    summary: 'End a key, also where it publishes now',
    run: keyRevoke,
  },
  'setup-link': {
    usage: 'setup-link',
    summary: 'Print a new one-time link that makes the first administrator',
    run: setupLink,
  },
  invite: { usage: 'invite', summary: 'Print an invite for one account', run: invite },
  config: { usage: 'config', summary: 'Show every setting and where it comes from', run: showConfig },
  doctor: { usage: 'doctor', summary: 'Check the machine, the data and the ports', run: doctor },
  backup: {
    usage: 'backup FILE',
    summary: 'Write the database to a file, also while the server runs',
    run: backup,
  },
  restore: {
    usage: 'restore FILE',
    summary: 'Put a backup in place; the server must be stopped',
    run: restore,
  },
};

/** Are these arguments for `runCli`? Otherwise they are flags of a server start. */
export function isCommand(argv: readonly string[]): boolean {
  const { words, options } = parseCommandLine(argv);
  return words.length > 0 || options.size > 0;
}

/** Never throws for what people type. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const line = parseCommandLine(argv);
  const asJson = line.options.has('json');
  try {
    const result = await run(line, io);
    io.stdout.write(`${asJson ? JSON.stringify(result.json, undefined, 2) : result.text}\n`);
    return result.ok === false ? EXIT.failed : EXIT.done;
  } catch (error) {
    const failure = explain(error);
    if (failure === undefined) throw error;
    const { code, message, exit } = failure;
    io.stderr.write(`${asJson ? JSON.stringify({ error: { code, message } }) : message}\n`);
    return exit;
  }
}

async function run(
  { words, options, settingFlags, problems }: CommandLine,
  io: CliIo,
): Promise<CommandResult> {
  if (options.has('version')) return { text: `millrace ${version}`, json: { version } };
  if (options.has('help') || words.length === 0) {
    const text = helpText(COMMANDS);
    return { text, json: { help: text } };
  }
  const found = findCommand(words);
  if (found === undefined) {
    // The value of a mistyped flag looks like a command: the flag is what is wrong then.
    loadConfig({ argv: settingFlags, env: io.env, cwd: io.cwd });
    throw new UsageError(`There is no command “${words.join(' ')}”. See \`millrace --help\`.`);
  }
  const { command, operands } = found;
  try {
    if (problems.length > 0) throw new UsageError(problems.join(' '));
    const loaded = loadConfig({ argv: settingFlags, env: io.env, cwd: io.cwd });
    return await command.run({ operands, options, loaded, io });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\nUsage: millrace ${command.usage}`, { cause: error });
  }
}

function findCommand(
  words: readonly string[],
): { command: Command; operands: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const command = COMMANDS[words.slice(0, length).join(' ')];
    if (command !== undefined && words.length >= length) return { command, operands: words.slice(length) };
  }
  return undefined;
}

/** `undefined` for what nobody foresaw. */
function explain(error: unknown): { code: string; message: string; exit: number } | undefined {
  if (error instanceof UsageError) return { code: 'usage', message: error.message, exit: EXIT.usage };
  if (error instanceof ConfigError) return { code: 'config', message: error.message, exit: EXIT.usage };
  if (error instanceof ApiError) return { code: error.code, message: error.message, exit: EXIT.failed };
  if (error instanceof CommandError) return { code: 'failed', message: error.message, exit: EXIT.failed };
  if (error instanceof MigrationError) return { code: 'database', message: error.message, exit: EXIT.failed };
  // Files and SQLite: the system's words say enough.
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return { code: error.code, message: error.message, exit: EXIT.failed };
  }
  return undefined;
}

async function showConfig({ loaded }: CommandInput): Promise<CommandResult> {
  const settings = describeConfig(loaded);
  return {
    text: table(
      ['SETTING', 'VALUE', 'FROM'],
      settings.map(({ key, value, source }) => [key, value, source]),
    ),
    json: { settings },
  };
}
