/**
 * What the viewer does with keys and pointer.
 *
 * In: the events of the element and of its frame. Out: `ViewActions`, panels opened and closed, and whether the viewer
 * has been away so long that the controls go (`idle`).
 */
import { keyAction } from './keys.ts';
import type { View } from './view.ts';
import type { ViewActions } from './view-model.ts';

/** Controls go away after this long without a move, while it plays. */
const IDLE_AFTER_MS = 2600;
const VOLUME_STEP = 0.1;

export interface InputHost {
  readonly element: HTMLElement;
  readonly root: ShadowRoot;
  readonly video: HTMLVideoElement;
  readonly actions: ViewActions;
  readonly isPlaying: () => boolean;
  readonly render: () => void;
}

export class Input {
  readonly #host: InputHost;
  #view: View | undefined;
  #touchedAtMs = 0;
  /** Whether the controls were hidden when the press under way began. */
  #idleAtPress = false;

  constructor(host: InputHost) {
    this.#host = host;
  }

  get idle(): boolean {
    if (!this.#host.isPlaying() || this.#view?.panels.open === true) return false;
    if (this.#host.root.activeElement?.matches('.bar :focus-visible') === true) return false;
    return performance.now() - this.#touchedAtMs > IDLE_AFTER_MS;
  }

  /** From now on this is the view that is pressed. */
  attach(view: View): void {
    this.#view = view;
    view.frame.addEventListener('click', (event) => this.#onFrameClick(event, view));
    view.frame.addEventListener('dblclick', (event) => {
      if (this.#isPicture(event, view)) this.#host.actions.toggleFullScreen();
    });
  }

  listen(signal: AbortSignal): void {
    const { element } = this.#host;
    this.#touch();
    element.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    element.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') this.#touch();
    }, { signal }); // prettier-ignore
    // A press gives the focus, which shows the controls: by the time of the click they are no longer hidden.
    element.addEventListener('pointerdown', () => {
      this.#idleAtPress = this.idle;
    }, { signal, capture: true }); // prettier-ignore
    element.addEventListener('focusin', () => this.#touch(), { signal });
    element.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse') this.#touchedAtMs = 0;
    }, { signal }); // prettier-ignore
  }

  #onKey(event: KeyboardEvent): void {
    this.#touch();
    const { actions, video } = this.#host;
    const view = this.#view;
    const inner = event.composedPath()[0];
    const action = keyAction(event, inner instanceof Element ? inner.tagName : '');
    if (view === undefined || action === undefined) return;
    switch (action) {
      case 'play':
        actions.togglePlay();
        break;
      case 'mute':
        actions.toggleMute();
        break;
      case 'full-screen':
        actions.toggleFullScreen();
        break;
      case 'pip':
        actions.togglePip();
        break;
      case 'live':
        actions.goLive();
        break;
      case 'stats':
        view.panels.statistics.toggle();
        break;
      case 'help':
        view.panels.toggle('help');
        break;
      case 'louder':
      case 'quieter':
        actions.setVolume(
          (video.muted ? 0 : video.volume) + (action === 'louder' ? VOLUME_STEP : -VOLUME_STEP),
        );
        break;
      case 'close':
        if (!view.panels.close()) return;
        break;
    }
    event.preventDefault();
    this.#host.render();
  }

  #onFrameClick(event: MouseEvent, view: View): void {
    if (!this.#isPicture(event, view)) {
      this.#touch();
      return;
    }
    if (view.panels.close()) return;
    const touch = event instanceof PointerEvent && event.pointerType === 'touch';
    if (!touch) this.#host.actions.togglePlay();
    else if (this.#idleAtPress) this.#touch();
    else this.#touchedAtMs = 0;
    this.#host.render();
  }

  /** The press met the picture, not a control over it. */
  #isPicture(event: Event, view: View): boolean {
    return event.target === view.frame || event.target === this.#host.video;
  }

  #touch(): void {
    this.#touchedAtMs = performance.now();
    this.#view?.setIdle(false);
  }
}
