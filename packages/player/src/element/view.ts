/**
 * What is on the screen: builds the shadow DOM once and then only writes what changed.
 *
 * In: a `ViewModel` a few times a second. Out: what the viewer pressed, as `ViewActions`. No player logic.
 */
import type { LatencyMode, PlayerState, Protocol, Words, WordKey } from '../core/index.ts';
import type { PlayerStats } from '../engine/engine.ts';
import { h, setText, toggle } from './dom.ts';
import { icon, type IconName } from './icons.ts';
import { STYLES } from './styles.ts';

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

export type Panel = 'settings' | 'help';

const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = {
  ws: 'WebSocket',
  hls: 'HLS',
  native: 'HLS (native)',
};

/** What stands in the middle of the picture, for each state. */
const SAYINGS: Readonly<
  Record<PlayerState, { readonly title?: WordKey; readonly hint?: WordKey; readonly busy?: true }>
> = {
  idle: {},
  connecting: { busy: true },
  waiting: { title: 'waiting', hint: 'waitingHint' },
  playing: {},
  paused: {},
  buffering: { busy: true },
  reconnecting: { title: 'reconnecting', busy: true },
  interrupted: { title: 'interrupted', hint: 'interruptedHint' },
  ended: { title: 'ended', hint: 'endedHint' },
  error: { title: 'errorTitle' },
};
/** Spoken to screen readers when there is no title. */
const SPOKEN: Partial<Readonly<Record<PlayerState, WordKey>>> = {
  connecting: 'connecting',
  buffering: 'buffering',
};

const SHORTCUTS: readonly (readonly [string, WordKey])[] = [
  ['Space / K', 'keyPlay'],
  ['M', 'keyMute'],
  ['↑ ↓', 'keyVolume'],
  ['F', 'keyFullScreen'],
  ['P', 'keyPip'],
  ['L', 'keyLive'],
  ['I', 'keyStats'],
  ['?', 'keyHelp'],
];

interface Choice<Value> {
  readonly button: HTMLButtonElement;
  readonly value: Value;
}

export class View {
  readonly video: HTMLVideoElement;
  readonly frame: HTMLDivElement;
  readonly #words: Words;
  readonly #actions: ViewActions;
  readonly #still = h('canvas', { class: 'still', hidden: '' });
  readonly #poster = h('img', { class: 'poster', alt: '', hidden: '' });
  readonly #play: HTMLButtonElement;
  readonly #mute: HTMLButtonElement;
  readonly #volume: HTMLInputElement;
  readonly #live: HTMLButtonElement;
  readonly #liveWord = h('span');
  readonly #liveFigure = h('span', { class: 'figure', 'aria-hidden': 'true' });
  readonly #liveBack: HTMLSpanElement;
  readonly #pip: HTMLButtonElement;
  readonly #full: HTMLButtonElement;
  readonly #gear: HTMLButtonElement;
  readonly #unmute: HTMLButtonElement;
  readonly #big: HTMLButtonElement;
  readonly #spinner = h('div', { class: 'spinner', hidden: '' });
  readonly #title = h('strong');
  readonly #hint = h('span');
  readonly #retry: HTMLButtonElement;
  readonly #status = h('div', { class: 'sr', role: 'status' });
  readonly #menu: HTMLDivElement;
  readonly #help: HTMLElement;
  readonly #stats: HTMLElement;
  readonly #statValues = new Map<WordKey, HTMLElement>();
  #latencyChoices: Choice<LatencyMode>[] = [];
  #protocolChoices: Choice<Protocol | undefined>[] = [];
  #stillTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    root: ShadowRoot,
    words: Words,
    actions: ViewActions,
    video: HTMLVideoElement,
    protocols: readonly Protocol[],
  ) {
    this.#words = words;
    this.#actions = actions;
    this.video = video;
    const say = words.say;
    this.#play = this.#iconButton('play', 'play', actions.togglePlay);
    this.#mute = this.#iconButton('sound', 'mute', actions.toggleMute);
    this.#volume = h('input', {
      type: 'range',
      min: '0',
      max: '1',
      step: '0.05',
      'aria-label': say('volume'),
    });
    this.#volume.addEventListener('input', () => actions.setVolume(this.#volume.valueAsNumber));
    this.#liveBack = h('span', { class: 'back', hidden: '' }, say('backToLive'));
    this.#live = h(
      'button',
      { type: 'button', class: 'live' },
      h('i'),
      this.#liveWord,
      this.#liveFigure,
      this.#liveBack,
    );
    this.#live.addEventListener('click', actions.goLive);
    this.#gear = this.#iconButton('settings', 'settings', () => this.togglePanel('settings'));
    this.#gear.setAttribute('aria-haspopup', 'true');
    this.#pip = this.#iconButton('pip', 'pictureInPicture', actions.togglePip);
    this.#pip.classList.add('pip');
    this.#full = this.#iconButton('enter', 'fullScreen', actions.toggleFullScreen);
    this.#unmute = h(
      'button',
      { type: 'button', class: 'unmute', part: 'unmute', hidden: '' },
      icon('muted'),
      say('tapToUnmute'),
    );
    this.#unmute.addEventListener('click', actions.toggleMute);
    this.#big = h(
      'button',
      { type: 'button', class: 'big', hidden: '', 'aria-label': say('tapToPlay') },
      icon('play'),
    );
    this.#big.addEventListener('click', actions.togglePlay);
    this.#retry = h('button', { type: 'button', hidden: '' }, say('retry'));
    this.#retry.addEventListener('click', actions.retry);
    this.#menu = this.#buildMenu(protocols);
    this.#stats = this.#buildStats();
    this.#help = this.#buildHelp();
    this.frame = h(
      'div',
      { class: 'frame', tabindex: '0', role: 'region', 'aria-label': say('player'), lang: words.language },
      video,
      this.#still,
      this.#poster,
      h('div', { class: 'overlay' }, h('slot')),
      h(
        'div',
        { class: 'centre' },
        h('div', { class: 'say' }, this.#big, this.#spinner, this.#title, this.#hint, this.#retry),
      ),
      this.#unmute,
      h(
        'div',
        { class: 'bar' },
        this.#play,
        h('div', { class: 'volume' }, this.#mute, this.#volume),
        this.#live,
        h('div', { class: 'space' }),
        h('slot', { name: 'controls' }),
        this.#gear,
        this.#pip,
        this.#full,
      ),
      this.#menu,
      this.#stats,
      this.#help,
      this.#status,
    );
    // a constructed sheet, because a page's Content-Security-Policy may refuse <style> elements
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(this.frame);
  }

  get panelOpen(): boolean {
    return !this.#menu.hidden || !this.#help.hidden;
  }
  get statsOpen(): boolean {
    return !this.#stats.hidden;
  }

  togglePanel(panel: Panel): void {
    const element = panel === 'settings' ? this.#menu : this.#help;
    const open = element.hidden;
    this.closePanels();
    element.hidden = !open;
    this.#gear.setAttribute('aria-expanded', String(!this.#menu.hidden));
    if (open)
      element
        .querySelector<HTMLElement>('button[aria-checked="true"], button')
        ?.focus({ preventScroll: true });
  }

  /** True when something was open. */
  closePanels(): boolean {
    const open = this.panelOpen;
    const hadFocus = this.#menu.matches(':focus-within') || this.#help.matches(':focus-within');
    this.#menu.hidden = true;
    this.#help.hidden = true;
    this.#gear.setAttribute('aria-expanded', 'false');
    if (hadFocus) this.#gear.focus({ preventScroll: true });
    return open;
  }

  toggleStats(): void {
    this.#stats.hidden = !this.#stats.hidden;
  }

  setIdle(idle: boolean): void {
    toggle(this.frame, 'data-idle', idle);
  }

  setPoster(url: string | null): void {
    if (url === null) this.#poster.removeAttribute('src');
    else this.#poster.src = url;
  }

  /** Covers the moment without a picture with the last one, until the next is shown. */
  holdStill(): void {
    const { video } = this;
    if (video.videoWidth === 0 || video.readyState < 2 || !this.#still.hidden) return;
    this.#still.width = video.videoWidth;
    this.#still.height = video.videoHeight;
    this.#still.getContext('2d')?.drawImage(video, 0, 0);
    this.#still.hidden = false;
    const release = (): void => {
      clearTimeout(this.#stillTimer);
      this.#still.hidden = true;
    };
    if (canWatchFrames(video)) video.requestVideoFrameCallback(release);
    else video.addEventListener('seeked', release, { once: true });
    this.#stillTimer = setTimeout(release, 3000);
  }

  render(model: ViewModel): void {
    const { say } = this.#words;
    this.#renderCentre(model);
    this.#icon(this.#play, model.paused ? 'play' : 'pause', say(model.paused ? 'play' : 'pause'));
    const silent = model.muted || model.volume === 0;
    this.#icon(this.#mute, silent ? 'muted' : 'sound', say(silent ? 'unmute' : 'mute'));
    const level = silent ? 0 : model.volume;
    if (this.#volume.valueAsNumber !== level) this.#volume.value = String(level);
    this.#volume.style.setProperty('--level', `${Math.round(level * 100)}%`);
    this.#unmute.hidden = !model.offerSound;
    this.#renderLive(model);
    this.#pip.hidden = !model.canPip;
    this.#full.hidden = !model.canFullScreen;
    this.#icon(
      this.#full,
      model.fullScreen ? 'leave' : 'enter',
      say(model.fullScreen ? 'leaveFullScreen' : 'fullScreen'),
    );
    check(this.#latencyChoices, model.latencyMode);
    check(this.#protocolChoices, model.protocol);
    this.#poster.hidden = !this.#poster.hasAttribute('src') || !POSTER_STATES.has(model.state);
    if (this.statsOpen) this.#renderStats(model);
  }

  #renderCentre(model: ViewModel): void {
    const { say } = this.#words;
    const saying = SAYINGS[model.state];
    const title = saying.title === undefined ? '' : say(saying.title);
    const hint =
      model.errorText ??
      (saying.hint === undefined ? (model.soundless ? say('noSound') : '') : say(saying.hint));
    setText(this.#title, title);
    setText(this.#hint, title === '' ? '' : hint);
    this.#spinner.hidden = saying.busy !== true || model.offerPlay;
    this.#big.hidden = !model.offerPlay;
    this.#retry.hidden = model.state !== 'error' || !model.canRetry;
    toggle(this.frame, 'data-shade', title !== '' && model.state !== 'reconnecting');
    const spoken = SPOKEN[model.state];
    const soundNote = model.soundless && model.state === 'playing' ? say('noSound') : '';
    setText(
      this.#status,
      [title, hint, spoken === undefined ? soundNote : say(spoken)].filter(Boolean).join('. '),
    );
  }

  #renderLive(model: ViewModel): void {
    const { say } = this.#words;
    const live = model.state === 'playing' || model.state === 'buffering' || model.state === 'paused';
    const behind = model.behindMs >= 1000;
    const latencyMs = model.stats?.latencyMs;
    toggle(this.#live, 'data-off', !live || behind);
    this.#live.hidden = !live;
    this.#live.disabled = !behind;
    setText(this.#liveWord, behind ? `-${clock(model.behindMs)}` : say('live'));
    const figure = latencyMs === undefined || behind ? '' : `${(latencyMs / 1000).toFixed(1)} s`;
    setText(this.#liveFigure, figure);
    this.#liveFigure.hidden = figure === '';
    this.#liveBack.hidden = !behind;
    if (latencyMs !== undefined) {
      const title = say('liveHint', { latency: (latencyMs / 1000).toFixed(1) });
      if (this.#live.title !== title) this.#live.title = title;
    }
  }

  #renderStats(model: ViewModel): void {
    const { stats } = model;
    const { say } = this.#words;
    if (stats === undefined) return;
    const rows: Partial<Record<WordKey, string>> = {
      protocol: stats.protocol === undefined ? '–' : PROTOCOL_NAMES[stats.protocol],
      statVideo: stats.videoCodec ?? say('none'),
      statAudio: stats.audioCodec ?? say('none'),
      statResolution: stats.width > 0 ? `${stats.width} × ${stats.height}` : '–',
      statFps: stats.framesPerSecond === undefined ? '–' : stats.framesPerSecond.toFixed(0),
      statBitrate:
        stats.bitsPerSecond === undefined ? '–' : `${(stats.bitsPerSecond / 1e6).toFixed(2)} Mbit/s`,
      latency: inSeconds(stats.latencyMs),
      statBuffer: inSeconds(stats.bufferMs),
      statTarget: inSeconds(stats.targetMs),
      statRate: `${stats.playbackRate.toFixed(2)} ×`,
      statDropped: String(stats.droppedFrames),
      statStalls: String(stats.stalls),
    };
    for (const [key, element] of this.#statValues) setText(element, rows[key] ?? '–');
  }

  #buildMenu(protocols: readonly Protocol[]): HTMLDivElement {
    const { say } = this.#words;
    const menu = h('div', { class: 'menu', role: 'dialog', 'aria-label': say('settings'), hidden: '' });
    this.#latencyChoices = [
      {
        value: 'normal',
        button: this.#choice(say('latencyNormal'), () => this.#actions.setLatencyMode('normal')),
      },
      { value: 'low', button: this.#choice(say('latencyLow'), () => this.#actions.setLatencyMode('low')) },
    ];
    menu.append(fieldset(say('latency'), this.#latencyChoices));
    this.#protocolChoices = [
      {
        value: undefined,
        button: this.#choice(say('protocolAuto'), () => this.#actions.setProtocol(undefined)),
      },
      ...protocols.map((value) => ({
        value,
        button: this.#choice(PROTOCOL_NAMES[value], () => this.#actions.setProtocol(value)),
      })),
    ];
    menu.append(fieldset(say('protocol'), this.#protocolChoices), h('hr'));
    const stats = h('button', { type: 'button' }, say('statistics'), h('kbd', {}, 'I'));
    stats.addEventListener('click', () => {
      this.closePanels();
      this.toggleStats();
    });
    const keys = h('button', { type: 'button', class: 'keys' }, say('shortcuts'), h('kbd', {}, '?'));
    keys.addEventListener('click', () => this.togglePanel('help'));
    menu.append(stats, keys);
    return menu;
  }

  #buildStats(): HTMLElement {
    const list = h('dl');
    const keys: readonly WordKey[] = [
      'protocol', 'statVideo', 'statAudio', 'statResolution', 'statFps', 'statBitrate',
      'latency', 'statBuffer', 'statTarget', 'statRate', 'statDropped', 'statStalls',
    ]; // prettier-ignore
    for (const key of keys) {
      const value = h('dd', {}, '–');
      this.#statValues.set(key, value);
      list.append(h('dt', {}, this.#words.say(key)), value);
    }
    return this.#sheet('stats', 'statistics', list, () => this.toggleStats());
  }

  #buildHelp(): HTMLElement {
    const list = h('dl');
    for (const [keys, what] of SHORTCUTS) {
      list.append(h('dt', {}, this.#words.say(what)), h('dd', {}, h('kbd', {}, keys)));
    }
    return this.#sheet('help', 'shortcuts', list, () => this.closePanels());
  }

  #sheet(kind: string, title: WordKey, body: HTMLElement, onClose: () => void): HTMLElement {
    const close = h('button', { type: 'button', 'aria-label': this.#words.say('close') }, icon('close'));
    close.addEventListener('click', onClose);
    const name = this.#words.say(title);
    return h(
      'section',
      { class: `sheet ${kind}`, 'aria-label': name, hidden: '' },
      h('header', {}, name, close),
      body,
    );
  }

  #choice(label: string, onPress: () => void): HTMLButtonElement {
    const button = h('button', { type: 'button', role: 'radio', 'aria-checked': 'false' }, label);
    button.addEventListener('click', onPress);
    return button;
  }

  #iconButton(name: IconName, label: WordKey, onPress: () => void): HTMLButtonElement {
    const button = h('button', { type: 'button', class: 'round' });
    this.#icon(button, name, this.#words.say(label));
    button.addEventListener('click', onPress);
    return button;
  }

  #icon(button: HTMLButtonElement, name: IconName, label: string): void {
    if (button.dataset['icon'] !== name) {
      button.dataset['icon'] = name;
      button.replaceChildren(icon(name));
    }
    if (button.getAttribute('aria-label') !== label) {
      button.setAttribute('aria-label', label);
      button.title = label;
    }
  }
}

/** Firefox before 132 has no frame callbacks. */
function canWatchFrames(video: HTMLVideoElement): boolean {
  return 'requestVideoFrameCallback' in video;
}

const POSTER_STATES: ReadonlySet<PlayerState> = new Set(['idle', 'connecting', 'waiting', 'ended', 'error']);

function fieldset(title: string, choices: readonly Choice<unknown>[]): HTMLFieldSetElement {
  const row = h('div', { class: 'choices', role: 'radiogroup', 'aria-label': title });
  row.append(...choices.map((choice) => choice.button));
  return h('fieldset', {}, h('legend', {}, title), row);
}

function check<Value>(choices: readonly Choice<Value>[], value: Value): void {
  for (const choice of choices) choice.button.setAttribute('aria-checked', String(choice.value === value));
}

function inSeconds(durationMs: number | undefined): string {
  return durationMs === undefined ? '–' : `${(durationMs / 1000).toFixed(2)} s`;
}

/** 72,000 ms → `01:12`. */
function clock(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
