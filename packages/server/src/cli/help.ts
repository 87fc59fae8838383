/** `millrace --help`, made from the tables of commands and settings. */
import { SETTINGS } from '../config.ts';

interface Described {
  readonly usage: string;
  readonly summary: string;
}

export function helpText(commands: Readonly<Record<string, Described>>): string {
  const settings = SETTINGS.map((setting) => {
    const isSwitch = typeof setting.fallback === 'boolean';
    const shown = isSwitch || setting.fallback === undefined ? '' : ` [${formatFallback(setting.fallback)}]`;
    return [`--${setting.key}${isSwitch ? '' : ' VALUE'}`, setting.description + shown] as const;
  });
  return [
    'millrace: your own live-streaming site.',
    '',
    'Start the server:',
    '  millrace [settings]',
    '',
    'Commands, which work while the server runs as well as when it is stopped:',
    ...lines(Object.values(commands).map(({ usage, summary }) => [`millrace ${usage}`, summary] as const)),
    '',
    'Each command takes --json (print JSON) and every setting, such as --data-dir.',
    '',
    'Settings, by flag, by MILLRACE_* variable or in millrace.toml or millrace.json:',
    ...lines([...settings, ['--config FILE', 'The settings file to read.']]),
    '',
    'Exit codes: 0 done, 1 could not be done, 2 a command or setting is written wrongly.',
  ].join('\n');
}

function lines(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function formatFallback(value: unknown): string {
  return Array.isArray(value) ? value.join(',') || 'none' : String(value);
}
