/**
 * Reads settings from where people put them: flags, environment variables, a file. In: the raw text; out: one
 * `Found` a value, typed by the setting's schema but not yet checked against it, and problems in words.
 */
import { parse as parseToml, TomlError } from 'smol-toml';
import { SETTINGS, type Setting } from './settings.ts';

export interface Found {
  readonly setting: Setting;
  readonly value: unknown;
  /** `flag --http-port`, `variable MILLRACE_HTTP_PORT`, `file /etc/millrace.toml`, `default`. */
  readonly source: string;
}

export interface Reading {
  readonly found: readonly Found[];
  readonly problems: readonly string[];
}

const byKey = new Map(SETTINGS.map((setting) => [setting.key, setting]));
const typeOf = (setting: Setting) => (setting.schema as { readonly type?: string }).type;

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** Text to the setting's type; text that does not fit stays text, and the check names it. */
function fromText(setting: Setting, text: string): unknown {
  switch (typeOf(setting)) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'boolean': {
      const lower = text.toLowerCase();
      if (TRUE.has(lower)) return true;
      return FALSE.has(lower) ? false : text;
    }
    case 'array':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    default:
      return text;
  }
}

/** `--key value`, `--key=value`, `--switch`, `--no-switch`. */
export function readFlags(argv: readonly string[]): Reading {
  const found: Found[] = [];
  const problems: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    if (!argument.startsWith('--')) {
      problems.push(`“${argument}” is not understood here. See \`millrace --help\`.`);
      continue;
    }
    const equals = argument.indexOf('=');
    const key = argument.slice(2, equals < 0 ? undefined : equals);
    const negated = key.startsWith('no-') ? byKey.get(key.slice(3)) : undefined;
    const setting = byKey.get(key) ?? negated;
    if (setting === undefined || (negated !== undefined && (typeOf(negated) !== 'boolean' || equals >= 0))) {
      problems.push(`There is no flag --${key}.${suggestion(key, '--')}`);
      if (equals < 0 && at + 1 < argv.length && !argv[at + 1]?.startsWith('-')) at += 1;
      continue;
    }
    const source = `flag --${key}`;
    if (equals >= 0) {
      found.push({ setting, value: fromText(setting, argument.slice(equals + 1)), source });
    } else if (typeOf(setting) === 'boolean') {
      found.push({ setting, value: negated === undefined, source });
    } else if (at + 1 < argv.length && !argv[at + 1]?.startsWith('--')) {
      at += 1;
      found.push({ setting, value: fromText(setting, argv[at] ?? ''), source });
    } else {
      problems.push(`--${key} needs a value: ${setting.allowed}.`);
    }
  }
  return { found, problems };
}

/** An empty variable counts as not set, as compose files write it. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): readonly Found[] {
  const found: Found[] = [];
  for (const setting of SETTINGS) {
    const text = env[setting.variable];
    if (text === undefined || text === '') continue;
    found.push({ setting, value: fromText(setting, text), source: `variable ${setting.variable}` });
  }
  return found;
}

/** `text` is the file's content; `.json` is JSON, everything else TOML. */
export function readFileText(file: string, text: string): Reading {
  let content: unknown;
  try {
    content = file.endsWith('.json') ? JSON.parse(text) : parseToml(text);
  } catch (error) {
    const where = error instanceof TomlError ? ` (line ${error.line}, column ${error.column})` : '';
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not readable';
    return { found: [], problems: [`${file} cannot be read${where}: ${message}.`] };
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return { found: [], problems: [`${file} must hold one object of settings.`] };
  }
  const found: Found[] = [];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    const setting = byKey.get(key);
    if (setting === undefined)
      problems.push(`${file} has an unknown setting “${key}”.${suggestion(key, '')}`);
    else found.push({ setting, value, source: `file ${file}` });
  }
  return { found, problems };
}

/** The nearest name, when one is near enough to be what was meant. */
function suggestion(key: string, prefix: string): string {
  const wanted = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-');
  let best: string | undefined;
  let bestDistance = 4;
  for (const candidate of byKey.keys()) {
    const distance = editDistance(wanted, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? '' : ` Did you mean ${prefix}${best}?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
