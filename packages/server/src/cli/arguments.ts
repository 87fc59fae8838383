/**
 * Takes a command line apart. In: the arguments behind the program's name; out: the words that name a command, the
 * options that belong to commands, and the flags that are settings, which `config.ts` reads.
 */
import { SETTINGS } from '../config.ts';

/** Options of commands; `true` when they take a value. */
const COMMAND_OPTIONS: Readonly<Record<string, boolean>> = {
  help: false,
  version: false,
  json: false,
  admin: false,
  'password-stdin': false,
  label: true,
};

const ALIASES: Readonly<Record<string, string>> = { '-h': '--help', '-v': '--version' };

/** Flags of settings whose value may be the next argument. */
const SETTINGS_WITH_VALUE = new Set([
  'config',
  ...SETTINGS.filter((setting) => typeof setting.fallback !== 'boolean').map((setting) => setting.key),
]);

export interface CommandLine {
  /** `['key', 'create', 'alice']` */
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string | true>;
  /** For `loadConfig`. */
  readonly settingFlags: readonly string[];
  readonly problems: readonly string[];
}

export function parseCommandLine(argv: readonly string[]): CommandLine {
  const words: string[] = [];
  const options = new Map<string, string | true>();
  const settingFlags: string[] = [];
  const problems: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const written = argv[at] ?? '';
    const argument = ALIASES[written] ?? written;
    if (!argument.startsWith('-')) {
      words.push(argument);
      continue;
    }
    const [name, inline] = splitOnce(argument.slice(2));
    const takesValue = argument.startsWith('--') ? COMMAND_OPTIONS[name] : undefined;
    if (takesValue === undefined) {
      settingFlags.push(argument);
      const next = argv[at + 1];
      if (
        inline === undefined &&
        SETTINGS_WITH_VALUE.has(name) &&
        next !== undefined &&
        !next.startsWith('--')
      ) {
        settingFlags.push(next);
        at += 1;
      }
    } else if (takesValue) {
      const value = inline ?? argv[(at += 1)];
      if (value === undefined) problems.push(`--${name} needs a value.`);
      else options.set(name, value);
    } else if (inline === undefined) {
      options.set(name, true);
    } else {
      problems.push(`--${name} takes no value.`);
    }
  }
  return { words, options, settingFlags, problems };
}

function splitOnce(text: string): [string, string?] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)];
}
