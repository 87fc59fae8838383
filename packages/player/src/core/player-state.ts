/**
 * What the player tells the viewer: one word from many facts, the first row that is true.
 */
import type { BroadcastState } from '@millrace/contract/media-protocol';

export type PlayerState =
  /** Nothing asked for yet. */
  | 'idle'
  /** Asked for, no picture yet. */
  | 'connecting'
  /** The channel is not live; it starts by itself. */
  | 'waiting'
  | 'playing'
  | 'paused'
  /** Ran dry while the broadcast is live. */
  | 'buffering'
  /** The connection to the server is lost, it is tried again. */
  | 'reconnecting'
  /** The encoder is gone and may come back. */
  | 'interrupted'
  | 'ended'
  | 'error';

export interface PlayerFacts {
  readonly started: boolean;
  readonly failed: boolean;
  readonly connected: boolean;
  /** `undefined` until the server said. */
  readonly broadcast: BroadcastState | undefined;
  /** A picture of the present broadcast has been shown. */
  readonly shown: boolean;
  /** The playhead stands for want of data, long enough to say so. */
  readonly dry: boolean;
  readonly pausedByUser: boolean;
}

const ROWS: readonly (readonly [PlayerState, (facts: PlayerFacts) => boolean])[] = [
  ['error', (facts) => facts.failed],
  ['idle', (facts) => !facts.started],
  // The last seconds are still in the buffer: let them be seen first.
  ['ended', (facts) => facts.broadcast === 'ended' && (facts.dry || !facts.shown || facts.pausedByUser)],
  ['waiting', (facts) => facts.broadcast === 'waiting' && (facts.dry || !facts.shown)],
  ['paused', (facts) => facts.pausedByUser],
  ['interrupted', (facts) => facts.broadcast === 'interrupted' && (facts.dry || !facts.shown)],
  ['reconnecting', (facts) => !facts.connected && facts.dry && facts.shown],
  ['connecting', (facts) => !facts.shown],
  ['buffering', (facts) => facts.dry],
  ['playing', () => true],
];

export function playerState(facts: PlayerFacts): PlayerState {
  return ROWS.find(([, holds]) => holds(facts))?.[0] ?? 'idle';
}
