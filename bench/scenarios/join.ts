/**
 * Join: from before a viewer's connect to its first byte of a picture, one viewer after the other, on loopback: what is
 * left is the server's answer time and its round trips. Out: p50 and p99.
 */
import { GOP_MS } from '../clip.ts';
import type { Protocol } from '../load/protocols.ts';
import { percentile } from '../measure/numbers.ts';
import type { ServerKind } from '../servers/server.ts';
import { withServer, type Bench } from './scenario.ts';

const JOINS = 40;
/** nginx-rtmp keeps no pictures: each join waits for the next key frame. */
const JOINS_WITHOUT_CACHE = 10;
const DEFAULT_TICK_MS = 100;

const CASES: Readonly<
  Record<
    ServerKind['name'],
    { readonly protocols: readonly Protocol[]; readonly joins: number; readonly spreadMs: number }
  >
> = {
  millrace: { protocols: ['ws-millrace', 'ws-fmp4', 'http-fmp4'], joins: JOINS, spreadMs: 100 },
  'nginx-rtmp': { protocols: ['rtmp'], joins: JOINS_WITHOUT_CACHE, spreadMs: GOP_MS },
  'node-media-server': { protocols: ['http-flv', 'ws-flv', 'rtmp'], joins: JOINS, spreadMs: 100 },
};

export async function joinTime(bench: Bench): Promise<void> {
  for (const kind of bench.servers) {
    const { protocols, joins, spreadMs } = CASES[kind.name];
    await withServer(
      bench,
      kind,
      { publishers: 1, hls: false, tickMs: DEFAULT_TICK_MS },
      true,
      async (fed) => {
        for (const protocol of protocols) {
          bench.progress(`join: ${kind.name} ${protocol}, ${joins} times`);
          const target = fed.server.viewTarget(protocol, 0);
          const timesMs = await fed.viewersProcess().ask({ type: 'join', target, count: joins, spreadMs });
          bench.done({
            scenario: 'join',
            server: kind.name,
            protocol,
            tickMs: kind.name === 'millrace' ? DEFAULT_TICK_MS : undefined,
            p50Ms: percentile(timesMs, 50),
            p99Ms: percentile(timesMs, 99),
            joins: timesMs.length,
          });
        }
      },
    );
  }
}
