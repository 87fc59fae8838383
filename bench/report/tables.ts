/**
 * Results as Markdown tables, the same for the terminal and for docs/performance.md: one a scenario, millrace first, with
 * ratios to the other servers of the same run.
 */
import type { DelayRow, FanoutRow, IngestRow, JoinRow, ResultRow, Results, Scenario } from '../results.ts';

export function report(results: Results): string {
  const lines = [
    `Measured ${results.startedAt.slice(0, 10)} on ${results.machine}; ${results.stream}; median of ${results.plan.windows} windows of ${results.plan.windowMs / 1000} s.`,
    '',
    ...Object.entries(results.versions).map(([name, version]) => `- ${name}: ${version}`),
    ...Object.entries(results.missing).map(([name, reason]) => `- ${name}: not measured, ${reason}`),
    '',
    ...section('Fan-out: server CPU-ms a viewer-second', fanoutTable(select(results.rows, 'fanout'))),
    ...section('Ingest: server CPU-ms a publisher-second', ingestTable(select(results.rows, 'ingest'))),
    ...section('Delay from publish to receive', delayTable(select(results.rows, 'delay'))),
    ...section('Join: connect to the first byte of a picture', joinTable(select(results.rows, 'join'))),
  ];
  return lines.join('\n').trimEnd();
}

export function select<S extends Scenario>(
  rows: readonly ResultRow[],
  scenario: S,
): (ResultRow & { readonly scenario: S })[] {
  return rows.filter((row): row is ResultRow & { readonly scenario: S } => row.scenario === scenario);
}

/** The name of a line: server, protocol and chunk. */
export function seriesName(row: FanoutRow | DelayRow | JoinRow): string {
  const chunk = row.tickMs === undefined ? '' : row.tickMs === 0 ? ', a frame a write' : `, ${row.tickMs} ms`;
  return `${row.server} ${row.protocol}${chunk}`;
}

function section(title: string, table: string[]): string[] {
  return table.length === 0 ? [] : [`### ${title}`, '', ...table, ''];
}

function fanoutTable(rows: readonly FanoutRow[]): string[] {
  if (rows.length === 0) return [];
  const counts = [...new Set(rows.map((row) => row.viewers))].sort((a, b) => a - b);
  const most = counts.at(-1) ?? 0;
  const at = (name: string, viewers: number): FanoutRow | undefined =>
    rows.find((row) => seriesName(row) === name && row.viewers === viewers);
  const names = [...new Set(rows.map(seriesName))];
  const remarks: string[] = [];
  const lines = names.map((name) => {
    const last = at(name, most);
    const costs = counts.map((viewers) => {
      const row = at(name, viewers);
      if (row === undefined) return '–';
      if (row.remarks.length > 0) remarks.push(`${name}, ${viewers} viewers: ${row.remarks.join('; ')}.`);
      return `${row.cpuMsPerViewerSecond.toFixed(3)}${row.sound ? '' : ` (${row.remarks.length > 0 ? remarks.length : '?'})`}`;
    });
    const own = last?.cpuMsPerViewerSecond;
    const to = (server: FanoutRow['server']): string =>
      last?.server === 'millrace'
        ? ratio(
            own,
            cheapest(
              rows.filter((row) => row.server === server && row.viewers === most),
              (row) => row.cpuMsPerViewerSecond,
            ),
          )
        : '';
    return line([
      name,
      ...costs,
      to('node-media-server'),
      to('nginx-rtmp'),
      last === undefined ? '–' : megabytes(last.rssBytes),
    ]);
  });
  return [
    line([
      'server',
      ...counts.map((count) => `${count} viewers`),
      `of Node-Media-Server at ${most}`,
      `of nginx-rtmp at ${most}`,
      `RSS at ${most}`,
    ]),
    line(['---', ...counts.map(() => '---:'), '---:', '---:', '---:']),
    ...lines,
    ...footnotes(remarks),
  ];
}

function ingestTable(rows: readonly IngestRow[]): string[] {
  if (rows.length === 0) return [];
  const counts = [...new Set(rows.map((row) => row.publishers))].sort((a, b) => a - b);
  const names = [...new Set(rows.map(ingestName))];
  const remarks: string[] = [];
  const lines = names.map((name) => {
    const cells = counts.map((publishers) => {
      const row = rows.find(
        (candidate) => ingestName(candidate) === name && candidate.publishers === publishers,
      );
      if (row === undefined) return ['–', '–', ''];
      if (row.remarks.length > 0)
        remarks.push(`${name}, ${publishers} publishers: ${row.remarks.join('; ')}.`);
      const nginx = rows.find(
        (other) => other.server === 'nginx-rtmp' && other.packaged && other.publishers === publishers,
      );
      return [
        `${row.cpuMsPerPublisherSecond.toFixed(2)}${row.sound ? '' : ` (${remarks.length})`}`,
        row.server === 'millrace' ? ratio(row.cpuMsPerPublisherSecond, nginx?.cpuMsPerPublisherSecond) : '',
        megabytes(row.rssBytes),
      ];
    });
    return line([name, ...cells.flat()]);
  });
  return [
    line(['server', ...counts.flatMap((count) => [`${count} publishers`, 'of nginx-rtmp with HLS', 'RSS'])]),
    line(['---', ...counts.flatMap(() => ['---:', '---:', '---:'])]),
    ...lines,
    ...footnotes(remarks),
  ];
}

function ingestName(row: IngestRow): string {
  return `${row.server}${row.packaged ? ', packaging for HLS' : ', no packaging'}`;
}

function delayTable(rows: readonly DelayRow[]): string[] {
  if (rows.length === 0) return [];
  return [
    line(['server', 'other viewers', 'p50 ms', 'p99 ms', 'pictures']),
    line(['---', '---:', '---:', '---:', '---:']),
    ...rows.map((row) =>
      line([
        seriesName(row),
        String(row.otherViewers),
        row.p50Ms.toFixed(1),
        row.p99Ms.toFixed(1),
        String(row.pictures),
      ]),
    ),
  ];
}

function joinTable(rows: readonly JoinRow[]): string[] {
  if (rows.length === 0) return [];
  return [
    line(['server', 'p50 ms', 'p99 ms', 'joins']),
    line(['---', '---:', '---:', '---:']),
    ...rows.map((row) =>
      line([seriesName(row), row.p50Ms.toFixed(1), row.p99Ms.toFixed(1), String(row.joins)]),
    ),
  ];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function footnotes(remarks: readonly string[]): string[] {
  return remarks.length === 0 ? [] : ['', ...remarks.map((remark, index) => `(${index + 1}) ${remark}  `)];
}

function cheapest<T>(rows: readonly T[], cost: (row: T) => number): number | undefined {
  return rows.length === 0 ? undefined : Math.min(...rows.map(cost));
}

function ratio(own: number | undefined, other: number | undefined): string {
  return own === undefined || other === undefined ? '–' : (own / other).toFixed(2);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}
