/**
 * Builds a whole server from a configuration, and takes it down again: the one place that wires the parts.
 *
 * In: settings and a log. Out: bound ports and `close`. Nothing here is global: tests start several in one process.
 *
 *   platform ──(may this key publish? does this channel exist?)──▶ hub ◀── rtmp
 *                                                                   │
 *                                              ws-media, mp4, hls ◀─┘──▶ http
 */
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { registerHls } from './delivery/hls.ts';
import { registerMp4 } from './delivery/mp4.ts';
import { ViewerLimit } from './delivery/viewer-limit.ts';
import { registerWsMedia } from './delivery/ws-media.ts';
import { createHttpServer } from './http/app.ts';
import { registerPages } from './http/pages.ts';
import { RtmpServer } from './ingest/rtmp-server.ts';
import { systemClock } from './live/clock.ts';
import { LiveHub } from './live/hub.ts';
import { liveViewOf } from './live-view.ts';
import { createPlatform } from './platform/index.ts';

/** `tools/build-web.ts` puts the pages here. */
const PAGES_DIR = fileURLToPath(new URL('../../web/dist', import.meta.url));

export interface RunningServer {
  readonly httpPort: number;
  readonly rtmpPort: number;
  /** While there is no administrator: the one-time address of the page that makes the first one. */
  readonly setupUrl: string | undefined;
  /** The name of the channel that `--demo` feeds. */
  readonly demoChannel: string | undefined;
  /** Tells publishers and viewers, ends broadcasts, closes listeners and the database; within ten seconds. */
  close(): Promise<void>;
}

/** @throws when a port is taken or the data cannot be opened; what was opened till then is closed again. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const opened: (() => void | Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).toReversed()) await close();
  };
  try {
    return await open(config, log, opened, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  config: Config,
  log: Logger,
  opened: (() => void | Promise<void>)[],
  closeAll: () => Promise<void>,
): Promise<RunningServer> {
  let ready = false;
  const clock = systemClock;

  const platform = await createPlatform({ config, log });
  opened.push(() => platform.close());
  const { authority, directory, observer } = platform;

  const hub = new LiveHub({
    clock,
    observer,
    fanoutTickMs: config.fanoutTickMs,
    loopUtilisation: eventLoopUtilisation(),
  });
  const http = createHttpServer({
    log,
    trustedProxies: config.trustedProxies,
    playOrigins: config.playOrigins,
    isReady: () => ready,
  });
  const rtmp = new RtmpServer({ authority, target: hub, log });

  const { app, upgrades, playOrigins: origins } = http;
  const viewers = new ViewerLimit(config.maxViewers);
  let rtmpPort = config.rtmpPort;
  platform.registerRoutes(
    app,
    liveViewOf(hub, () => rtmpPort),
  );
  const wsMedia = registerWsMedia({ upgrades, hub, directory, viewers, origins, clock });
  registerMp4({ app, upgrades, hub, viewers, origins, clock });
  registerHls(app, { hub });
  registerPages(app, { distDir: PAGES_DIR });

  opened.push(() => http.close());
  const httpPort = await http.listen(config.httpPort, config.host);
  opened.push(() => rtmp.close());
  rtmpPort = await rtmp.listen(config.rtmpPort, config.host);
  const { setupUrl } = await platform.started({ httpPort, rtmpPort });
  opened.push(() => {
    // In this order: what was begun becomes whole, viewers get it, and then hear that we go.
    ready = false;
    hub.close();
    wsMedia.close();
  });
  ready = true;

  let demoChannel: string | undefined;
  if (config.demo) {
    const { startDemo } = await import('./demo/index.ts');
    const demo = await startDemo({ platform, rtmpPort, host: config.host, log });
    demoChannel = demo.channel;
    opened.push(() => demo.stop());
  }
  return { httpPort, rtmpPort, setupUrl, demoChannel, close: closeAll };
}

/** Share of the time since the last call in which the event loop was busy. */
function eventLoopUtilisation(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
