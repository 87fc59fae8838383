/**
 * The player's side of `millrace.v1` (docs/protocols/millrace-v1.md), without a socket and without a clock.
 *
 * In: what the socket did, and the time. Out: actions (connect, send, close) and what was learnt (tracks, init
 * segments, chunks, states), in order, as one list. The caller carries the actions out.
 *
 * idle → connecting → greeting (hello sent) → open ⇄ (backoff → connecting …) → failed | stopped
 */
import {
  MEDIA_ERRORS,
  MEDIA_FRAME_TYPES,
  MEDIA_HEADER_BYTES,
  readMediaHeader,
  type BroadcastState,
  type MediaErrorCode,
  type MediaHeader,
  type PlayerMessage,
  type PlayFrom,
  type ResumeCursor,
  type ServerMessage,
} from '@millrace/contract/media-protocol';
import { backoffDelayMs } from './backoff.ts';
import { ServerClock } from './clock.ts';

/** A server that takes longer to shake hands is as good as gone. */
const CONNECT_TIMEOUT_MS = 8_000;
/** A socket without a word for this long, though it was pinged, is dead (Wi-Fi changed, laptop woke). */
const SILENCE_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 4_000;
/** The first pings come quickly: the clock offset should be good by the time a person looks at it. */
const EARLY_PINGS = 3;
const EARLY_PING_INTERVAL_MS = 400;
const REPORT_INTERVAL_MS = 10_000;
/** Never connected after this many tries: WebSockets do not get through here, try another way. */
const TRIES_BEFORE_UNREACHABLE = 3;
/** "Too many viewers" is not cured by asking again at once. */
const FULL_HOUSE_DELAY_MS = 5_000;
/** Control messages from the server are small; larger ones are not ours. */
const MAX_SERVER_MESSAGE_CHARACTERS = 256 * 1024;

export type TracksMessage = Extract<ServerMessage, { type: 'tracks' }>;
export type MediaEventMessage = Extract<ServerMessage, { type: 'event' }>;
export type ReportMessage = Extract<PlayerMessage, { type: 'report' }>;

export type SessionEvent =
  | { readonly type: 'connect'; readonly url: string }
  | { readonly type: 'disconnect' }
  | { readonly type: 'send'; readonly message: PlayerMessage }
  /** The connection came or went. `retryInMs`: when the next try starts. */
  | { readonly type: 'connection'; readonly connected: boolean; readonly retryInMs?: number }
  | { readonly type: 'state'; readonly state: BroadcastState }
  /** `fresh`: another broadcast than before, its media times start anew. */
  | { readonly type: 'tracks'; readonly message: TracksMessage; readonly fresh: boolean }
  | { readonly type: 'init'; readonly header: MediaHeader; readonly bytes: Uint8Array }
  | { readonly type: 'chunk'; readonly header: MediaHeader; readonly bytes: Uint8Array }
  | { readonly type: 'dropped'; readonly track: number }
  | { readonly type: 'event'; readonly message: MediaEventMessage }
  /** Never reached the server over a WebSocket. */
  | { readonly type: 'unreachable' }
  /** The server refused for good. */
  | { readonly type: 'failed'; readonly code: MediaErrorCode };

export interface SessionOptions {
  readonly url: string;
  readonly canPlay: readonly string[];
  readonly token?: string;
  /** [0, 1), for the jitter. */
  readonly random: () => number;
}

type Phase = 'idle' | 'connecting' | 'greeting' | 'open' | 'backoff' | 'failed' | 'stopped';

export class MediaSession {
  readonly #options: SessionOptions;
  readonly #clock = new ServerClock();
  #phase: Phase = 'idle';
  #url: string;
  #token: string | undefined;
  #phaseSinceMs = 0;
  #retryAtMs = 0;
  #attempt = 0;
  #everOpened = false;
  #unreachableSaid = false;
  #retryFloorMs = 0;
  #helloSentMs = 0;
  #lastHeardMs = 0;
  #lastPingMs = 0;
  #pingsSent = 0;
  #lastReportMs = 0;
  #paused = false;
  #state: BroadcastState | undefined;
  #broadcast: string | undefined;
  #epoch = 0;
  #sequences = new Map<number, number>();
  #bytesReceived = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#url = options.url;
    this.#token = options.token;
  }

  get phase(): Phase {
    return this.#phase;
  }
  get broadcastState(): BroadcastState | undefined {
    return this.#state;
  }
  get clock(): ServerClock {
    return this.#clock;
  }
  get bytesReceived(): number {
    return this.#bytesReceived;
  }
  /** Where to go on from after a lost connection. */
  get cursor(): ResumeCursor | undefined {
    if (this.#broadcast === undefined || this.#sequences.size === 0) return undefined;
    const sequences: Record<string, number> = {};
    for (const [track, sequence] of this.#sequences) sequences[String(track)] = sequence;
    return { broadcast: this.#broadcast, epoch: this.#epoch, sequences };
  }

  start(nowMs: number): SessionEvent[] {
    return this.#phase === 'idle' ? this.#connect(nowMs) : [];
  }

  stop(): SessionEvent[] {
    if (this.#phase === 'stopped') return [];
    const connected = this.#phase !== 'idle' && this.#phase !== 'backoff' && this.#phase !== 'failed';
    this.#phase = 'stopped';
    return connected ? [{ type: 'disconnect' }] : [];
  }

  socketOpened(nowMs: number): SessionEvent[] {
    if (this.#phase !== 'connecting') return [];
    this.#enter('greeting', nowMs);
    this.#helloSentMs = nowMs;
    this.#lastHeardMs = nowMs;
    this.#lastPingMs = nowMs;
    this.#pingsSent = 0;
    this.#everOpened = true;
    const resume = this.cursor;
    const hello: PlayerMessage = {
      type: 'hello',
      versions: [1],
      canPlay: this.#options.canPlay,
      ...(this.#token === undefined ? {} : { token: this.#token }),
      ...(resume === undefined ? {} : { resume }),
      ...(this.#paused ? { paused: true } : {}),
    };
    return [
      { type: 'send', message: hello },
      { type: 'connection', connected: true },
    ];
  }

  socketText(text: string, nowMs: number): SessionEvent[] {
    if (this.#phase !== 'greeting' && this.#phase !== 'open') return [];
    this.#lastHeardMs = nowMs;
    const message = parseServerMessage(text);
    if (message === undefined) return [];
    switch (message.type) {
      case 'tracks':
        return this.#onTracks(message, nowMs);
      case 'state':
        this.#settled(nowMs);
        this.#state = message.state;
        return [{ type: 'state', state: message.state }];
      case 'dropped':
        return [{ type: 'dropped', track: message.track }];
      case 'pong':
        this.#clock.sample(message.clientTime, nowMs, message.serverTime);
        return [];
      case 'event':
        return [{ type: 'event', message }];
      case 'goto':
        return this.#goTo(message.url, nowMs);
      case 'error':
        return message.retry
          ? [{ type: 'disconnect' }, ...this.#retry(message.code, nowMs)]
          : [{ type: 'disconnect' }, ...this.#fail(message.code)];
      default:
        // A newer server may say things that this player does not know.
        return [];
    }
  }

  socketBinary(bytes: Uint8Array, nowMs: number): SessionEvent[] {
    if (this.#phase !== 'open') return [];
    this.#lastHeardMs = nowMs;
    this.#bytesReceived += bytes.length;
    const header = readMediaHeader(bytes);
    if (header === undefined) return [];
    const body = bytes.subarray(MEDIA_HEADER_BYTES);
    if (header.type === MEDIA_FRAME_TYPES.init) return [{ type: 'init', header, bytes: body }];
    const last = this.#sequences.get(header.track);
    // After a resume that could not be honoured the group of pictures comes again from its key frame.
    if (last !== undefined && header.sequence <= last) return [];
    this.#sequences.set(header.track, header.sequence);
    this.#epoch = Math.max(this.#epoch, header.epoch);
    return [{ type: 'chunk', header, bytes: body }];
  }

  /** The socket closed or could not be opened. */
  socketClosed(closeCode: number, nowMs: number): SessionEvent[] {
    if (this.#phase === 'stopped' || this.#phase === 'failed' || this.#phase === 'backoff') return [];
    if (this.#phase === 'idle') return [];
    const code = errorOfCloseCode(closeCode);
    if (code !== undefined && PERMANENT.has(code)) return this.#fail(code);
    return this.#retry(code, nowMs);
  }

  /** Called about ten times a second, and when the page came back or the network did. */
  tick(nowMs: number): SessionEvent[] {
    switch (this.#phase) {
      case 'backoff':
        return nowMs >= this.#retryAtMs ? this.#connect(nowMs) : [];
      case 'connecting':
      case 'greeting':
        if (nowMs - this.#phaseSinceMs < CONNECT_TIMEOUT_MS) return [];
        return [{ type: 'disconnect' }, ...this.#retry(undefined, nowMs)];
      case 'open':
        return this.#tickOpen(nowMs);
      case 'idle':
      case 'failed':
      case 'stopped':
        break;
    }
    return [];
  }

  /** The network came back: do not wait out the delay. */
  hurry(nowMs: number): SessionEvent[] {
    return this.#phase === 'backoff' ? this.#connect(nowMs) : [];
  }

  /** The server stops sending, and after a lost connection starts silent. */
  pause(): SessionEvent[] {
    if (this.#paused) return [];
    this.#paused = true;
    return this.#phase === 'open' ? [{ type: 'send', message: { type: 'pause' } }] : [];
  }

  play(from: PlayFrom): SessionEvent[] {
    this.#paused = false;
    return this.#phase === 'open' ? [{ type: 'send', message: { type: 'play', from } }] : [];
  }

  renewToken(token: string): SessionEvent[] {
    this.#token = token;
    return this.#phase === 'open' ? [{ type: 'send', message: { type: 'token', token } }] : [];
  }

  /** True at most every ten seconds: time for a `report`. */
  report(nowMs: number, report: Omit<ReportMessage, 'type'>): SessionEvent[] {
    if (this.#phase !== 'open' || nowMs - this.#lastReportMs < REPORT_INTERVAL_MS) return [];
    this.#lastReportMs = nowMs;
    return [{ type: 'send', message: { type: 'report', ...report } }];
  }

  #enter(phase: Phase, nowMs: number): void {
    this.#phase = phase;
    this.#phaseSinceMs = nowMs;
  }

  #connect(nowMs: number): SessionEvent[] {
    this.#enter('connecting', nowMs);
    return [{ type: 'connect', url: this.#url }];
  }

  /** The server answered: the next loss starts counting from anew. */
  #settled(nowMs: number): void {
    if (this.#phase !== 'greeting') return;
    this.#enter('open', nowMs);
    this.#attempt = 0;
    this.#retryFloorMs = 0;
    this.#lastReportMs = nowMs;
  }

  #onTracks(message: TracksMessage, nowMs: number): SessionEvent[] {
    if (this.#phase === 'greeting') this.#clock.sample(this.#helloSentMs, nowMs, message.serverTime);
    this.#settled(nowMs);
    const fresh = message.broadcast !== this.#broadcast;
    if (fresh) {
      this.#broadcast = message.broadcast;
      this.#sequences.clear();
      this.#epoch = 0;
    }
    this.#epoch = Math.max(this.#epoch, message.epoch);
    return [{ type: 'tracks', message, fresh }];
  }

  #goTo(address: string, nowMs: number): SessionEvent[] {
    let url: URL;
    try {
      url = new URL(address, this.#url);
    } catch {
      return [];
    }
    if (url.protocol !== 'ws:' && url.protocol !== 'wss:') return [];
    this.#url = url.href;
    return [{ type: 'disconnect' }, { type: 'connection', connected: false }, ...this.#connect(nowMs)];
  }

  #retry(code: MediaErrorCode | undefined, nowMs: number): SessionEvent[] {
    if (code === 'too-many-viewers') this.#retryFloorMs = FULL_HOUSE_DELAY_MS;
    const delayMs = backoffDelayMs(this.#attempt, this.#options.random, this.#retryFloorMs);
    this.#attempt += 1;
    this.#enter('backoff', nowMs);
    this.#retryAtMs = nowMs + delayMs;
    const events: SessionEvent[] = [{ type: 'connection', connected: false, retryInMs: delayMs }];
    if (!this.#everOpened && this.#attempt >= TRIES_BEFORE_UNREACHABLE && !this.#unreachableSaid) {
      this.#unreachableSaid = true;
      events.push({ type: 'unreachable' });
    }
    return events;
  }

  #fail(code: MediaErrorCode): SessionEvent[] {
    this.#phase = 'failed';
    return [
      { type: 'connection', connected: false },
      { type: 'failed', code },
    ];
  }

  #tickOpen(nowMs: number): SessionEvent[] {
    if (nowMs - this.#lastHeardMs > SILENCE_TIMEOUT_MS) {
      return [{ type: 'disconnect' }, ...this.#retry(undefined, nowMs)];
    }
    const intervalMs = this.#pingsSent < EARLY_PINGS ? EARLY_PING_INTERVAL_MS : PING_INTERVAL_MS;
    if (nowMs - this.#lastPingMs < intervalMs) return [];
    this.#lastPingMs = nowMs;
    this.#pingsSent += 1;
    return [{ type: 'send', message: { type: 'ping', clientTime: nowMs } }];
  }
}

/** Asking again will not change these. */
const PERMANENT: ReadonlySet<MediaErrorCode> = new Set([
  'unsupported-version',
  'bad-message',
  'not-authorised',
  'no-such-channel',
  'codec-not-playable',
]);

function errorOfCloseCode(closeCode: number): MediaErrorCode | undefined {
  for (const [code, number] of Object.entries(MEDIA_ERRORS)) {
    if (number === closeCode) return code as MediaErrorCode;
  }
  return undefined;
}

/** `undefined` when it is no message of this protocol. */
function parseServerMessage(text: string): ServerMessage | undefined {
  if (text.length > MAX_SERVER_MESSAGE_CHARACTERS) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  if (value.type === 'tracks' && !('tracks' in value && Array.isArray(value.tracks))) return undefined;
  // The server is the one this page was told to trust; fields beyond `type` follow the shared contract.
  return value as ServerMessage;
}
