/** The bench's command line. */
import { parseArgs } from 'node:util';
import type { Scenario } from './results.ts';
import type { ServerName } from './servers/server.ts';

export const USAGE = `npm run bench -- [options]

  --preset quick|full        quick (default): about 4 minutes; full: about 15
  --scenario LIST            of fanout, ingest, delay, join
  --servers LIST             of millrace, nginx-rtmp, node-media-server
  --viewers LIST             fan-out: numbers of viewers, such as 100,1000
  --publishers LIST          ingest: numbers of publishers
  --tick-ms LIST             fan-out of millrace: what it collects before a write; 0 is a frame
  --window-s N               length of a window; whole seconds, even
  --windows N                windows a measurement; their median counts
  --json FILE                all results as JSON
  --write                    puts tables and graphs into docs/performance.md and docs/performance/
  --from FILE                reports results of an earlier --json instead of measuring
  "--node-args=ARGS"         for the Node that runs millrace, such as --cpu-prof --cpu-prof-dir=/tmp/prof
  --help`;

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly servers: readonly ServerName[];
  readonly viewerCounts: readonly number[];
  readonly publisherCounts: readonly number[];
  readonly ticksMs: readonly number[];
  readonly windowMs: number;
  readonly windows: number;
  readonly json: string | undefined;
  readonly write: boolean;
  readonly from: string | undefined;
  readonly nodeArguments: readonly string[];
  readonly help: boolean;
}

const SCENARIOS: readonly Scenario[] = ['fanout', 'ingest', 'delay', 'join'];
const SERVERS: readonly ServerName[] = ['millrace', 'nginx-rtmp', 'node-media-server'];

const PRESETS = {
  quick: { viewers: '300', publishers: '20', tickMs: '100', windowS: '4', windows: '2' },
  full: { viewers: '100,300,1000', publishers: '20,50,100', tickMs: '100,350', windowS: '4', windows: '3' },
} as const;

/** @throws an Error that a person can read. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      preset: { type: 'string', default: 'quick' },
      scenario: { type: 'string', default: SCENARIOS.join(',') },
      servers: { type: 'string', default: SERVERS.join(',') },
      viewers: { type: 'string' },
      publishers: { type: 'string' },
      'tick-ms': { type: 'string' },
      'window-s': { type: 'string' },
      windows: { type: 'string' },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
      from: { type: 'string' },
      'node-args': { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.preset !== 'quick' && values.preset !== 'full')
    throw new Error(`--preset ${values.preset}: quick or full`);
  const preset = PRESETS[values.preset];
  const windowS = wholeNumber('--window-s', values['window-s'] ?? preset.windowS, 2);
  if (windowS % 2 !== 0) throw new Error('--window-s: key frames come every 2 s, so windows are even');
  return {
    scenarios: oneOf('--scenario', values.scenario, SCENARIOS),
    servers: oneOf('--servers', values.servers, SERVERS),
    viewerCounts: wholeNumbers('--viewers', values.viewers ?? preset.viewers, 1),
    publisherCounts: wholeNumbers('--publishers', values.publishers ?? preset.publishers, 1),
    ticksMs: wholeNumbers('--tick-ms', values['tick-ms'] ?? preset.tickMs, 0),
    windowMs: windowS * 1000,
    windows: wholeNumber('--windows', values.windows ?? preset.windows, 1),
    json: values.json,
    write: values.write,
    from: values.from,
    nodeArguments: values['node-args'].split(' ').filter((argument) => argument !== ''),
    help: values.help,
  };
}

function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T[] {
  return text.split(',').map((name) => {
    const found = allowed.find((candidate) => candidate === name.trim());
    if (found === undefined) throw new Error(`${flag} ${name}: one of ${allowed.join(', ')}`);
    return found;
  });
}

function wholeNumbers(flag: string, text: string, least: number): number[] {
  return text.split(',').map((part) => wholeNumber(flag, part.trim(), least));
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < least)
    throw new Error(`${flag} ${text}: a whole number from ${least}`);
  return value;
}
