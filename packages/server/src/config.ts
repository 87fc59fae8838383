/**
 * The settings of a run. In: flags, environment, working folder; out: one checked `Config` and where each value
 * came from. Flags win over `MILLRACE_*` variables, those over `millrace.toml` or `millrace.json`, those over the
 * defaults. The file is looked for in the working folder, or named by `--config` or `MILLRACE_CONFIG`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { Value } from 'typebox/value';
import { ConfigSchema, SETTINGS, type Config, type SettingName } from './config/settings.ts';
import { readEnvironment, readFileText, readFlags, type Found } from './config/sources.ts';

export { SETTINGS, type Config, type SettingName } from './config/settings.ts';

export interface ConfigInput {
  /** Flags only, without the program's name and without a subcommand. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from, in words: `default`, `flag --http-port`, `file /srv/millrace.toml`. */
  readonly sources: Readonly<Record<SettingName, string>>;
}

/** Everything wrong with the settings, told at once. `message` is for the person at the terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(['The settings need attention:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

const FILE_NAMES = ['millrace.toml', 'millrace.json'];

/** @throws {ConfigError} */
export function loadConfig({ argv, env, cwd }: ConfigInput): LoadedConfig {
  const { file: named, rest, problems: fileProblems } = takeConfigFlag(argv, env);
  const flags = readFlags(rest);
  const { found: fromFile, problems: readProblems } = readConfigFile(named, cwd);
  const problems = [...fileProblems, ...flags.problems, ...readProblems];

  const values = new Map<SettingName, Found>();
  for (const setting of SETTINGS) {
    if (setting.fallback !== undefined) {
      values.set(setting.name, { setting, value: setting.fallback, source: 'default' });
    }
  }
  // The last one wins.
  for (const found of [...fromFile, ...readEnvironment(env), ...flags.found])
    values.set(found.setting.name, found);

  for (const { setting, value, source } of values.values()) {
    if (!Value.Check(setting.schema, value)) {
      const shown = setting.secret ? 'not allowed' : JSON.stringify(value);
      problems.push(`${setting.key} (${source}) is ${shown}: it must be ${setting.allowed}.`);
    }
  }
  const draft = Object.fromEntries([...values].map(([name, found]) => [name, found.value]));
  if (problems.length > 0 || !Value.Check(ConfigSchema, draft)) throw new ConfigError(problems);
  const inconsistent = contradictions(draft);
  if (inconsistent.length > 0) throw new ConfigError(inconsistent);

  const dataDirSource = values.get('dataDir')?.source ?? '';
  const base = dataDirSource.startsWith('file ') ? dirname(dataDirSource.slice('file '.length)) : cwd;
  const config: Config = {
    ...draft,
    dataDir: resolve(base, draft.dataDir),
    ...(draft.publicUrl === undefined ? {} : { publicUrl: new URL(draft.publicUrl).origin }),
  };
  const sources = Object.fromEntries(
    SETTINGS.map((setting) => [setting.name, values.get(setting.name)?.source ?? 'not set']),
  ) as Record<SettingName, string>;
  return { config, sources };
}

/** Values that are each allowed but not together. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (config.httpPort !== 0 && config.httpPort === config.rtmpPort) {
    problems.push(`http-port and rtmp-port are both ${config.httpPort}: give them two different ports.`);
  }
  if (config.chunkMs > config.partMs) {
    problems.push(`chunk-ms (${config.chunkMs}) must not be longer than part-ms (${config.partMs}).`);
  }
  if (config.partMs > config.segmentMs) {
    problems.push(`part-ms (${config.partMs}) must not be longer than segment-ms (${config.segmentMs}).`);
  }
  if (config.publicUrl !== undefined && !URL.canParse(config.publicUrl)) {
    problems.push(
      `public-url is ${JSON.stringify(config.publicUrl)}: it is not an address a browser can open.`,
    );
  }
  for (const proxy of config.trustedProxies) {
    if (!isNetwork(proxy)) {
      problems.push(
        `trusted-proxies has ${JSON.stringify(proxy)}: it must be an address or a network like 10.0.0.0/8.`,
      );
    }
  }
  return problems;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function takeConfigFlag(argv: readonly string[], env: ConfigInput['env']) {
  const rest: string[] = [];
  const problems: string[] = [];
  let file = env['MILLRACE_CONFIG'] === '' ? undefined : env['MILLRACE_CONFIG'];
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    if (argument.startsWith('--config=')) {
      file = argument.slice('--config='.length);
    } else if (argument === '--config') {
      at += 1;
      file = argv[at];
      if (file === undefined) problems.push('--config needs a value: the settings file to read.');
    } else {
      rest.push(argument);
    }
  }
  return { file, rest, problems };
}

function readConfigFile(
  named: string | undefined,
  cwd: string,
): { found: readonly Found[]; problems: readonly string[] } {
  const candidates = named === undefined ? FILE_NAMES : [named];
  const files = candidates
    .map((name) => resolve(cwd, name))
    .filter((file) => named !== undefined || existsSync(file));
  if (files.length > 1) {
    return { found: [], problems: [`Both ${files.join(' and ')} exist: keep one of them.`] };
  }
  const [file] = files;
  if (file === undefined) return { found: [], problems: [] };
  try {
    return readFileText(file, readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { found: [], problems: [`The settings file ${file} cannot be read: ${reason}.`] };
  }
}

/** One line of `millrace config`. */
export interface ShownSetting {
  readonly key: string;
  /** JSON text; `***` for a secret. */
  readonly value: string;
  readonly source: string;
  readonly description: string;
}

/** What `millrace config` prints. */
export function describeConfig(
  { config, sources }: LoadedConfig,
  settings = SETTINGS,
): readonly ShownSetting[] {
  return settings.map((setting) => {
    const value = config[setting.name];
    return {
      key: setting.key,
      value: value === undefined ? '' : setting.secret ? '***' : JSON.stringify(value),
      source: sources[setting.name],
      description: setting.description,
    };
  });
}
