/** What a run leaves: one row a measurement, the shape of `--json` and of docs/performance/results.json. */
import type { Protocol } from './load/protocols.ts';
import type { ServerName } from './servers/server.ts';

interface Row {
  readonly server: ServerName;
  /** millrace: what it collects before it writes, 0 = a frame; `undefined` for servers without that setting. */
  readonly tickMs: number | undefined;
}

/** What was wrong with the measurement or with what viewers got; none of it: the row is sound. */
export type Remarks = readonly string[];

export interface FanoutRow extends Row {
  readonly scenario: 'fanout';
  readonly protocol: Protocol;
  readonly viewers: number;
  readonly cpuMsPerViewerSecond: number;
  readonly windows: readonly number[];
  readonly rssBytes: number;
  /** Every viewer was there and there is no remark. */
  readonly sound: boolean;
  readonly remarks: Remarks;
}

export interface IngestRow extends Row {
  readonly scenario: 'ingest';
  readonly publishers: number;
  /** Made ready for HLS while it came in. */
  readonly packaged: boolean;
  readonly cpuMsPerPublisherSecond: number;
  readonly windows: readonly number[];
  readonly rssBytes: number;
  readonly sound: boolean;
  readonly remarks: Remarks;
}

export interface DelayRow extends Row {
  readonly scenario: 'delay';
  readonly protocol: Protocol;
  readonly otherViewers: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly pictures: number;
}

export interface JoinRow extends Row {
  readonly scenario: 'join';
  readonly protocol: Protocol;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly joins: number;
}

export type ResultRow = FanoutRow | IngestRow | DelayRow | JoinRow;
export type Scenario = ResultRow['scenario'];

export interface Results {
  readonly startedAt: string;
  readonly machine: string;
  readonly stream: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
  readonly plan: { readonly windows: number; readonly windowMs: number };
  readonly rows: readonly ResultRow[];
}
