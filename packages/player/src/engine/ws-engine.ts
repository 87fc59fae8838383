/**
 * The channel over the WebSocket media protocol: session (core) → sink (mse) → element.
 *
 * In: what the page and the viewer want (`EngineHost`, `Engine`). Out: the session's actions carried out, chunks handed
 * to the sink, facts and figures. This file joins the parts; each decision is made in one of them.
 */
import type { BroadcastState, MediaHeader, OfferedTrack } from '@millrace/contract/media-protocol';
import {
  CaptureMap,
  ERROR_OF_MEDIA_CODE,
  LatencyControl,
  MediaSession,
  sourceUrl,
  type LatencyMode,
  type SessionEvent,
  type TracksMessage,
} from '../core/index.ts';
import { MediaSink, playableTypes } from '../mse/index.ts';
import { wantsCoarseRates } from './browser.ts';
import { ByteRate } from './byte-rate.ts';
import type { Engine, EngineFacts, EngineHost, PlayerStats } from './engine.ts';
import { MediaSocket } from './media-socket.ts';
import { PictureWatch } from './picture-watch.ts';
import { Playhead } from './playhead.ts';
import { Recovery } from './recovery.ts';
import { Showing } from './showing.ts';

const TICK_MS = 50;
/** Paused with more than this in store: the server may stop sending. */
const MAX_PAUSED_STORE_S = 30;
/** A pause shorter than this is caught up with; after a longer one the viewer stays where they were. */
const STAYS_BEHIND_MS = 2_000;
/** Say "waiting for data" only when it is not over at once. */
const SAY_DRY_AFTER_MS = 500;

export class WsEngine implements Engine {
  readonly protocol = 'ws';
  readonly #host: EngineHost;
  readonly #session: MediaSession;
  readonly #sink: MediaSink;
  readonly #watch: PictureWatch;
  readonly #latency: LatencyControl;
  readonly #playhead: Playhead;
  readonly #showing: Showing;
  readonly #recovery = new Recovery();
  readonly #captures = new CaptureMap();
  readonly #byteRate = new ByteRate();
  readonly #socket = new MediaSocket({
    onOpen: () => this.#apply(this.#session.socketOpened(performance.now())),
    onText: (text) => this.#apply(this.#session.socketText(text, performance.now())),
    onBinary: (bytes) => this.#apply(this.#session.socketBinary(bytes, performance.now())),
    onClose: (code) => this.#apply(this.#session.socketClosed(code, performance.now())),
  });
  #timer: ReturnType<typeof setInterval> | undefined;
  #tracks: readonly OfferedTrack[] = [];
  #soundless = false;
  #connected = false;
  /** Of the newest chunk. */
  #epoch = 0;
  #pausedAtMs: number | undefined;
  #serverPaused = false;

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
    const parts = { host, sink: this.#sink, watch: this.#watch, latency: this.#latency };
    this.#playhead = new Playhead({ ...parts, clock: this.#session.clock });
    this.#showing = new Showing(parts);
  }

  start(): void {
    this.#apply(this.#session.start(performance.now()));
    this.#host.video.addEventListener('error', this.#onVideoError);
    this.#host.video.addEventListener('loadedmetadata', this.#onMetadata);
    this.#playhead.join();
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
      shown: this.#showing.shown,
      dry: this.#showing.dry && this.#watch.stoodForMs(performance.now()) >= SAY_DRY_AFTER_MS,
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
      bufferMs: this.#playhead.aheadMs,
      targetMs: this.#latency.targetMs,
      latencyMs: this.#latencyMs(),
      playbackRate: video.playbackRate,
      droppedFrames: this.#watch.droppedFrames,
      stalls: this.#showing.stalls,
      bitsPerSecond: this.#byteRate.bitsPerSecond(performance.now()),
      roundTripMs: this.#session.clock.roundTripMs,
      joinMs: this.#showing.joinMs,
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
    } else if (this.#showing.shown && pausedForMs > STAYS_BEHIND_MS) {
      this.#latency.follow(false);
    }
    this.#host.onChange();
  }

  goLive(): void {
    this.#latency.follow(true);
    if (this.#serverPaused) {
      this.#serverPaused = false;
      this.#apply(this.#session.play('live'));
      this.#playhead.join();
    } else this.#playhead.placeAtEdge(performance.now(), this.#showing.shown);
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
        this.#socket.open(event.url);
        return;
      case 'disconnect':
        this.#socket.close();
        return;
      case 'send':
        this.#socket.send(event.message);
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

  #onState(state: BroadcastState): void {
    if (state !== 'live') return;
    // The encoder came back: fill the buffer before the picture moves, or it would stall again at once.
    if (this.#showing.dry) this.#latency.restarted(performance.now());
    if (this.#showing.shown && this.#host.wantsPlay()) this.#host.resume();
  }

  #onTracks(message: TracksMessage, fresh: boolean): void {
    if (fresh) {
      this.#captures.clear();
      this.#showing.begin();
      this.#playhead.join();
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
    this.#playhead.chunkCame(nowMs, header.captureTime);
    const offer = this.#tracks.find((track) => track.track === header.track);
    const isClockTrack = offer?.kind === 'video' || !this.#tracks.some((track) => track.kind === 'video');
    if (offer && isClockTrack) this.#captures.add(header.dts / offer.timescale, header.captureTime);
    this.#sink.chunk(header, bytes);
    this.#playhead.placeWhenBurstIsOver(nowMs, this.#showing.shown);
  }

  #tick(nowMs: number): void {
    this.#apply(this.#session.tick(nowMs));
    this.#playhead.placeWhenBurstIsOver(nowMs, this.#showing.shown);
    this.#followPicture(nowMs);
    // A track that went silent is not the connection's fault.
    if (this.#sink.tick(this.#showing.dry)) this.#showing.excuseStall();
    this.#pauseServerWhenFull();
    const latencyMs = this.#latencyMs();
    this.#apply(
      this.#session.report(nowMs, {
        ...(latencyMs === undefined ? {} : { latencyMs: Math.max(0, Math.round(latencyMs)) }),
        stalls: this.#showing.stalls,
        droppedFrames: this.#watch.droppedFrames,
      }),
    );
  }

  #followPicture(nowMs: number): void {
    const live = this.#session.broadcastState === 'live';
    this.#showing.tick({ nowMs, placed: !this.#playhead.placing, live, epoch: this.#epoch });
    if (this.#showing.shown) this.#playhead.steer(nowMs, this.#showing.dry, live && this.#connected);
    else if (this.#playhead.startAnewWhenOverdue(nowMs)) this.#onBroken('the browser did not start to play');
  }

  #pauseServerWhenFull(): void {
    if (this.#pausedAtMs === undefined || this.#serverPaused) return;
    const { edgeS } = this.#sink;
    if (edgeS === undefined || edgeS - this.#host.video.currentTime < MAX_PAUSED_STORE_S) return;
    this.#serverPaused = true;
    this.#apply(this.#session.pause());
  }

  #behindMs(): number {
    if (this.#latency.following && this.#pausedAtMs === undefined) return 0;
    const { edgeS } = this.#sink;
    if (edgeS === undefined) return 0;
    return Math.max(0, (edgeS - this.#host.video.currentTime) * 1000 - this.#latency.targetMs);
  }

  #latencyMs(): number | undefined {
    const offsetMs = this.#session.clock.offsetMs;
    if (!this.#showing.shown || offsetMs === undefined) return undefined;
    const shown = this.#watch.shown(performance.now());
    const captureMs = this.#captures.captureMsAt(shown.mediaS);
    return captureMs === undefined ? undefined : shown.atMs + offsetMs - captureMs;
  }

  readonly #onMetadata = (): void =>
    this.#playhead.placeWhenBurstIsOver(performance.now(), this.#showing.shown);

  readonly #onVideoError = (): void => {
    const { error } = this.#host.video;
    if (error) this.#onBroken(`${error.code}: ${error.message}`);
  };

  #onBroken(detail: string): void {
    const verdict = this.#recovery.next(performance.now());
    if (verdict === 'give-up') this.#host.onFail({ code: 'media-broken', detail });
    else if (verdict === 'recover') this.#sink.recover();
  }
}
