/**
 * What hls.js and native HLS have in common: waiting until the channel is live, noticing that the encoder is gone
 * or back, that tracks appeared, that it is over, and that a new broadcast began. A subclass loads and unloads.
 */
import type { BroadcastState } from '@millrace/contract/media-protocol';
import { contiguousAheadS, planGapJump, sourceUrl, type LatencyMode, type Protocol } from '../core/index.ts';
import { rangesOf } from '../mse/index.ts';
import type { Engine, EngineFacts, EngineHost, PlayerStats } from './engine.ts';
import { HlsProbe, type ProbeAnswer } from './hls-probe.ts';
import { PictureWatch } from './picture-watch.ts';

const TICK_MS = 100;
/** Not live: how often to ask. Over: how often to ask for the next broadcast. */
const ASK_WAITING_MS = 2_000;
const ASK_LIVE_MS = 6_000;
/** The clock needs a few answers at chosen moments before the latency shown is good. */
const GOOD_CLOCK_MS = 40;
/** The picture stands and the playlist stopped growing: the encoder is gone. */
const INTERRUPTED_AFTER_MS = 3_000;
const SAY_DRY_AFTER_MS = 700;
const STAYS_BEHIND_MS = 2_000;
/** After it ran dry the picture waits for this much, so that it does not run dry again with each part, but not for long. */
const REFILL_MS = 1_000;
const MAX_REFILL_MS = 1_200;

export abstract class HlsBase implements Engine {
  abstract readonly protocol: Protocol;
  protected readonly host: EngineHost;
  protected readonly url: string;
  protected readonly watch: PictureWatch;
  protected following = true;
  readonly #probe: HlsProbe;
  readonly #stopping = new AbortController();
  readonly #startedAtMs = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  #broadcast: BroadcastState | undefined;
  #connected = true;
  #shown = false;
  #dry = false;
  #refillingSinceMs: number | undefined;
  #stalls = 0;
  #joinMs: number | undefined;
  #nextAskMs = 0;
  #asking = false;
  #loaded = false;
  #tracks = '';
  #grewAtMs = 0;
  #over = false;
  #pausedAtMs: number | undefined;

  constructor(host: EngineHost) {
    this.host = host;
    const url = new URL(sourceUrl('hls', host.channelUrl));
    if (host.token !== undefined) url.searchParams.set('token', host.token);
    this.url = url.href;
    this.#probe = new HlsProbe(url.href);
    this.watch = new PictureWatch(host.video);
  }

  protected abstract load(): void;
  protected abstract unload(): void;
  /** When the picture was captured: Unix ms of the server. */
  protected abstract captureMs(): number | undefined;
  /** Media time to sit at when with live; `undefined` = not known yet. */
  protected abstract livePositionS(): number | undefined;
  protected abstract details(): Pick<PlayerStats, 'videoCodec' | 'audioCodec' | 'targetMs' | 'bitsPerSecond'>;
  abstract setLatencyMode(mode: LatencyMode): void;

  start(): void {
    this.host.video.addEventListener('ended', this.#onEnded);
    this.#timer = setInterval(() => this.#tick(performance.now()), TICK_MS);
    this.#tick(performance.now());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopping.abort();
    this.watch.stop();
    this.host.video.removeEventListener('ended', this.#onEnded);
    this.unload();
    this.host.video.removeAttribute('src');
    this.host.video.load();
  }

  facts(): EngineFacts {
    return {
      connected: this.#connected,
      broadcast: this.#broadcast,
      shown: this.#shown,
      dry: this.#dry && this.watch.stoodForMs(performance.now()) >= SAY_DRY_AFTER_MS,
      behindMs: this.#behindMs(),
      soundless: false,
      hasVideo: !this.#shown || this.host.video.videoWidth > 0,
    };
  }

  stats(): PlayerStats {
    const { video } = this.host;
    return {
      protocol: this.protocol,
      width: video.videoWidth,
      height: video.videoHeight,
      framesPerSecond: this.watch.framesPerSecond,
      bufferMs: contiguousAheadS(rangesOf(video.buffered), video.currentTime) * 1000,
      latencyMs: this.#latencyMs(),
      playbackRate: video.playbackRate,
      droppedFrames: this.watch.droppedFrames,
      stalls: this.#stalls,
      roundTripMs: undefined,
      joinMs: this.#joinMs,
      mediaTimeMs: video.currentTime * 1000,
      ...this.details(),
    };
  }

  /** The token is part of the address: it is used from the next load on. */
  setToken(_token: string): void {}

  pausedByViewer(paused: boolean): void {
    const nowMs = performance.now();
    if (paused) this.#pausedAtMs = nowMs;
    else {
      if (this.#shown && this.#pausedAtMs !== undefined && nowMs - this.#pausedAtMs > STAYS_BEHIND_MS) {
        this.following = false;
        this.followChanged();
      }
      this.#pausedAtMs = undefined;
    }
    this.host.onChange();
  }

  goLive(): void {
    this.following = true;
    this.followChanged();
    const positionS = this.livePositionS();
    if (positionS !== undefined) this.host.video.currentTime = positionS;
    this.host.onChange();
  }

  returned(): void {
    this.#nextAskMs = 0;
  }

  protected followChanged(): void {}

  /** The playlist became longer. */
  protected grew(): void {
    this.#grewAtMs = performance.now();
    this.#connected = true;
    this.#become('live');
  }

  /** The server cannot be reached, or refused: start again from asking. */
  protected lost(): void {
    this.#connected = false;
    this.#reload();
  }

  protected becameOver(): void {
    this.#over = true;
  }

  #reload(): void {
    this.unload();
    this.#loaded = false;
    this.#nextAskMs = performance.now() + 500;
    this.host.onChange();
  }

  #become(state: BroadcastState): void {
    if (this.#broadcast === state) return;
    this.#broadcast = state;
    this.host.onChange();
  }

  readonly #onEnded = (): void => {
    this.#over = true;
    this.#become('ended');
  };

  #tick(nowMs: number): void {
    if (!this.#asking && nowMs >= this.#nextAskMs) void this.#ask();
    this.#watchPicture(nowMs);
    if (this.#over && this.#dry) this.#become('ended');
    const { video } = this.host;
    if (this.#loaded && video.paused && !video.ended && this.host.wantsPlay()) this.host.resume();
  }

  #watchPicture(nowMs: number): void {
    const { video } = this.host;
    const standing = this.watch.stands(nowMs);
    if (!this.#shown && this.#loaded && video.readyState >= 2) {
      this.#shown = true;
      this.#joinMs ??= nowMs - this.#startedAtMs;
      this.#become('live');
      this.host.onChange();
    }
    const dry = this.#shown && standing && this.host.wantsPlay() && !video.seeking;
    if (dry) {
      const jumpToS = planGapJump(
        rangesOf(video.buffered),
        video.currentTime,
        this.watch.stoodForMs(nowMs) - 250,
      );
      if (jumpToS !== undefined) video.currentTime = jumpToS;
      if (this.#broadcast === 'live' && nowMs - this.#grewAtMs > INTERRUPTED_AFTER_MS && !this.#over) {
        this.#become('interrupted');
      }
    }
    this.#refill(nowMs, dry);
    if (dry === this.#dry) return;
    this.#dry = dry;
    if (dry && this.#broadcast === 'live' && !this.#over) this.#stalls += 1;
    this.host.onChange();
  }

  #refill(nowMs: number, dry: boolean): void {
    const { video } = this.host;
    const aheadMs = contiguousAheadS(rangesOf(video.buffered), video.currentTime) * 1000;
    if (this.#refillingSinceMs === undefined) {
      // Data came for a picture that stood: this is the moment to hold it.
      if (!dry || aheadMs < 100 || aheadMs >= REFILL_MS || this.#over || video.playbackRate === 0) return;
      this.#refillingSinceMs = nowMs;
      video.playbackRate = 0;
    } else if (aheadMs >= REFILL_MS || this.#over || nowMs - this.#refillingSinceMs > MAX_REFILL_MS) {
      this.#refillingSinceMs = undefined;
      video.playbackRate = 1;
    }
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      const answer = await this.#probe.ask(this.#stopping.signal);
      if (!this.#stopping.signal.aborted) await this.#onAnswer(answer);
    } finally {
      this.#asking = false;
      this.#nextAskMs = performance.now() + this.#askDelayMs(performance.now());
    }
  }

  #askDelayMs(nowMs: number): number {
    if (!this.#loaded || this.#over) return ASK_WAITING_MS;
    const { clock } = this.#probe;
    return clock.uncertaintyMs > GOOD_CLOCK_MS && clock.offsetMs !== undefined
      ? clock.nextProbeDelayMs(nowMs)
      : ASK_LIVE_MS;
  }

  async #onAnswer(answer: ProbeAnswer): Promise<void> {
    switch (answer.state) {
      case 'no-such-channel':
      case 'not-authorised':
        if (!this.#loaded)
          this.host.onFail({ code: answer.state, detail: `the server said ${answer.state}` });
        return;
      case 'unreachable':
        if (!this.#loaded) this.#connected = false;
        this.host.onChange();
        return;
      case 'waiting':
        this.#connected = true;
        if (!this.#loaded) this.#become('waiting');
        return;
      case 'live':
        this.#connected = true;
        await this.#onLive(answer);
    }
  }

  async #onLive(answer: ProbeAnswer & { readonly state: 'live' }): Promise<void> {
    if (this.#over) {
      if (answer.media === undefined || !(await this.#probe.grows(answer.media, this.#stopping.signal)))
        return;
      this.#over = false;
      this.#shown = false;
      this.#reload();
    } else if (this.#loaded && answer.tracks === this.#tracks) return;
    // First load, another broadcast, or other tracks than before.
    if (this.#loaded) {
      this.host.onBlink();
      this.unload();
    }
    this.#tracks = answer.tracks;
    this.#loaded = true;
    this.#grewAtMs = performance.now();
    this.load();
    if (this.host.wantsPlay()) this.host.resume();
  }

  #behindMs(): number {
    if (this.following && this.#pausedAtMs === undefined) return 0;
    const positionS = this.livePositionS();
    return positionS === undefined ? 0 : Math.max(0, (positionS - this.host.video.currentTime) * 1000);
  }

  #latencyMs(): number | undefined {
    const captureMs = this.captureMs();
    const { offsetMs } = this.#probe.clock;
    if (!this.#shown || captureMs === undefined || offsetMs === undefined) return undefined;
    return performance.now() + offsetMs - captureMs;
  }
}
