/**
 * What viewers say they really get. In: the `report` messages of players. Out: the spread of their latency and how
 * much they stalled, over the latest reports. A report is a claim of a stranger: it is counted, never trusted.
 */
import type { Ms } from '@millrace/media';

/** The latest reports of so many viewers say enough about all. */
const KEPT = 512;

export interface ViewerReport {
  readonly latencyMs?: Ms;
  readonly stalls?: number;
  readonly droppedFrames?: number;
}

export class ViewerReports {
  private readonly latest: ViewerReport[] = [];
  private at = 0;

  add(report: ViewerReport): void {
    this.latest[this.at] = report;
    this.at = (this.at + 1) % KEPT;
  }

  summary(): {
    readonly reports: number;
    readonly latencyP50Ms: Ms | undefined;
    readonly latencyP95Ms: Ms | undefined;
    readonly stalls: number;
  } {
    const latencies = this.latest.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
    const quantile = (share: number): Ms | undefined => latencies[Math.floor((latencies.length - 1) * share)];
    return {
      reports: this.latest.length,
      latencyP50Ms: quantile(0.5),
      latencyP95Ms: quantile(0.95),
      stalls: this.latest.reduce((sum, { stalls }) => sum + (stalls ?? 0), 0),
    };
  }
}
