/**
 * What is on the screen: builds the shadow DOM once and then only writes what changed. The bar is here; the middle of
 * the picture, the panels and the still have their own files.
 *
 * In: a `ViewModel` a few times a second. Out: what the viewer pressed, as `ViewActions`. No player logic.
 */
import type { PlayerState, Protocol, Words } from '../core/index.ts';
import { iconButton, setIcon } from './buttons.ts';
import { Centre } from './centre.ts';
import { h, setText, toggle } from './dom.ts';
import { Panels } from './panels.ts';
import { Still } from './still.ts';
import { STYLES } from './styles.ts';
import type { ViewActions, ViewModel } from './view-model.ts';

const POSTER_STATES: ReadonlySet<PlayerState> = new Set(['idle', 'connecting', 'waiting', 'ended', 'error']);

export class View {
  readonly frame: HTMLDivElement;
  readonly panels: Panels;
  readonly #words: Words;
  readonly #still: Still;
  readonly #poster = h('img', { class: 'poster', alt: '', hidden: '' });
  readonly #centre: Centre;
  readonly #play: HTMLButtonElement;
  readonly #mute: HTMLButtonElement;
  readonly #volume: HTMLInputElement;
  readonly #live: HTMLButtonElement;
  readonly #liveWord = h('span');
  readonly #liveFigure = h('span', { class: 'figure', 'aria-hidden': 'true' });
  readonly #liveBack: HTMLSpanElement;
  readonly #pip: HTMLButtonElement;
  readonly #full: HTMLButtonElement;

  constructor(
    root: ShadowRoot,
    words: Words,
    actions: ViewActions,
    video: HTMLVideoElement,
    protocols: readonly Protocol[],
  ) {
    this.#words = words;
    const { say } = words;
    this.#still = new Still(video);
    this.#centre = new Centre(words, actions);
    this.panels = new Panels(words, actions, protocols);
    this.#play = iconButton('play', say('play'), actions.togglePlay);
    this.#mute = iconButton('sound', say('mute'), actions.toggleMute);
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
    this.#pip = iconButton('pip', say('pictureInPicture'), actions.togglePip);
    this.#pip.classList.add('pip');
    this.#full = iconButton('enter', say('fullScreen'), actions.toggleFullScreen);
    this.frame = h(
      'div',
      { class: 'frame', tabindex: '0', role: 'region', 'aria-label': say('player'), lang: words.language },
      video,
      this.#still.element,
      this.#poster,
      h('div', { class: 'overlay' }, h('slot')),
      this.#centre.element,
      this.#centre.unmute,
      h(
        'div',
        { class: 'bar' },
        this.#play,
        h('div', { class: 'volume' }, this.#mute, this.#volume),
        this.#live,
        h('div', { class: 'space' }),
        h('slot', { name: 'controls' }),
        this.panels.gear,
        this.#pip,
        this.#full,
      ),
      this.panels.menu,
      this.panels.statistics.element,
      this.panels.help,
      this.#centre.status,
    );
    // a constructed sheet, because a page's Content-Security-Policy may refuse <style> elements
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(this.frame);
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
    this.#still.hold();
  }

  render(model: ViewModel): void {
    toggle(this.frame, 'data-shade', this.#centre.render(model));
    this.#poster.hidden = !this.#poster.hasAttribute('src') || !POSTER_STATES.has(model.state);
    this.#renderBar(model);
    this.#renderLive(model);
    this.panels.render(model);
  }

  #renderBar(model: ViewModel): void {
    const { say } = this.#words;
    setIcon(this.#play, model.paused ? 'play' : 'pause', say(model.paused ? 'play' : 'pause'));
    const silent = model.muted || model.volume === 0;
    setIcon(this.#mute, silent ? 'muted' : 'sound', say(silent ? 'unmute' : 'mute'));
    const level = silent ? 0 : model.volume;
    if (this.#volume.valueAsNumber !== level) this.#volume.value = String(level);
    this.#volume.style.setProperty('--level', `${Math.round(level * 100)}%`);
    this.#pip.hidden = !model.canPip;
    this.#full.hidden = !model.canFullScreen;
    setIcon(
      this.#full,
      model.fullScreen ? 'leave' : 'enter',
      say(model.fullScreen ? 'leaveFullScreen' : 'fullScreen'),
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
}

/** 72,000 ms → `01:12`. */
function clock(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
