/**
 * `<millrace-player src="/live/CHANNEL" muted autoplay lang="…" poster="…" latency="normal|low" protocol="ws|hls|native">`
 *
 * In: attributes, properties and methods, and what the viewer presses. Out: the state, events, and what the view shows.
 * It joins playback, autoplay, input and view. Documented for pages that embed it in docs/player.md.
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
import type { PlayerStats } from '../engine/engine.ts';
import { Autoplay } from './autoplay.ts';
import { h } from './dom.ts';
import { Input } from './input.ts';
import { Playback } from './playback.ts';
import { loadPreferences, savePreferences } from './preferences.ts';
import { canFullScreen, toggleFullScreen, togglePip } from './screen-modes.ts';
import { View } from './view.ts';
import type { ViewActions, ViewModel } from './view-model.ts';

const RENDER_INTERVAL_MS = 250;
const LATENCY_EVENT_INTERVAL_MS = 1000;

export class MillracePlayerElement extends HTMLElement {
  static readonly observedAttributes = ['src', 'muted', 'lang', 'poster', 'latency', 'protocol', 'token'];

  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #video = h('video', {
    playsinline: '',
    'webkit-playsinline': '',
    preload: 'auto',
    tabindex: '-1',
  });
  readonly #actions: ViewActions = {
    togglePlay: () => this.#togglePlay(),
    toggleMute: () => this.#autoplay.toggleMute(),
    setVolume: (volume) => this.#autoplay.setVolume(volume),
    goLive: () => this.goLive(),
    togglePip: () => void togglePip(this.#video),
    toggleFullScreen: () => void toggleFullScreen(this, this.#video).then(() => this.#render()),
    setLatencyMode: (mode) => this.#setLatencyMode(mode),
    setProtocol: (protocol) => this.#setProtocol(protocol),
    retry: () => this.#restart(),
  };
  readonly #autoplay = new Autoplay({
    video: this.#video,
    wantsPlay: () => this.#wantsPlay,
    render: () => this.#render(),
  });
  readonly #playback = new Playback({
    video: this.#video,
    source: () => ({
      src: this.src,
      token: this.getAttribute('token') ?? undefined,
      latencyMode: this.#latencyMode,
      protocol: this.#chosenProtocol,
    }),
    wantsPlay: () => this.#wantsPlay && !this.#autoplay.blocked,
    resume: () => this.#autoplay.resume(),
    onChange: () => this.#askRender(),
    onBlink: () => this.#view?.holdStill(),
    onError: (error) => this.#onError(error),
    onMediaEvent: (name, mediaTimeMs, data) => {
      this.dispatchEvent(new CustomEvent('mediaevent', { detail: { name, mediaTimeMs, data } }));
    },
  });
  readonly #input = new Input({
    element: this,
    root: this.#root,
    video: this.#video,
    actions: this.#actions,
    isPlaying: () => this.#state === 'playing',
    render: () => this.#render(),
  });
  #view: View | undefined;
  #words: Words = wordsFor([]);
  #chosenProtocol: Protocol | undefined;
  #latencyMode: LatencyMode = 'normal';
  #wantsPlay = false;
  #state: PlayerState = 'idle';
  #renderTimer: ReturnType<typeof setInterval> | undefined;
  #renderAsked = false;
  #latencySaidAtMs = 0;
  #listening: AbortController | undefined;

  /** The present state; `statechange` tells of each change. */
  get state(): PlayerState {
    return this.#state;
  }
  /** The figures of the statistics overlay; undefined while nothing is being played. */
  get stats(): PlayerStats | undefined {
    return this.#playback.engine?.stats();
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
    this.#autoplay.unblock();
    if (this.#playback.started) {
      this.#playback.engine?.pausedByViewer(false);
      this.#autoplay.resume();
    } else this.#playback.start();
    this.#render();
  }

  pause(): void {
    this.#wantsPlay = false;
    this.#playback.engine?.pausedByViewer(true);
    this.#video.pause();
    this.#render();
  }

  /** Back to the live edge. */
  goLive(): void {
    this.#playback.engine?.goLive();
    if (!this.#wantsPlay) this.play();
  }

  connectedCallback(): void {
    const preferences = loadPreferences();
    this.#autoplay.prepare(this.hasAttribute('muted'), preferences.volume ?? 1);
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
    this.#playback.stop();
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
        this.#playback.engine?.setLatencyMode(this.#latencyMode);
        break;
      case 'token':
        if (after !== null) this.#playback.engine?.setToken(after);
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
    this.#view = new View(this.#root, this.#words, this.#actions, this.#video, sourceChoices(abilities()));
    this.#view.setPoster(this.getAttribute('poster'));
    this.#input.attach(this.#view);
  }

  #restart(): void {
    const wasStarted = this.#playback.started;
    this.#playback.clear();
    if (wasStarted || this.hasAttribute('autoplay')) this.play();
  }

  #onError(error: PlayerError): void {
    const message = this.#words.sayError(error.code);
    this.dispatchEvent(new CustomEvent('error', { detail: { ...error, message } }));
    this.#render();
  }

  #togglePlay(): void {
    if (this.#wantsPlay && !this.#autoplay.blocked) this.pause();
    else this.play();
  }

  #setLatencyMode(mode: LatencyMode): void {
    savePreferences({ latency: mode });
    this.#latencyMode = mode;
    this.#playback.engine?.setLatencyMode(mode);
    this.#render();
  }

  #setProtocol(protocol: Protocol | undefined): void {
    this.#chosenProtocol = protocol;
    this.#view?.holdStill();
    this.#restart();
  }

  #listen(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#input.listen(signal);
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
      if (!document.hidden) this.#playback.engine?.returned();
    }, { signal }); // prettier-ignore
    window.addEventListener('online', () => this.#playback.engine?.returned(), { signal });
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
    const { engine, error, started } = this.#playback;
    const facts = engine?.facts();
    this.#become(
      playerState({
        started: started && !this.#autoplay.blocked,
        failed: error !== undefined,
        connected: facts?.connected ?? false,
        broadcast: facts?.broadcast,
        shown: facts?.shown ?? false,
        dry: facts?.dry ?? false,
        pausedByUser: started && !this.#wantsPlay,
      }),
    );
    const stats = this.#playback.engine?.stats();
    view.render(this.#model(stats, facts?.behindMs ?? 0, facts?.soundless ?? false));
    view.setIdle(this.#input.idle);
    const nowMs = performance.now();
    if (stats?.latencyMs !== undefined && nowMs - this.#latencySaidAtMs >= LATENCY_EVENT_INTERVAL_MS) {
      this.#latencySaidAtMs = nowMs;
      const detail = { latencyMs: stats.latencyMs, mediaTimeMs: stats.mediaTimeMs };
      this.dispatchEvent(new CustomEvent('latency', { detail }));
    }
  }

  #model(stats: PlayerStats | undefined, behindMs: number, soundless: boolean): ViewModel {
    const { error, started } = this.#playback;
    const waitsForPress = this.#autoplay.blocked || (!started && error === undefined);
    return {
      state: this.#state,
      paused: !this.#wantsPlay || this.#autoplay.blocked,
      muted: this.#video.muted,
      volume: this.#video.volume,
      offerSound: this.#autoplay.soundOffered && this.#video.muted && this.#state === 'playing' && !soundless,
      offerPlay: waitsForPress,
      behindMs,
      soundless,
      errorText: error === undefined ? undefined : this.#words.sayError(error.code),
      canRetry: error !== undefined && ERROR_RULES[error.code].canRetry,
      latencyMode: this.#latencyMode,
      protocol: this.#chosenProtocol,
      protocols: sourceChoices(abilities()),
      canPip: document.pictureInPictureEnabled,
      canFullScreen: canFullScreen(this.#video),
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
