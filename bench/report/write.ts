/** Puts a run into the documentation: results as JSON, the graph, and the tables between two marks in docs/performance.md. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Results } from '../results.ts';
import { fanoutGraph } from './graph.ts';
import { report } from './tables.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

/** @returns the files written. */
export async function writeReport(results: Results): Promise<string[]> {
  const page = join(DOCS, 'performance.md');
  const folder = join(DOCS, 'performance');
  await mkdir(folder, { recursive: true });
  const graph = fanoutGraph(results);
  const written = [join(folder, 'results.json'), page];
  await writeFile(join(folder, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  if (graph !== undefined) {
    await writeFile(join(folder, 'fan-out.svg'), graph);
    written.push(join(folder, 'fan-out.svg'));
  }
  const text = await readFile(page, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${page}: the marks ${BEGIN} and ${END} are missing`);
  const picture = graph === undefined ? '' : '![Server CPU a viewer, by server](performance/fan-out.svg)\n\n';
  await writeFile(
    page,
    `${text.slice(0, begin + BEGIN.length)}\n\n${picture}${report(results)}\n\n${text.slice(end)}`,
  );
  return written;
}
