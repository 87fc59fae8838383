/**
 * `npm start`: builds the pages when their sources changed, then runs the program with the same arguments, in a
 * process of its own so that the build's tools are not carried along.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildWeb } from './build-web.ts';

const program = fileURLToPath(new URL('../packages/server/bin/millrace.js', import.meta.url));

await buildWeb({ force: false });
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
// Ctrl+C reaches the program from the terminal; what a service manager sends is passed on.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
