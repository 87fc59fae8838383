/**
 * The program's log, on standard error: standard output belongs to the banner or the `ready` line.
 *
 * In: format and level. Out: a pino logger: a JSON object a line for machines, or a line of text for people.
 */
import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';

const LEVEL_NAMES: Readonly<Record<number, string>> = pino.levels.labels;

export function createLog({ logFormat, logLevel }: Pick<Config, 'logFormat' | 'logLevel'>): Logger {
  const options = { level: logLevel, base: null };
  const stderr = pino.destination({ dest: 2, sync: true });
  if (logFormat === 'json') return pino(options, stderr);
  return pino(options, { write: (line: string) => stderr.write(forPeople(line)) });
}

/** `12:03:59 warn  the demo publisher lost its connection  reason=ECONNRESET` */
export function forPeople(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as {
    level: number;
    time: number;
    msg?: string;
    err?: { message?: string; stack?: string };
    [field: string]: unknown;
  };
  const clock = new Date(time).toTimeString().slice(0, 8);
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`);
  const text = [clock, (LEVEL_NAMES[level] ?? String(level)).padEnd(5), msg ?? '', ...pairs].join(' ');
  const trace = err?.stack ?? err?.message;
  return trace === undefined ? `${text}\n` : `${text}\n${trace.replaceAll(/^/gm, '    ')}\n`;
}

/** What strangers sent may stand in a field: nothing in it may reach the terminal as a control sequence. */
function textOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}
