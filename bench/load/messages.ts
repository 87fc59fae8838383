/** What the bench and its load processes say to each other: one request, one answer, told apart by `id`. */
import type { RtmpTarget } from './connection.ts';
import type { ViewTarget } from './protocols.ts';
import type { PublishersReport } from './publishers.ts';
import type { ViewersReport } from './viewers.ts';

export type LoadRequest =
  /** Publishers start at key frames in turn, so that not all key frames of a server come at once. */
  | {
      readonly type: 'publish';
      readonly clipPath: string;
      readonly targets: readonly RtmpTarget[];
      readonly marking: boolean;
      /** How long to take over them all. */
      readonly rampMs: number;
    }
  | {
      readonly type: 'view';
      readonly target: ViewTarget;
      readonly count: number;
      readonly probe: boolean;
      readonly rampMs: number;
    }
  | { readonly type: 'report' }
  | { readonly type: 'take-delays' }
  | {
      readonly type: 'join';
      readonly target: ViewTarget;
      readonly count: number;
      /** Pauses between joins lie anywhere up to this, so that joins fall all over the server's ticks and key frames. */
      readonly spreadMs: number;
    };

export interface LoadReport {
  /** When this was counted, on the clock all processes share. */
  readonly atUs: number;
  readonly publishers: PublishersReport | undefined;
  readonly viewers: ViewersReport;
  /** Microseconds of CPU this process has used: says whether the load itself was near its limit. */
  readonly cpuUs: number;
}

export interface LoadAnswers {
  readonly publish: true;
  readonly view: true;
  readonly report: LoadReport;
  readonly 'take-delays': readonly number[];
  readonly join: readonly number[];
}

export type LoadEnvelope = { readonly id: number; readonly request: LoadRequest };
export type LoadReply =
  | { readonly id: number; readonly answer: LoadAnswers[keyof LoadAnswers] }
  | { readonly id: number; readonly error: string };
