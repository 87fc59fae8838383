/** What every scenario is given, and the steps they share: a server, a publisher of its own process, an orderly end. */
import { setTimeout as delay } from 'node:timers/promises';
import { GOP_MS } from '../clip.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { WindowResult } from '../measure/windows.ts';
import type { ResultRow } from '../results.ts';
import type { RunningServer, ServerKind, ServerOptions } from '../servers/server.ts';

export interface Bench {
  readonly clipPath: string;
  readonly servers: readonly ServerKind[];
  readonly windows: number;
  readonly windowMs: number;
  readonly viewerCounts: readonly number[];
  readonly publisherCounts: readonly number[];
  readonly ticksMs: readonly number[];
  readonly nodeArguments: readonly string[];
  progress(text: string): void;
  done(row: ResultRow): void;
}

/** Time for caches to fill, connections to settle and compilers to warm up. */
const SETTLE_MS = 3_000;

export interface Fed {
  readonly server: RunningServer;
  readonly publishing: LoadProcess;
  /** When the first publisher sent its first key frame. */
  readonly keyFrameAtMs: number;
  /** Starts a process for viewers that ends with the rest. */
  viewersProcess(): LoadProcess;
  settle(): Promise<void>;
}

/** Starts a server, publishes to it, lets `measure` work and ends everything, whatever happens. */
export async function withServer(
  bench: Bench,
  kind: ServerKind,
  options: Omit<ServerOptions, 'nodeArguments'>,
  marking: boolean,
  measure: (fed: Fed) => Promise<void>,
): Promise<void> {
  const loads: LoadProcess[] = [];
  const load = (): LoadProcess => {
    const started = new LoadProcess();
    loads.push(started);
    return started;
  };
  const server = await kind.start({ ...options, nodeArguments: bench.nodeArguments });
  try {
    const publishing = load();
    const targets = Array.from({ length: options.publishers }, (_, index) => server.publishTarget(index));
    // Spread over one key frame distance: key frames of real encoders do not come all at once either.
    await publishing.ask({
      type: 'publish',
      clipPath: bench.clipPath,
      targets,
      marking,
      rampMs: options.publishers > 1 ? GOP_MS : 0,
    });
    const keyFrameAtMs = performance.now();
    await delay(SETTLE_MS);
    await measure({ server, publishing, keyFrameAtMs, viewersProcess: load, settle: () => delay(SETTLE_MS) });
  } finally {
    await Promise.all(loads.map((process) => process.stop()));
    await server.stop();
  }
}

const MAX_LATE_MS = 250;
const MAX_LOAD_CPU = 0.95;
/** A server that has to wait for the processor writes less often and looks cheaper than it is. */
const MAX_OTHER_CPU = 0.2;
const MAX_BACKLOG_BYTES_A_PUBLISHER = 1_000_000;

/** What to say about windows that are not as they should be. */
export function remarksOn(
  windows: readonly WindowResult[],
  whole: WindowResult,
  publishers: number,
): string[] {
  const remarks: string[] = [];
  if (whole.behind > 0)
    remarks.push(
      `${whole.behind} of ${whole.viewers} viewers behind, the worst got ${Math.round(whole.worstShare * 100)} %`,
    );
  if (whole.stalls > 0) remarks.push(`${whole.stalls} stalls`);
  if (whole.dropped > 0) remarks.push(`${whole.dropped} drops`);
  if (whole.lost > 0) remarks.push(`${whole.lost} connections lost`);
  const lateMs = Math.max(...windows.map((window) => window.lateMs));
  if (lateMs > MAX_LATE_MS) remarks.push(`publisher up to ${Math.round(lateMs)} ms late`);
  if (whole.backlogBytes > MAX_BACKLOG_BYTES_A_PUBLISHER * publishers)
    remarks.push('the server did not take all it was sent');
  if (whole.loadCpu > MAX_LOAD_CPU) remarks.push(`a load process used ${whole.loadCpu.toFixed(2)} cores`);
  if (whole.otherCpu > MAX_OTHER_CPU) {
    remarks.push(`other programs used ${whole.otherCpu.toFixed(1)} cores meanwhile: measure again`);
  }
  return remarks;
}
