/**
 * The channel over the WebSocket media protocol: session (core) → sink (mse) → element, steered by the latency
 * control. This file joins them and carries the session's actions out; decisions are made in core.
 */
import {
  MEDIA_SUBPROTOCOL,
  type BroadcastState,
  type MediaHeader,
  type OfferedTrack,
} from '@millrace/contract/media-protocol';
import {
  CaptureMap,
  contiguousAheadS,
  ERROR_OF_MEDIA_CODE,
  LatencyControl,
  MediaSession,
  planGapJump,
  sourceUrl,
  type LatencyMode,
  type SessionEvent,
  type TracksMessage,
} from '../core/index.ts';
import { MediaSink, playableTypes, rangesOf } from '../mse/index.ts';
import type { Engine, EngineFacts, EngineHost, PlayerStats } from './engine.ts';
import { ByteRate } from './byte-rate.ts';
import { PictureWatch } from './picture-watch.ts';
import { minStartS, wantsCoarseRates } from './browser.ts';

const TICK_MS = 50;
/** A fresh viewer gets the last group of pictures at once; it is over when what comes is this young. */
const BURST_OVER_BELOW_MS = 300;
const BURST_MAX_MS = 400;
/** Paused with more than this in store: the server may stop sending. */
const MAX_PAUSED_STORE_S = 30;
/** A pause shorter than this is caught up with; after a longer one the viewer stays where they were. */
const STAYS_BEHIND_MS = 2_000;
/** The browser gave up on the media this often in a row: another protocol, or an error. */
const MAX_RECOVERIES = 3;
const RECOVERY_FORGOTTEN_AFTER_MS = 30_000;
/** Media is here but no picture: the browser's pipeline did not start. A fresh one mostly does. */
const START_WATCHDOG_MS = 1_500;
/** Say "waiting for data" only when it is not over at once. */
const SAY_DRY_AFTER_MS = 500;

export class WsEngine implements Engine {
  readonly protocol = 'ws';
  readonly #host: EngineHost;
  readonly #session: MediaSession;
  readonly #sink: MediaSink;
  readonly #watch: PictureWatch;
  readonly #latency: LatencyControl;
  readonly #captures = new CaptureMap();
  readonly #byteRate = new ByteRate();
  readonly #startedAtMs = performance.now();
  readonly #minStartS = minStartS();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #tracks: readonly OfferedTrack[] = [];
  #soundless = false;
  #connected = false;
  #joinMs: number | undefined;
  #shown = false;
  #dry = false;
  #stalls = 0;
  #stallEpoch: number | undefined;
  #epoch = 0;
  /** Set while the playhead waits to be put near the live edge: at the start, and after a long pause. */
  #placingSinceMs: number | undefined;
  #firstChunkAtMs: number | undefined;
  #newestCaptureMs = 0;
  #pausedAtMs: number | undefined;
  #serverPaused = false;
  #recoveries = 0;
  #recoveredAtMs = -Infinity;

  constructor(host: EngineHost) {
    this.#host = host;
    this.#latency = new LatencyControl(host.latencyMode, wantsCoarseRates());
    this.#session = new MediaSession({
      url: sourceUrl('ws', host.channelUrl),
      canPlay: playableTypes(),
      ...(host.token === undefined ? {} : { token: host.token }),
      random: Math.random,
    });
    this.#sink = new MediaSink({
      video: host.video,
      onBlink: () => host.onBlink(),
      onBroken: (detail) => this.#onBroken(detail),
    });
    this.#watch = new PictureWatch(host.video);
  }

  start(): void {
    this.#apply(this.#session.start(performance.now()));

    this.#host.video.addEventListener('error', this.#onVideoError);
    this.#host.video.addEventListener('loadedmetadata', this.#onMetadata);
    this.#placingSinceMs = performance.now();
    this.#timer = setInterval(() => this.#tick(performance.now()), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#watch.stop();
    this.#host.video.removeEventListener('error', this.#onVideoError);
    this.#host.video.removeEventListener('loadedmetadata', this.#onMetadata);
    this.#apply(this.#session.stop());
    this.#sink.close();
  }

  facts(): EngineFacts {
    return {
      connected: this.#connected,
      broadcast: this.#session.broadcastState,
      shown: this.#shown,
      dry: this.#dry && this.#watch.stoodForMs(performance.now()) >= SAY_DRY_AFTER_MS,
      behindMs: this.#behindMs(),
      soundless: this.#soundless,
      hasVideo: this.#tracks.length === 0 || this.#tracks.some((track) => track.kind === 'video'),
    };
  }

  stats(): PlayerStats {
    const { video } = this.#host;
    const codecOf = (kind: string): string | undefined =>
      this.#tracks.find((track) => track.kind === kind)?.codec;
    return {
      protocol: 'ws',
      videoCodec: codecOf('video'),
      audioCodec: codecOf('audio'),
      width: video.videoWidth,
      height: video.videoHeight,
      framesPerSecond: this.#watch.framesPerSecond,
      bufferMs: this.#aheadMs(),
      targetMs: this.#latency.targetMs,
      latencyMs: this.#latencyMs(),
      playbackRate: video.playbackRate,
      droppedFrames: this.#watch.droppedFrames,
      stalls: this.#stalls,
      bitsPerSecond: this.#byteRate.bitsPerSecond(performance.now()),
      roundTripMs: this.#session.clock.roundTripMs,
      joinMs: this.#joinMs,
      mediaTimeMs: video.currentTime * 1000,
    };
  }

  setLatencyMode(mode: LatencyMode): void {
    this.#latency.setMode(mode);
  }

  setToken(token: string): void {
    this.#apply(this.#session.renewToken(token));
  }

  pausedByViewer(paused: boolean): void {
    const nowMs = performance.now();
    if (paused) {
      this.#pausedAtMs = nowMs;
      return;
    }
    const pausedForMs = this.#pausedAtMs === undefined ? 0 : nowMs - this.#pausedAtMs;
    this.#pausedAtMs = undefined;
    if (this.#serverPaused) {
      this.goLive();
    } else if (this.#shown && pausedForMs > STAYS_BEHIND_MS) {
      this.#latency.follow(false);
    }
    this.#host.onChange();
  }

  goLive(): void {
    this.#latency.follow(true);
    if (this.#serverPaused) {
      this.#serverPaused = false;
      this.#apply(this.#session.play('live'));
      this.#firstChunkAtMs = undefined;
      this.#placingSinceMs = performance.now();
    } else this.#placeAtEdge(performance.now());
    this.#host.onChange();
  }

  returned(): void {
    this.#latency.tabReturned();
    this.#apply(this.#session.hurry(performance.now()));
  }

  #apply(events: readonly SessionEvent[]): void {
    for (const event of events) this.#applyOne(event);
  }

  #applyOne(event: SessionEvent): void {
    switch (event.type) {
      case 'connect':
        this.#openSocket(event.url);
        return;
      case 'disconnect':
        this.#closeSocket();
        return;
      case 'send':
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(event.message));
        return;
      case 'connection':
        this.#connected = event.connected;
        break;
      case 'state':
        this.#onState(event.state);
        break;
      case 'tracks':
        this.#onTracks(event.message, event.fresh);
        break;
      case 'init':
        this.#sink.init(event.header, event.bytes);
        return;
      case 'chunk':
        this.#onChunk(event.header, event.bytes);
        return;
      case 'dropped':
        return;
      case 'event':
        this.#host.onMediaEvent(event.message.name, event.message.mediaTimeMs, event.message.data);
        return;
      case 'unreachable':
        this.#host.onFail({ code: 'network', detail: 'no WebSocket to the server could be opened' });
        return;
      case 'failed':
        this.#host.onFail({ code: ERROR_OF_MEDIA_CODE[event.code], detail: `the server said ${event.code}` });
        return;
    }
    this.#host.onChange();
  }

  #openSocket(url: string): void {
    this.#closeSocket();
    const socket = new WebSocket(url, MEDIA_SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    const mine = (): boolean => this.#socket === socket;
    socket.addEventListener('open', () => {
      if (mine()) this.#apply(this.#session.socketOpened(performance.now()));
    });
    socket.addEventListener('message', (message: MessageEvent<unknown>) => {
      if (!mine()) return;
      const nowMs = performance.now();
      if (typeof message.data === 'string') this.#apply(this.#session.socketText(message.data, nowMs));
      else if (message.data instanceof ArrayBuffer) {
        this.#apply(this.#session.socketBinary(new Uint8Array(message.data), nowMs));
      }
    });
    socket.addEventListener('close', (closing) => {
      if (!mine()) return;
      this.#socket = undefined;
      this.#apply(this.#session.socketClosed(closing.code, performance.now()));
    });
  }

  #closeSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #onState(state: BroadcastState): void {
    if (state !== 'live') return;
    // The encoder came back: fill the buffer before the picture moves, or it would stall again at once.
    if (this.#dry) this.#latency.restarted(performance.now());
    if (this.#shown && this.#host.wantsPlay()) this.#host.resume();
  }

  #onTracks(message: TracksMessage, fresh: boolean): void {
    if (fresh) {
      this.#captures.clear();
      this.#shown = false;
      this.#firstChunkAtMs = undefined;
      this.#placingSinceMs = performance.now();
    }
    this.#tracks = message.tracks;
    const verdict = this.#sink.setTracks(message.tracks, fresh);
    if (!verdict.playable) {
      // The server chose these tracks knowing what this browser can play; another protocol may carry others.
      if (message.tracks.length > 0)
        this.#host.onFail({ code: 'codec-not-playable', detail: verdict.detail });
      return;
    }
    this.#soundless = verdict.soundless;
  }

  #onChunk(header: MediaHeader, bytes: Uint8Array): void {
    const nowMs = performance.now();
    this.#byteRate.add(nowMs, bytes.length);
    this.#epoch = header.epoch;
    this.#firstChunkAtMs ??= nowMs;
    this.#newestCaptureMs = Math.max(this.#newestCaptureMs, header.captureTime);
    const offer = this.#tracks.find((track) => track.track === header.track);
    const isClockTrack = offer?.kind === 'video' || !this.#tracks.some((track) => track.kind === 'video');
    if (offer && isClockTrack) this.#captures.add(header.dts / offer.timescale, header.captureTime);
    this.#sink.chunk(header, bytes);
    if (this.#placingSinceMs !== undefined) this.#placeWhenBurstIsOver(nowMs);
  }

  /** The first chunks are the last group of pictures; once they are here, the playhead goes near their end. */
  #placeWhenBurstIsOver(nowMs: number): void {
    if (this.#placingSinceMs === undefined || this.#firstChunkAtMs === undefined) return;
    // Before it knows its media, an element takes a position as a wish and may forget it.
    if (this.#host.video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const offsetMs = this.#session.clock.offsetMs;
    const ageMs = offsetMs === undefined ? Infinity : nowMs + offsetMs - this.#newestCaptureMs;
    if (ageMs > BURST_OVER_BELOW_MS && nowMs - this.#firstChunkAtMs < BURST_MAX_MS) return;
    if (!this.#placeAtEdge(nowMs)) return;
    this.#placingSinceMs = undefined;
    if (this.#host.behindMs > 0 && !this.#shown) this.#latency.follow(false);
    if (this.#host.wantsPlay()) this.#host.resume();
  }

  #placeAtEdge(nowMs: number): boolean {
    const { edgeS, firstS } = this.#sink;
    if (edgeS === undefined || firstS === undefined) return false;
    if (!this.#shown && edgeS - firstS < this.#minStartS) return false;
    const { video } = this.#host;
    const backS = (this.#latency.targetMs + (this.#shown ? 0 : this.#host.behindMs)) / 1000;
    const wantedS = Math.max(firstS, edgeS - backS);
    if (Math.abs(video.currentTime - wantedS) > 0.05) {
      // Chromium may never finish a seek to data that is appended only afterwards.
      const ranges = rangesOf(video.buffered);
      if (!ranges.some((range) => range.start <= wantedS + 0.1 && range.end > wantedS)) return false;
      video.currentTime = Math.max(wantedS, ranges[0]?.start ?? 0);
    }
    this.#latency.restarted(nowMs);
    return true;
  }

  #tick(nowMs: number): void {
    this.#apply(this.#session.tick(nowMs));
    this.#placeWhenBurstIsOver(nowMs);
    this.#watchPicture(nowMs);
    this.#steer(nowMs);
    // A track that went silent is not the connection's fault.
    if (this.#sink.tick(this.#dry)) this.#stallEpoch = undefined;
    this.#pauseServerWhenFull();
    const latencyMs = this.#latencyMs();
    this.#apply(
      this.#session.report(nowMs, {
        ...(latencyMs === undefined ? {} : { latencyMs: Math.max(0, Math.round(latencyMs)) }),
        stalls: this.#stalls,
        droppedFrames: this.#watch.droppedFrames,
      }),
    );
  }

  #watchPicture(nowMs: number): void {
    const { video } = this.#host;
    const standing = this.#watch.stands(nowMs);
    if (!this.#shown && this.#placingSinceMs === undefined && video.readyState >= 2 && !video.seeking) {
      this.#shown = true;
      this.#joinMs ??= nowMs - this.#startedAtMs;
      this.#host.onChange();
    }
    if (!this.#shown) {
      this.#watchStart(nowMs);
      return;
    }
    const wantsToMove = this.#host.wantsPlay() && !video.seeking;
    const dry = wantsToMove && standing;
    if (dry === this.#dry) return;
    this.#dry = dry;
    if (dry) {
      if (this.#session.broadcastState === 'live' && video.playbackRate > 0) {
        this.#stalls += 1;
        this.#stallEpoch = this.#epoch;
        this.#latency.restarted(nowMs);
      }
    } else if (this.#stallEpoch !== undefined) {
      // The encoder restarted: its absence says nothing about this viewer's connection.
      if (this.#stallEpoch === this.#epoch && this.#session.broadcastState === 'live')
        this.#latency.raise(nowMs);
      this.#stallEpoch = undefined;
    }
    this.#host.onChange();
  }

  #watchStart(nowMs: number): void {
    if (this.#firstChunkAtMs === undefined || nowMs - this.#firstChunkAtMs < START_WATCHDOG_MS) return;
    if (document.hidden || this.#sink.edgeS === undefined) return;
    this.#firstChunkAtMs = nowMs;
    this.#placingSinceMs = nowMs;
    this.#onBroken('the browser did not start to play');
  }

  #steer(nowMs: number): void {
    const { video } = this.#host;
    if (!this.#shown) return;
    if (this.#dry) {
      const jumpToS = planGapJump(rangesOf(video.buffered), video.currentTime, this.#watch.stoodForMs(nowMs));
      if (jumpToS !== undefined) {
        video.currentTime = jumpToS;
        this.#latency.restarted(nowMs);
      }
    }
    if (video.paused && this.#host.wantsPlay()) this.#host.resume();
    const decision = this.#latency.decide({
      nowMs,
      aheadMs: this.#aheadMs(),
      playing: this.#host.wantsPlay() && !video.seeking,
      live: this.#session.broadcastState === 'live' && this.#connected,
    });
    if (video.playbackRate !== decision.rate) video.playbackRate = decision.rate;
    if (decision.seekToEdgeMinusMs !== undefined && this.#sink.edgeS !== undefined) {
      video.currentTime = this.#sink.edgeS - decision.seekToEdgeMinusMs / 1000;
    }
  }

  #pauseServerWhenFull(): void {
    if (this.#pausedAtMs === undefined || this.#serverPaused) return;
    const { edgeS } = this.#sink;
    if (edgeS === undefined || edgeS - this.#host.video.currentTime < MAX_PAUSED_STORE_S) return;
    this.#serverPaused = true;
    this.#apply(this.#session.pause());
  }

  #aheadMs(): number {
    const { video } = this.#host;
    return contiguousAheadS(rangesOf(video.buffered), video.currentTime) * 1000;
  }

  #behindMs(): number {
    if (this.#latency.following && this.#pausedAtMs === undefined) return 0;
    const { edgeS } = this.#sink;
    if (edgeS === undefined) return 0;
    return Math.max(0, (edgeS - this.#host.video.currentTime) * 1000 - this.#latency.targetMs);
  }

  #latencyMs(): number | undefined {
    const offsetMs = this.#session.clock.offsetMs;
    if (!this.#shown || offsetMs === undefined) return undefined;
    const shown = this.#watch.shown(performance.now());
    const captureMs = this.#captures.captureMsAt(shown.mediaS);
    return captureMs === undefined ? undefined : shown.atMs + offsetMs - captureMs;
  }

  readonly #onMetadata = (): void => this.#placeWhenBurstIsOver(performance.now());

  readonly #onVideoError = (): void => {
    const { error } = this.#host.video;
    if (error) this.#onBroken(`${error.code}: ${error.message}`);
  };

  #onBroken(detail: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#recoveredAtMs > RECOVERY_FORGOTTEN_AFTER_MS) this.#recoveries = 0;
    // One fault is reported by the element and by each of its buffers.
    else if (nowMs - this.#recoveredAtMs < TICK_MS * 2) return;
    this.#recoveredAtMs = nowMs;
    this.#recoveries += 1;
    if (this.#recoveries > MAX_RECOVERIES) this.#host.onFail({ code: 'media-broken', detail });
    else this.#sink.recover();
  }
}
