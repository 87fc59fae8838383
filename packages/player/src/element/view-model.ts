/** What goes into the view (`ViewModel`, a few times a second) and what comes out of it (`ViewActions`). */
import type { LatencyMode, PlayerState, Protocol } from '../core/index.ts';
import type { PlayerStats } from '../engine/engine.ts';

export interface ViewActions {
  readonly togglePlay: () => void;
  readonly toggleMute: () => void;
  readonly setVolume: (volume: number) => void;
  readonly goLive: () => void;
  readonly togglePip: () => void;
  readonly toggleFullScreen: () => void;
  readonly setLatencyMode: (mode: LatencyMode) => void;
  readonly setProtocol: (protocol: Protocol | undefined) => void;
  readonly retry: () => void;
}

export interface ViewModel {
  readonly state: PlayerState;
  readonly paused: boolean;
  readonly muted: boolean;
  readonly volume: number;
  /** The browser insisted on silence, or the page asked for it: offer sound. */
  readonly offerSound: boolean;
  /** Playing needs a press. */
  readonly offerPlay: boolean;
  readonly behindMs: number;
  readonly soundless: boolean;
  readonly errorText: string | undefined;
  readonly canRetry: boolean;
  readonly latencyMode: LatencyMode;
  readonly protocol: Protocol | undefined;
  readonly protocols: readonly Protocol[];
  readonly canPip: boolean;
  readonly canFullScreen: boolean;
  readonly fullScreen: boolean;
  readonly stats: PlayerStats | undefined;
}

export const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = {
  ws: 'WebSocket',
  hls: 'HLS',
  native: 'HLS (native)',
};
