/** Fan-out: one publisher, N viewers of one protocol. Out: server CPU-ms a viewer-second. */
import type { LoadProcess } from '../load/load-process.ts';
import type { Protocol } from '../load/protocols.ts';
import { median } from '../measure/numbers.ts';
import { measureWindows } from '../measure/windows.ts';
import type { ServerKind } from '../servers/server.ts';
import { remarksOn, withServer, type Bench, type Fed } from './scenario.ts';

/** Protocols a server is compared by: RTMP where it is the only one, else those a browser can use. */
const COMPARED: Readonly<Record<ServerKind['name'], readonly Protocol[]>> = {
  millrace: ['ws-millrace', 'http-fmp4'],
  'nginx-rtmp': ['rtmp'],
  'node-media-server': ['http-flv', 'ws-flv'],
};
/** A process for so many viewers: more would make the reader the slowest part. */
const VIEWERS_A_PROCESS = 500;
/** New viewers a second: a busy door, no stampede. */
const JOINS_A_SECOND = 200;

export async function fanout(bench: Bench): Promise<void> {
  for (const kind of bench.servers) {
    const ticksMs = kind.name === 'millrace' ? bench.ticksMs : [undefined];
    for (const tickMs of ticksMs) {
      for (const protocol of COMPARED[kind.name]) {
        await withServer(bench, kind, { publishers: 1, hls: false, tickMs: tickMs ?? 0 }, false, (fed) =>
          series(bench, fed, protocol, tickMs),
        );
      }
    }
  }
}

/** From few viewers to many on one server: each step adds to the last. */
async function series(bench: Bench, fed: Fed, protocol: Protocol, tickMs: number | undefined): Promise<void> {
  const { server, publishing } = fed;
  const viewing: LoadProcess[] = [];
  const target = server.viewTarget(protocol, 0);
  let present = 0;
  for (const viewers of [...bench.viewerCounts].sort((a, b) => a - b)) {
    bench.progress(
      `fanout: ${server.name} ${protocol}${tickMs === undefined ? '' : ` ${tickMs} ms`}, ${viewers} viewers`,
    );
    while (present < viewers) {
      const place = Math.floor(present / VIEWERS_A_PROCESS);
      const process = (viewing[place] ??= fed.viewersProcess());
      const count = Math.min(viewers, (place + 1) * VIEWERS_A_PROCESS) - present;
      await process.ask({
        type: 'view',
        target,
        count,
        probe: false,
        rampMs: (count * 1000) / JOINS_A_SECOND,
      });
      present += count;
    }
    await fed.settle();
    const { windows, whole } = await measureWindows(
      server,
      { publishing, viewing },
      {
        windows: bench.windows,
        windowMs: bench.windowMs,
        keyFrameAtMs: fed.keyFrameAtMs,
        tickMs: tickMs ?? 0,
      },
    );
    const remarks = remarksOn(windows, whole, 1);
    const costs = windows.map((window) => window.cpuMs / window.seconds / viewers);
    bench.done({
      scenario: 'fanout',
      server: server.name,
      protocol,
      tickMs,
      viewers,
      cpuMsPerViewerSecond: median(costs),
      windows: costs,
      rssBytes: whole.rssBytes,
      sound: remarks.length === 0 && whole.viewers === viewers,
      remarks,
    });
  }
}
