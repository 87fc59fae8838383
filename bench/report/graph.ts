/** The fan-out rows as an SVG bar chart: one bar a series at the largest number of viewers, the shorter the better. */
import type { FanoutRow, Results } from '../results.ts';
import { select, seriesName } from './tables.ts';

const WIDTH = 760;
const LABEL_WIDTH = 260;
const VALUE_WIDTH = 60;
const BAR_HEIGHT = 22;
const ROW_HEIGHT = 32;
const TOP = 44;

const COLOURS: Readonly<Record<FanoutRow['server'], string>> = {
  millrace: '#0b7a75',
  'nginx-rtmp': '#8a8f98',
  'node-media-server': '#b9bdc4',
};

/** `undefined` when there is no fan-out to show. */
export function fanoutGraph(results: Results): string | undefined {
  const rows = select(results.rows, 'fanout');
  if (rows.length === 0) return undefined;
  const most = Math.max(...rows.map((row) => row.viewers));
  const bars = rows
    .filter((row) => row.viewers === most)
    .sort((a, b) => a.cpuMsPerViewerSecond - b.cpuMsPerViewerSecond);
  const longest = Math.max(...bars.map((row) => row.cpuMsPerViewerSecond));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const height = TOP + bars.length * ROW_HEIGHT + 8;
  const title = `Server CPU for ${most} viewers, ms a viewer-second (shorter is better)`;
  const drawn = bars.map((row, index) => {
    const y = TOP + index * ROW_HEIGHT;
    const width = Math.max(1, (row.cpuMsPerViewerSecond / longest) * room);
    const middle = y + BAR_HEIGHT / 2 + 5;
    return [
      `  <text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escaped(seriesName(row))}</text>`,
      `  <rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="3" fill="${COLOURS[row.server]}"/>`,
      `  <text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${middle}">${row.cpuMsPerViewerSecond.toFixed(2)}${row.sound ? '' : ' *'}</text>`,
    ].join('\n');
  });
  // A white sheet beneath, so that it can be read on a dark page.
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="14" fill="#1c2024">
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="16" y="26" font-weight="600">${escaped(title)}</text>
${drawn.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
