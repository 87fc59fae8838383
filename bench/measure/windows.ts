/**
 * Measures a running server over windows of time while its load goes on.
 *
 * Out, a window: the server's CPU time and memory, and whether the load was what it claims to be: did every viewer get
 * the whole stream, was the publisher on time, did the server take all it was sent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { GOP_MS } from '../clip.ts';
import type { LoadProcess } from '../load/load-process.ts';
import type { LoadReport } from '../load/messages.ts';
import type { RunningServer } from '../servers/server.ts';
import { median, sum } from './numbers.ts';
import { machineCpuMs, processCost, type ProcessCost } from './process-cost.ts';

/** A viewer has the whole stream when it got this share of it. */
const COMPLETE_SHARE = 0.98;
/** A window's edge cuts a write or a read in two: so much may be on the other side of it. */
const EDGE_MS = 100;

export interface Load {
  /** The process that publishes. */
  readonly publishing: LoadProcess;
  readonly viewing: readonly LoadProcess[];
}

export interface WindowPlan {
  readonly windows: number;
  /** Whole key frame distances, so that every window holds the same pictures. */
  readonly windowMs: number;
  /** A monotonic time at which the publisher sent a key frame. */
  readonly keyFrameAtMs: number;
  /** How much a server collects before it writes. */
  readonly tickMs: number;
}

export interface WindowResult {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly viewers: number;
  /** Viewers that did not get the whole stream. */
  readonly behind: number;
  /** What the worst viewer got of the stream. */
  readonly worstShare: number;
  readonly stalls: number;
  readonly dropped: number;
  readonly lost: number;
  /** The publisher's largest delay behind its own clock, and what the server had not taken at the end. */
  readonly lateMs: number;
  readonly backlogBytes: number;
  /** CPU of the busiest load process, 1 = a core. */
  readonly loadCpu: number;
  /** CPU that programs outside the bench used, 1 = a core. */
  readonly otherCpu: number;
}

interface Snapshot {
  readonly atMs: number;
  readonly cost: ProcessCost;
  readonly machineMs: number;
  readonly publishing: LoadReport;
  readonly viewing: readonly LoadReport[];
}

/** Every window, and the stretch of all of them as one more for what a single window is too short to show. */
export async function measureWindows(
  server: RunningServer,
  load: Load,
  plan: WindowPlan,
): Promise<{ windows: WindowResult[]; whole: WindowResult }> {
  // Half way between key frames, where the least is in flight.
  const sinceKeyMs = (performance.now() - plan.keyFrameAtMs) % GOP_MS;
  await delay((GOP_MS * 1.5 - sinceKeyMs) % GOP_MS);
  const first = await snapshot(server, load);
  const windows: WindowResult[] = [];
  let before = first;
  for (let n = 1; n <= plan.windows; n += 1) {
    await delay(first.atMs + n * plan.windowMs - performance.now());
    const after = await snapshot(server, load);
    windows.push(compare(before, after, plan.tickMs));
    before = after;
  }
  return { windows, whole: compare(first, before, plan.tickMs) };
}

async function snapshot(server: RunningServer, load: Load): Promise<Snapshot> {
  const atMs = performance.now();
  const cost = processCost(server.pid);
  const machineMs = machineCpuMs();
  const [publishing, ...viewing] = await Promise.all(
    [load.publishing, ...load.viewing].map((process) => process.ask({ type: 'report' })),
  );
  if (publishing === undefined) throw new Error('no report of the publisher');
  return { atMs, cost, machineMs, publishing, viewing };
}

function compare(before: Snapshot, after: Snapshot, tickMs: number): WindowResult {
  const sentPerUs = rate(before.publishing, after.publishing, (report) => report.publishers?.bodyBytes ?? 0);
  const shares = after.viewing.flatMap((report, process) => {
    const previous = before.viewing[process];
    if (previous === undefined) return [];
    const us = report.atUs - previous.atUs;
    return report.viewers.bytes.map(
      (bytes, viewer) => (bytes - (previous.viewers.bytes[viewer] ?? 0)) / us / sentPerUs,
    );
  });
  const windowMs = after.atMs - before.atMs;
  const serverMs = after.cost.cpuMs - before.cost.cpuMs;
  // What a protocol adds to the stream is no excuse for leaving out as much of it: the middle viewer says how much it adds.
  const whole = Math.max(1, median(shares));
  const enough = whole * (COMPLETE_SHARE - (tickMs + EDGE_MS) / windowMs);
  const grown = (count: (report: LoadReport) => number): number =>
    sum(after.viewing.map(count)) - sum(before.viewing.map(count));
  const cpuShares = [after.publishing, ...after.viewing].map((report, process) => {
    const previous = [before.publishing, ...before.viewing][process] ?? report;
    return (report.cpuUs - previous.cpuUs) / (report.atUs - previous.atUs);
  });
  return {
    seconds: windowMs / 1000,
    cpuMs: serverMs,
    rssBytes: after.cost.rssBytes,
    viewers: shares.length,
    behind: shares.filter((share) => share < enough).length,
    worstShare: Math.min(...shares),
    stalls: grown((report) => report.viewers.stalls),
    dropped: grown((report) => report.viewers.dropped),
    lost: grown((report) => report.viewers.closed.length),
    lateMs: after.publishing.publishers?.lateMs ?? 0,
    backlogBytes: after.publishing.publishers?.backlogBytes ?? 0,
    loadCpu: Math.max(...cpuShares),
    otherCpu: (after.machineMs - before.machineMs - serverMs) / windowMs - sum(cpuShares),
  };
}

function rate(before: LoadReport, after: LoadReport, count: (report: LoadReport) => number): number {
  return (count(after) - count(before)) / (after.atUs - before.atUs);
}
