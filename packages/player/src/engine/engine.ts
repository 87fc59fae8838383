/**
 * One way of getting a channel into the media element. The element picks one (`source-choice.ts`), reads its facts
 * and tells it what the viewer wants; the engine reports only that something changed.
 */
import type { BroadcastState } from '@millrace/contract/media-protocol';
import type { LatencyMode, PlayerError, Protocol } from '../core/index.ts';

/** What the statistics overlay shows; also the element's `stats`. Unknown values are undefined. */
export interface PlayerStats {
  readonly protocol: Protocol | undefined;
  readonly videoCodec: string | undefined;
  readonly audioCodec: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number | undefined;
  readonly bufferMs: number;
  /** What the latency control keeps in store. */
  readonly targetMs: number | undefined;
  /** From capture (as the server saw it) to the picture now on the screen. */
  readonly latencyMs: number | undefined;
  readonly playbackRate: number;
  readonly droppedFrames: number;
  readonly stalls: number;
  readonly bitsPerSecond: number | undefined;
  readonly roundTripMs: number | undefined;
  /** From asking for the channel to its first picture. */
  readonly joinMs: number | undefined;
  /** Media time of the picture, in ms on the broadcast's clock: what a danmaku carries. */
  readonly mediaTimeMs: number;
}

export interface EngineFacts {
  readonly connected: boolean;
  readonly broadcast: BroadcastState | undefined;
  readonly shown: boolean;
  readonly dry: boolean;
  /** How far the viewer chose to stay behind live; 0 = with live. */
  readonly behindMs: number;
  /** The picture plays without its sound: the browser cannot decode it. */
  readonly soundless: boolean;
  readonly hasVideo: boolean;
}

export interface EngineHost {
  readonly video: HTMLVideoElement;
  /** The channel's address, absolute. */
  readonly channelUrl: string;
  readonly token: string | undefined;
  readonly latencyMode: LatencyMode;
  /** How far behind live the viewer was with the protocol before this one. */
  readonly behindMs: number;
  /** The viewer wants it to play (as far as the browser lets it). */
  readonly wantsPlay: () => boolean;
  /** Calls `video.play()` and deals with a browser that refuses. */
  readonly resume: () => void;
  readonly onChange: () => void;
  /** This engine is done for; the element tries the next or shows the error. */
  readonly onFail: (error: PlayerError) => void;
  /** Keep a still of the picture until the next one is there. */
  readonly onBlink: () => void;
  /** Something that must meet a picture. */
  readonly onMediaEvent: (name: string, mediaTimeMs: number, data: unknown) => void;
}

export interface Engine {
  readonly protocol: Protocol;
  start(): void;
  /** Leaves the element empty and nothing running. */
  stop(): void;
  facts(): EngineFacts;
  stats(): PlayerStats;
  setLatencyMode(mode: LatencyMode): void;
  setToken(token: string): void;
  /** The viewer paused or goes on. */
  pausedByViewer(paused: boolean): void;
  goLive(): void;
  /** The page is visible again, or the network is back. */
  returned(): void;
}
