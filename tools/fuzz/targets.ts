/**
 * What can be fuzzed. A target is a corpus and a function that runs one input through a parser; it may throw
 * `FormatError` and nothing else. A parser joins by a row in `TARGETS`.
 */
import type { Random } from './mutate.ts';
import { amfTarget, rtmpTarget } from './rtmp.ts';

export interface FuzzTarget {
  /** Valid inputs to start from. */
  readonly corpus: readonly Uint8Array[];
  /** One broken input. */
  mutated(random: Random): Uint8Array;
  /** Runs it. Returns the code of the error it ended with, or `ok`. */
  run(input: Uint8Array, random: Random): string;
}

export const TARGETS: Readonly<Record<string, () => FuzzTarget>> = {
  rtmp: rtmpTarget,
  amf: amfTarget,
};
