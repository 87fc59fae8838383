/**
 * `npm test`: the whole suite, fast checks first. Finds or installs the outside programs, builds the pages, then runs
 * the unit tests and the tests against real encoders, browsers and players. `--only unit|e2e` runs a half.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ensureParts } from './parts.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
if (values.only !== undefined && values.only !== 'unit' && values.only !== 'e2e') {
  console.error(`--only takes unit or e2e, not ${values.only}`);
  process.exit(2);
}

function step(name: string, args: readonly string[]): void {
  console.log(`\n— ${name}`);
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\n${name} failed`);
    process.exit(status ?? 1);
  }
}

/** A browser, an encoder and a server share the machine in each of these: one file at a time, and a limit that catches a hang. */
const E2E_TIMEOUT_MS = 300_000;

if (values.only === undefined) step('check', ['tools/check.ts']);
if (values.only !== 'e2e') {
  step('unit tests', [
    '--test',
    '--test-timeout=120000',
    '--test-reporter=spec',
    'packages/*/src/**/*.test.ts',
  ]);
}
if (values.only !== 'unit') {
  try {
    ensureParts();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
  step('build the pages', ['tools/build-web.ts']);
  step('end-to-end and conformance tests', [
    '--test',
    '--test-concurrency=1',
    `--test-timeout=${E2E_TIMEOUT_MS}`,
    '--test-reporter=spec',
    'test/e2e/**/*.test.ts',
    'test/conformance/**/*.test.ts',
  ]);
}
