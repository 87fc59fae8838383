/**
 * `npm run fuzz -- --target rtmp --rounds 1000000 --seed 1`: runs a parser over mutated inputs.
 *
 * A round fails when it throws anything but a `FormatError`, or takes longer than 50 ms each time it is run; memory fails
 * when it grows past a bound. Each find is written to `find-TARGET-SEED-ROUND.bin`; keep it as a test. Ends with 1
 * when anything was found.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mutate, Random } from './mutate.ts';
import { TARGETS } from './targets.ts';

const MAX_ROUND_MS = 50;
/** Far above a usual round: run again, to tell the parser's time from the machine's. */
const SUSPECT_ROUND_MS = 5;
/** Growth of the resident set over the whole run; a collector's slack, not a leak. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
const REPORT_EVERY = 50_000;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'all' },
    rounds: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const names = values.target === 'all' ? Object.keys(TARGETS) : [values.target];
const rounds = Number(values.rounds);
const seed = Number(values.seed);
if (!Number.isInteger(rounds) || !Number.isInteger(seed))
  throw new Error('--rounds and --seed are whole numbers');

let finds = 0;
for (const name of names) {
  const newTarget = TARGETS[name];
  if (newTarget === undefined)
    throw new Error(`no target ${name}; there are ${Object.keys(TARGETS).join(', ')}`);
  finds += fuzz(name, newTarget());
}
process.exitCode = finds === 0 ? 0 : 1;

function fuzz(name: string, target: ReturnType<NonNullable<(typeof TARGETS)[string]>>): number {
  const outcomes = new Map<string, number>();
  const startRss = warmedUpRss(target);
  let slowestMs = 0;
  let highestRss = startRss;
  let found = 0;
  const startMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    // One generator a round: a round can be repeated without those before it.
    const roundSeed = (Math.imul(seed, 0x9e3779b1) ^ round) >>> 0;
    const random = new Random(roundSeed);
    const input = target.mutated(random);
    const runSeed = random.u32();
    const run = (): number => {
      const beforeMs = performance.now();
      const outcome = target.run(input, new Random(runSeed));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      return performance.now() - beforeMs;
    };
    try {
      let tookMs = run();
      // A pause of the machine or of the collector is not the parser's: only what is slow again counts.
      for (let retry = 0; retry < 3 && tookMs > SUSPECT_ROUND_MS; retry++) tookMs = Math.min(tookMs, run());
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > MAX_ROUND_MS) throw new Error(`took ${tookMs.toFixed(1)} ms`);
    } catch (error) {
      found++;
      const file = `find-${name}-${seed}-${round}.bin`;
      writeFileSync(file, input);
      console.error(`${name} round ${round}: ${String(error)} → ${file}`);
    }
    if (round % REPORT_EVERY === REPORT_EVERY - 1) {
      highestRss = Math.max(highestRss, process.memoryUsage.rss());
      console.log(
        `${name}: ${round + 1} rounds, ${found} found, slowest ${slowestMs.toFixed(1)} ms, ${mb(highestRss)}`,
      );
    }
  }
  const perSecond = Math.round((rounds * 1000) / (performance.now() - startMs));
  const grownBy = highestRss - startRss;
  console.log(`${name}: ${rounds} rounds, ${perSecond}/s, seed ${seed}, slowest ${slowestMs.toFixed(1)} ms,`);
  console.log(`  resident ${mb(startRss)} at the start, ${mb(highestRss)} at most`);
  for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1]))
    console.log(`  ${outcome}: ${count}`);
  if (grownBy > MAX_GROWTH_BYTES) {
    console.error(`${name}: the resident set grew by ${mb(grownBy)}`);
    found++;
  }
  return found;
}

function warmedUpRss(target: { readonly corpus: readonly Uint8Array[] }): number {
  const random = new Random(0);
  for (let i = 0; i < 1000; i++) mutate(target.corpus, random);
  return process.memoryUsage.rss();
}

function mb(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MB`;
}
