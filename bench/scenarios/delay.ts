/**
 * Delay: from the moment a picture is written to the ingest socket to the moment its first bytes are read by a viewer,
 * with three viewers alone and with a crowd beside them. Out: p50 and p99 over all pictures of all three.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Protocol } from '../load/protocols.ts';
import { percentile } from '../measure/numbers.ts';
import type { ServerKind } from '../servers/server.ts';
import { withServer, type Bench } from './scenario.ts';

const PROBES = 3;
const CROWD = 500;
const JOINS_A_SECOND = 200;

interface Case {
  readonly protocol: Protocol;
  readonly tickMs: number | undefined;
  readonly crowds: readonly number[];
}

const CASES: Readonly<Record<ServerKind['name'], readonly Case[]>> = {
  millrace: [
    { protocol: 'ws-millrace', tickMs: 0, crowds: [0, CROWD] },
    { protocol: 'ws-millrace', tickMs: 100, crowds: [0, CROWD] },
    { protocol: 'ws-millrace', tickMs: 350, crowds: [0] },
    { protocol: 'http-fmp4', tickMs: 100, crowds: [0, CROWD] },
  ],
  'nginx-rtmp': [{ protocol: 'rtmp', tickMs: undefined, crowds: [0, CROWD] }],
  'node-media-server': [{ protocol: 'http-flv', tickMs: undefined, crowds: [0, CROWD] }],
};

export async function publishToReceive(bench: Bench): Promise<void> {
  for (const kind of bench.servers) {
    for (const { protocol, tickMs, crowds } of CASES[kind.name]) {
      await withServer(bench, kind, { publishers: 1, hls: false, tickMs: tickMs ?? 0 }, true, async (fed) => {
        const target = fed.server.viewTarget(protocol, 0);
        const probes = fed.viewersProcess();
        await probes.ask({ type: 'view', target, count: PROBES, probe: true, rampMs: 100 });
        for (const crowd of crowds) {
          bench.progress(
            `delay: ${kind.name} ${protocol}${tickMs === undefined ? '' : ` ${tickMs} ms`}, ${PROBES} + ${crowd} viewers`,
          );
          if (crowd > 0) {
            await fed.viewersProcess().ask({
              type: 'view',
              target,
              count: crowd,
              probe: false,
              rampMs: (crowd * 1000) / JOINS_A_SECOND,
            });
          }
          await fed.settle();
          await probes.ask({ type: 'take-delays' });
          await delay(bench.windowMs * 2);
          const delaysMs = await probes.ask({ type: 'take-delays' });
          bench.done({
            scenario: 'delay',
            server: kind.name,
            protocol,
            tickMs,
            otherViewers: crowd,
            p50Ms: percentile(delaysMs, 50),
            p99Ms: percentile(delaysMs, 99),
            pictures: delaysMs.length,
          });
        }
      });
    }
  }
}
