/**
 * `npm run check`: everything that can be said about the code without running it. Types of each package, lint with
 * type-aware rules, formatting, the architecture test and the documents'
 * links. Exits 1 when any of them has something to say.
 */
import { spawn } from 'node:child_process';

interface Job {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const JOBS: readonly Job[] = [
  ...['packages/media', 'packages/contract', 'packages/server', 'packages/player', 'packages/web', '.'].map(
    (folder) => ({ name: `types ${folder}`, command: 'tsc', args: ['-p', folder] }),
  ),
  { name: 'lint', command: 'oxlint', args: [] },
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  {
    name: 'architecture and documents',
    command: 'node',
    args: ['--test', '--test-reporter=spec', 'tools/architecture.test.ts', 'tools/docs.test.ts'],
  },
];
/** Two at a time: what a small machine has. */
const PARALLEL = 2;

function runJob(job: Job): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(job.command, job.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.on('error', (error) => {
      console.log(`✖ ${job.name}: ${error.message}. Run npm install first.`);
      resolve(false);
    });
    child.on('close', (code) => {
      console.log(`${code === 0 ? '✔' : '✖'} ${job.name}`);
      if (code !== 0) console.log(output);
      resolve(code === 0);
    });
  });
}

const waiting = [...JOBS];
const results: boolean[] = [];
await Promise.all(
  Array.from({ length: PARALLEL }, async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) results.push(await runJob(job));
  }),
);
process.exitCode = results.every(Boolean) ? 0 : 1;
