/**
 * The bench: `npm run bench -- --help`. Runs scenarios against Millrace and against the servers people use today, in one
 * run on one machine, and reports server CPU, memory, delay and join time with ratios.
 *
 * This file only reads the options and calls the scenarios in order; docs/performance.md describes the method.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';
import { clipFile, loadClip } from './clip.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { report, seriesName } from './report/tables.ts';
import { writeReport } from './report/write.ts';
import type { DelayRow, FanoutRow, IngestRow, JoinRow, ResultRow, Results, Scenario } from './results.ts';
import { publishToReceive } from './scenarios/delay.ts';
import { fanout } from './scenarios/fanout.ts';
import { ingest } from './scenarios/ingest.ts';
import { joinTime } from './scenarios/join.ts';
import type { Bench } from './scenarios/scenario.ts';
import { millrace } from './servers/millrace.ts';
import { nginxRtmp } from './servers/nginx-rtmp.ts';
import { nodeMediaServer } from './servers/node-media-server.ts';
import type { ServerKind } from './servers/server.ts';

const KINDS: readonly ServerKind[] = [millrace, nginxRtmp, nodeMediaServer];
const SCENARIOS: Readonly<Record<Scenario, (bench: Bench) => Promise<void>>> = {
  fanout,
  ingest,
  delay: publishToReceive,
  join: joinTime,
};

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const results =
    options.from === undefined
      ? await measure(options)
      : (JSON.parse(await readFile(options.from, 'utf8')) as Results);
  console.log(`\n${report(results)}`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (options.write) for (const path of await writeReport(results)) progress(`wrote ${path}`);
}

async function measure(options: Options): Promise<Results> {
  const startedAt = new Date();
  const clipPath = await clipFile(progress);
  const clip = await loadClip(clipPath);
  const versions: Record<string, string> = {};
  const missing: Record<string, string> = {};
  const servers: ServerKind[] = [];
  for (const kind of KINDS.filter(({ name }) => options.servers.includes(name))) {
    const found = await kind.probe();
    if ('missing' in found) {
      missing[kind.name] = found.missing;
      progress(`${kind.name} is left out: ${found.missing}`);
    } else {
      versions[kind.name] = found.version;
      servers.push(kind);
    }
  }
  const rows: ResultRow[] = [];
  const bench: Bench = {
    ...options,
    clipPath,
    servers,
    progress,
    done(row) {
      rows.push(row);
      progress(`  ${brief(row)}`);
    },
  };
  for (const scenario of options.scenarios) await SCENARIOS[scenario](bench);
  return {
    startedAt: startedAt.toISOString(),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Linux ${release()}, loopback`,
    stream: `720p30, H.264 ${(clip.videoKbps / 1000).toFixed(2)} Mbit/s without filler, AAC 128 kbit/s, key frame every 2 s`,
    versions,
    missing,
    plan: { windows: options.windows, windowMs: options.windowMs },
    rows,
  };
}

const BRIEFS: { readonly [S in Scenario]: (row: ResultRow & { readonly scenario: S }) => string } = {
  fanout: (row) =>
    `${seriesName(row)}, ${row.viewers}: ${row.cpuMsPerViewerSecond.toFixed(3)} CPU-ms a viewer-second, ${soundness(row)}`,
  ingest: (row) =>
    `${row.server}, ${row.publishers}: ${row.cpuMsPerPublisherSecond.toFixed(2)} CPU-ms a publisher-second, ${soundness(row)}`,
  delay: (row) => `${seriesName(row)}, + ${row.otherViewers}: ${percentiles(row)}`,
  join: (row) => `${seriesName(row)}: ${percentiles(row)}`,
};

function brief<S extends Scenario>(row: ResultRow & { readonly scenario: S }): string {
  return BRIEFS[row.scenario](row);
}

function soundness(row: FanoutRow | IngestRow): string {
  return [`${Math.round(row.rssBytes / 1e6)} MB`, ...row.remarks].join('; ');
}

function percentiles(row: DelayRow | JoinRow): string {
  return `p50 ${row.p50Ms.toFixed(1)} ms, p99 ${row.p99Ms.toFixed(1)} ms`;
}

const beganMs = performance.now();

function progress(text: string): void {
  process.stderr.write(`[${((performance.now() - beganMs) / 1000).toFixed(0).padStart(4)} s] ${text}\n`);
}

try {
  await main();
} catch (error) {
  console.error(
    error instanceof Error ? (process.env['DEBUG'] === undefined ? error.message : error.stack) : error,
  );
  process.exitCode = 1;
}
