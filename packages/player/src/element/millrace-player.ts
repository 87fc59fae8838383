/**
 * `<millrace-player src="/live/CHANNEL" muted autoplay lang="…" poster="…" latency="normal|low" protocol="ws|hls|native">`
 *
 * The element: reads attributes, picks an engine, falls back to the next, and joins engine and view. Documented for
 * pages that embed it in docs/player.md.
 */
import {
  ERROR_RULES,
  playerState,
  sourceChoices,
  wordsFor,
  type LatencyMode,
  type PlayerError,
  type PlayerState,
  type Protocol,
  type Words,
} from '../core/index.ts';
import { abilities } from '../engine/browser.ts';
import type { Engine, EngineHost, PlayerStats } from '../engine/engine.ts';
import { WsEngine } from '../engine/ws-engine.ts';
import { h } from './dom.ts';
import { keyAction } from './keys.ts';
import { loadPreferences, savePreferences } from './preferences.ts';
import { View, type ViewModel } from './view.ts';

const RENDER_INTERVAL_MS = 250;
const LATENCY_EVENT_INTERVAL_MS = 1000;
/** Controls go away after this long without a move, while it plays. */
const IDLE_AFTER_MS = 2600;
const VOLUME_STEP = 0.1;

type EngineMaker = (host: EngineHost) => Promise<Engine>;

/** hls.js is fetched only when it is needed. */
const ENGINES: Readonly<Record<Protocol, EngineMaker>> = {
  ws: (host) => Promise.resolve(new WsEngine(host)),
  hls: async (host) => new (await import('../engine/hls-engine.ts')).HlsEngine(host),
  native: async (host) => new (await import('../engine/native-engine.ts')).NativeEngine(host),
};

interface SafariVideo {
  webkitEnterFullscreen?: () => void;
}

export class MillracePlayerElement extends HTMLElement {
  static readonly observedAttributes = ['src', 'muted', 'lang', 'poster', 'latency', 'protocol', 'token'];

  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #video = h('video', {
    playsinline: '',
    'webkit-playsinline': '',
    preload: 'auto',
    tabindex: '-1',
  });
  #view: View | undefined;
  #words: Words = wordsFor([]);
  #engine: Engine | undefined;
  /** Grows with each start, so that an engine that loads late knows it is no longer wanted. */
  #generation = 0;
  #remaining: Protocol[] = [];
  #chosenProtocol: Protocol | undefined;
  #latencyMode: LatencyMode = 'normal';
  #started = false;
  #wantsPlay = false;
  #blocked = false;
  #resuming = false;
  #soundOffered = false;
  #error: PlayerError | undefined;
  #state: PlayerState = 'idle';
  #renderTimer: ReturnType<typeof setInterval> | undefined;
  #renderAsked = false;
  #latencySaidAtMs = 0;
  #touchedAtMs = 0;
  /** Whether the controls were hidden when the press under way began. */
  #idleAtPress = false;
  #listening: AbortController | undefined;

  /** The present state; `statechange` tells of each change. */
  get state(): PlayerState {
    return this.#state;
  }
  /** The figures of the statistics overlay; undefined while nothing is being played. */
  get stats(): PlayerStats | undefined {
    return this.#engine?.stats();
  }
  /** The media element inside: for capture of a picture, or Web Audio. Do not set its source. */
  get video(): HTMLVideoElement {
    return this.#video;
  }
  get src(): string {
    return this.getAttribute('src') ?? '';
  }
  set src(value: string) {
    this.setAttribute('src', value);
  }
  get latency(): LatencyMode {
    return this.#latencyMode;
  }
  set latency(mode: LatencyMode) {
    this.setAttribute('latency', mode);
  }

  play(): void {
    this.#wantsPlay = true;
    this.#blocked = false;
    if (this.#started) {
      this.#engine?.pausedByViewer(false);
      this.#resume();
    } else this.#start();
    this.#render();
  }

  pause(): void {
    this.#wantsPlay = false;
    this.#engine?.pausedByViewer(true);
    this.#video.pause();
    this.#render();
  }

  /** Back to the live edge. */
  goLive(): void {
    this.#engine?.goLive();
    if (!this.#wantsPlay) this.play();
  }

  connectedCallback(): void {
    const preferences = loadPreferences();
    this.#video.muted = this.hasAttribute('muted');
    this.#video.volume = preferences.volume ?? 1;
    this.#soundOffered = this.#video.muted;
    this.#latencyMode = attributeLatency(this) ?? preferences.latency ?? 'normal';
    this.#chosenProtocol = attributeProtocol(this);
    this.#buildView();
    this.#listen();
    this.#renderTimer = setInterval(() => this.#render(), RENDER_INTERVAL_MS);
    if (this.hasAttribute('autoplay')) this.play();
    else this.#render();
  }

  disconnectedCallback(): void {
    this.#listening?.abort();
    clearInterval(this.#renderTimer);
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected || this.#view === undefined) return;
    switch (name) {
      case 'src':
        this.#restart();
        break;
      case 'protocol':
        this.#chosenProtocol = attributeProtocol(this);
        this.#restart();
        break;
      case 'muted':
        this.#video.muted = after !== null;
        break;
      case 'latency':
        this.#latencyMode = attributeLatency(this) ?? 'normal';
        this.#engine?.setLatencyMode(this.#latencyMode);
        break;
      case 'token':
        if (after !== null) this.#engine?.setToken(after);
        break;
      case 'poster':
        this.#view.setPoster(after);
        break;
      case 'lang':
        this.#buildView();
        break;
    }
    this.#render();
  }

  #buildView(): void {
    const nearest = this.closest('[lang]')?.getAttribute('lang');
    this.#words = wordsFor([...(nearest ? [nearest] : []), ...navigator.languages]);
    this.#view = new View(
      this.#root,
      this.#words,
      {
        togglePlay: () => this.#togglePlay(),
        toggleMute: () => this.#toggleMute(),
        setVolume: (volume) => this.#setVolume(volume),
        goLive: () => this.goLive(),
        togglePip: () => void this.#togglePip(),
        toggleFullScreen: () => void this.#toggleFullScreen(),
        setLatencyMode: (mode) => this.#setLatencyMode(mode),
        setProtocol: (protocol) => this.#setProtocol(protocol),
        retry: () => this.#restart(),
      },
      this.#video,
      sourceChoices(abilities()),
    );
    this.#view.setPoster(this.getAttribute('poster'));
    this.#view.frame.addEventListener('click', (event) => this.#onFrameClick(event));
    this.#view.frame.addEventListener('dblclick', (event) => {
      if (event.target === this.#view?.frame || event.target === this.#video) void this.#toggleFullScreen();
    });
  }

  #start(): void {
    this.#started = true;
    this.#error = undefined;
    this.#remaining = sourceChoices(abilities(), this.#chosenProtocol);
    void this.#startNext({ code: 'browser-too-old', detail: 'no protocol is possible here' }, 0);
  }

  #stop(): void {
    this.#generation += 1;
    this.#started = false;
    this.#engine?.stop();
    this.#engine = undefined;
  }

  #restart(): void {
    const wasStarted = this.#started;
    this.#stop();
    this.#error = undefined;
    if (wasStarted || this.hasAttribute('autoplay')) this.play();
  }

  /** The next protocol of the list, or `error` when there is none left. */
  async #startNext(error: PlayerError, behindMs: number): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    this.#engine?.stop();
    this.#engine = undefined;
    const channelUrl = this.#channelUrl();
    const protocol = this.#remaining.shift();
    if (channelUrl === undefined || protocol === undefined) {
      this.#fail(channelUrl === undefined ? { code: 'no-source', detail: `src is "${this.src}"` } : error);
      return;
    }
    const host = this.#engineHost(channelUrl, behindMs, generation);
    let engine: Engine;
    try {
      engine = await ENGINES[protocol](host);
    } catch (reason) {
      if (generation !== this.#generation) return;
      await this.#startNext(
        { code: 'network', detail: `the ${protocol} part did not load: ${String(reason)}` },
        behindMs,
      );
      return;
    }
    if (generation !== this.#generation) return;
    this.#engine = engine;
    engine.start();
    this.#render();
  }

  #engineHost(channelUrl: string, behindMs: number, generation: number): EngineHost {
    const current = (): boolean => generation === this.#generation;
    return {
      video: this.#video,
      channelUrl,
      token: this.getAttribute('token') ?? undefined,
      latencyMode: this.#latencyMode,
      behindMs,
      wantsPlay: () => this.#wantsPlay && !this.#blocked,
      resume: () => this.#resume(),
      onChange: () => this.#askRender(),
      onBlink: () => this.#view?.holdStill(),
      onFail: (error) => {
        if (current()) this.#onEngineFail(error);
      },
      onMediaEvent: (name, mediaTimeMs, data) => {
        this.dispatchEvent(new CustomEvent('mediaevent', { detail: { name, mediaTimeMs, data } }));
      },
    };
  }

  #onEngineFail(error: PlayerError): void {
    const behindMs = this.#engine?.facts().behindMs ?? 0;
    if (ERROR_RULES[error.code].tryNextProtocol && this.#remaining.length > 0) {
      this.#view?.holdStill();
      void this.#startNext(error, behindMs);
    } else this.#fail(error);
  }

  #fail(error: PlayerError): void {
    this.#engine?.stop();
    this.#engine = undefined;
    this.#error = error;
    const message = this.#words.sayError(error.code);
    this.dispatchEvent(new CustomEvent('error', { detail: { ...error, message } }));
    this.#render();
  }

  #channelUrl(): string | undefined {
    if (this.src === '') return undefined;
    try {
      const url = new URL(this.src, document.baseURI);
      return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
    } catch {
      return undefined;
    }
  }

  #resume(): void {
    if (this.#resuming || !this.#wantsPlay || !this.#video.hasAttribute('src')) return;
    this.#resuming = true;
    void this.#video
      .play()
      .catch((reason: unknown) => {
        if (reason instanceof DOMException && reason.name === 'NotAllowedError') this.#onAutoplayRefused();
        // Otherwise the source was exchanged under it: the engine asks again.
      })
      .finally(() => {
        this.#resuming = false;
      });
  }

  #onAutoplayRefused(): void {
    if (this.#video.muted) {
      this.#blocked = true;
    } else {
      this.#video.muted = true;
      this.#soundOffered = true;
      queueMicrotask(() => this.#resume());
    }
    this.#render();
  }

  #togglePlay(): void {
    if (this.#wantsPlay && !this.#blocked) this.pause();
    else this.play();
  }

  #toggleMute(): void {
    const silent = this.#video.muted || this.#video.volume === 0;
    this.#video.muted = !silent;
    if (silent && this.#video.volume === 0) this.#setVolume(0.5);
    this.#soundOffered = false;
    this.#render();
  }

  #setVolume(volume: number): void {
    this.#video.volume = Math.min(1, Math.max(0, volume));
    this.#video.muted = this.#video.volume === 0;
    this.#soundOffered = false;
    savePreferences({ volume: this.#video.volume });
    this.#render();
  }

  #setLatencyMode(mode: LatencyMode): void {
    savePreferences({ latency: mode });
    this.#latencyMode = mode;
    this.#engine?.setLatencyMode(mode);
    this.#render();
  }

  #setProtocol(protocol: Protocol | undefined): void {
    this.#chosenProtocol = protocol;
    this.#view?.holdStill();
    this.#restart();
  }

  async #togglePip(): Promise<void> {
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await this.#video.requestPictureInPicture();
    } catch {
      // The browser or the page's policy does not allow it now; nothing changed.
    }
  }

  async #toggleFullScreen(): Promise<void> {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (document.fullscreenEnabled) await this.requestFullscreen();
      else (this.#video as SafariVideo).webkitEnterFullscreen?.();
    } catch {
      // Not allowed here (an iframe without the permission); nothing changed.
    }
    this.#render();
  }

  #listen(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#touch();
    this.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    this.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') this.#touch();
    }, { signal }); // prettier-ignore
    // A press gives the focus, which shows the controls: by the time of the click they are no longer hidden.
    this.addEventListener('pointerdown', () => {
      this.#idleAtPress = this.#isIdle();
    }, { signal, capture: true }); // prettier-ignore
    this.addEventListener('focusin', () => this.#touch(), { signal });
    this.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse') this.#touchedAtMs = 0;
    }, { signal }); // prettier-ignore
    // Paused or started from outside: a media key, the picture-in-picture window, the lock screen.
    this.#video.addEventListener('pause', () => {
      if (this.#wantsPlay && !this.#video.ended && !document.hidden && this.#video.readyState >= 2) this.pause();
    }, { signal }); // prettier-ignore
    this.#video.addEventListener('play', () => {
      if (!this.#wantsPlay) this.play();
    }, { signal }); // prettier-ignore
    this.#video.addEventListener('volumechange', () => this.#askRender(), { signal });
    document.addEventListener('fullscreenchange', () => this.#askRender(), { signal });
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#engine?.returned();
    }, { signal }); // prettier-ignore
    window.addEventListener('online', () => this.#engine?.returned(), { signal });
  }

  #onKey(event: KeyboardEvent): void {
    this.#touch();
    const view = this.#view;
    const inner = event.composedPath()[0];
    const action = keyAction(event, inner instanceof Element ? inner.tagName : '');
    if (view === undefined || action === undefined) return;
    switch (action) {
      case 'play':
        this.#togglePlay();
        break;
      case 'mute':
        this.#toggleMute();
        break;
      case 'full-screen':
        void this.#toggleFullScreen();
        break;
      case 'pip':
        void this.#togglePip();
        break;
      case 'live':
        this.goLive();
        break;
      case 'stats':
        view.toggleStats();
        break;
      case 'help':
        view.togglePanel('help');
        break;
      case 'louder':
      case 'quieter':
        this.#setVolume(
          (this.#video.muted ? 0 : this.#video.volume) + (action === 'louder' ? VOLUME_STEP : -VOLUME_STEP),
        );
        break;
      case 'close':
        if (!view.closePanels()) return;
        break;
    }
    event.preventDefault();
    this.#render();
  }

  #onFrameClick(event: MouseEvent): void {
    const view = this.#view;
    if (view === undefined || (event.target !== view.frame && event.target !== this.#video)) {
      this.#touch();
      return;
    }
    if (view.closePanels()) return;
    const touch = event instanceof PointerEvent && event.pointerType === 'touch';
    if (!touch) this.#togglePlay();
    else if (this.#idleAtPress) this.#touch();
    else this.#touchedAtMs = 0;
    this.#render();
  }

  #touch(): void {
    this.#touchedAtMs = performance.now();
    this.#view?.setIdle(false);
  }

  #isIdle(): boolean {
    if (this.#state !== 'playing' || this.#view?.panelOpen === true) return false;
    if (this.#root.activeElement?.matches('.bar :focus-visible') === true) return false;
    return performance.now() - this.#touchedAtMs > IDLE_AFTER_MS;
  }

  #askRender(): void {
    if (this.#renderAsked) return;
    this.#renderAsked = true;
    queueMicrotask(() => {
      this.#renderAsked = false;
      this.#render();
    });
  }

  #render(): void {
    const view = this.#view;
    if (view === undefined || !this.isConnected) return;
    const facts = this.#engine?.facts();
    this.#become(
      playerState({
        started: this.#started && !this.#blocked,
        failed: this.#error !== undefined,
        connected: facts?.connected ?? false,
        broadcast: facts?.broadcast,
        shown: facts?.shown ?? false,
        dry: facts?.dry ?? false,
        pausedByUser: this.#started && !this.#wantsPlay,
      }),
    );
    const stats = this.#engine?.stats();
    view.render(this.#model(stats, facts?.behindMs ?? 0, facts?.soundless ?? false));
    view.setIdle(this.#isIdle());
    const nowMs = performance.now();
    if (stats?.latencyMs !== undefined && nowMs - this.#latencySaidAtMs >= LATENCY_EVENT_INTERVAL_MS) {
      this.#latencySaidAtMs = nowMs;
      const detail = { latencyMs: stats.latencyMs, mediaTimeMs: stats.mediaTimeMs };
      this.dispatchEvent(new CustomEvent('latency', { detail }));
    }
  }

  #model(stats: PlayerStats | undefined, behindMs: number, soundless: boolean): ViewModel {
    const error = this.#error;
    const waitsForPress = this.#blocked || (!this.#started && error === undefined);
    return {
      state: this.#state,
      paused: !this.#wantsPlay || this.#blocked,
      muted: this.#video.muted,
      volume: this.#video.volume,
      offerSound: this.#soundOffered && this.#video.muted && this.#state === 'playing' && !soundless,
      offerPlay: waitsForPress,
      behindMs,
      soundless,
      errorText: error === undefined ? undefined : this.#words.sayError(error.code),
      canRetry: error !== undefined && ERROR_RULES[error.code].canRetry,
      latencyMode: this.#latencyMode,
      protocol: this.#chosenProtocol,
      protocols: sourceChoices(abilities()),
      canPip: document.pictureInPictureEnabled,
      canFullScreen: document.fullscreenEnabled || 'webkitEnterFullscreen' in this.#video,
      fullScreen: document.fullscreenElement === this,
      stats,
    };
  }

  #become(state: PlayerState): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent('statechange', { detail: { state, previous } }));
  }
}

function attributeLatency(element: Element): LatencyMode | undefined {
  const value = element.getAttribute('latency');
  return value === 'low' || value === 'normal' ? value : undefined;
}

function attributeProtocol(element: Element): Protocol | undefined {
  const value = element.getAttribute('protocol');
  return value === 'ws' || value === 'hls' || value === 'native' ? value : undefined;
}
