/** Ingest: P publishers, no viewers. Out: server CPU-ms a publisher-second, with and without making HLS. */
import { median } from '../measure/numbers.ts';
import { measureWindows } from '../measure/windows.ts';
import type { ServerKind } from '../servers/server.ts';
import { remarksOn, withServer, type Bench } from './scenario.ts';

/** millrace always packages, Node-Media-Server never does. */
const PACKAGING: Readonly<Record<ServerKind['name'], readonly boolean[]>> = {
  millrace: [true],
  'nginx-rtmp': [false, true],
  'node-media-server': [false],
};
const DEFAULT_TICK_MS = 100;

export async function ingest(bench: Bench): Promise<void> {
  for (const kind of bench.servers) {
    for (const packaged of PACKAGING[kind.name]) {
      for (const publishers of bench.publisherCounts) {
        bench.progress(`ingest: ${kind.name}${packaged ? ', packaged' : ''}, ${publishers} publishers`);
        await withServer(
          bench,
          kind,
          { publishers, hls: packaged, tickMs: DEFAULT_TICK_MS },
          false,
          async (fed) => {
            const { windows, whole } = await measureWindows(
              fed.server,
              { publishing: fed.publishing, viewing: [] },
              { windows: bench.windows, windowMs: bench.windowMs, keyFrameAtMs: fed.keyFrameAtMs, tickMs: 0 },
            );
            const { publishers: report } = await fed.publishing.ask({ type: 'report' });
            const lost = report?.closed ?? [];
            const costs = windows.map((window) => window.cpuMs / window.seconds / publishers);
            const remarks = remarksOn(windows, whole, publishers);
            if (lost.length > 0) remarks.push(`${lost.length} publishers lost (${lost[0]})`);
            bench.done({
              scenario: 'ingest',
              server: kind.name,
              tickMs: kind.name === 'millrace' ? DEFAULT_TICK_MS : undefined,
              publishers,
              packaged,
              cpuMsPerPublisherSecond: median(costs),
              windows: costs,
              rssBytes: whole.rssBytes,
              sound: lost.length === 0 && remarks.length === 0,
              remarks,
            });
          },
        );
      }
    }
  }
}
