#!/usr/bin/env node
/**
 * `millrace`: where Node starts. It sets up the runtime, then loads the program (`src/program.ts`).
 *
 * It is plain JavaScript because two things must be set before the first module with types is read:
 * - the compile cache: from the second start on nothing is stripped of types and nothing compiled, and the stripper
 *   itself is never loaded (about half a second and 40 MB less);
 * - a young generation that stays small: what lives short here is small, and a large one is only held, not used;
 * - media counted as part of the heap's limit: chunks live outside of the heap, and by default V8 collects all of it for
 *   every 64 MB of them that come and go.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** In the installation and not in a folder that others can write to: what is in there is run. */
const COMPILE_CACHE = fileURLToPath(new URL('../../../node_modules/.cache/millrace', import.meta.url));

for (const flag of [
  '--max-semi-space-size=4',
  '--semi-space-growth-factor=1',
  '--external-memory-accounted-in-global-limit',
]) {
  setFlagsFromString(flag);
}
// Where the folder cannot be written the program starts as if there were no cache.
enableCompileCache(COMPILE_CACHE);
const { run } = await import('../src/program.ts');
await run(process.argv.slice(2));

// A server is up (a command would have set its exit code): what loading left behind, about 20 MB, is given back once,
// instead of being carried along until a major collection happens to come by.
if (process.exitCode === undefined) {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')({ type: 'major', flavor: 'last-resort' });
}
