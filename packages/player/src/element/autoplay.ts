/**
 * Starting the media element, and its sound: a browser may refuse either until the viewer presses something.
 *
 * In: the wish to play, presses on the sound controls. Out: `play()`, `muted` and `volume` on the media element;
 * `blocked` while playing needs a press, `soundOffered` while a press would bring the sound.
 */
import { savePreferences } from './preferences.ts';

export interface AutoplayHost {
  readonly video: HTMLVideoElement;
  readonly wantsPlay: () => boolean;
  readonly render: () => void;
}

export class Autoplay {
  readonly #host: AutoplayHost;
  #blocked = false;
  #soundOffered = false;
  #resuming = false;

  constructor(host: AutoplayHost) {
    this.#host = host;
  }

  get blocked(): boolean {
    return this.#blocked;
  }
  get soundOffered(): boolean {
    return this.#soundOffered;
  }

  /** How the page and the viewer's last visit want it. */
  prepare(muted: boolean, volume: number): void {
    const { video } = this.#host;
    video.muted = muted;
    video.volume = volume;
    this.#soundOffered = muted;
  }

  /** The viewer pressed, or the page asked: the browser may answer differently now. */
  unblock(): void {
    this.#blocked = false;
  }

  resume(): void {
    const { video } = this.#host;
    if (this.#resuming || !this.#host.wantsPlay() || !video.hasAttribute('src')) return;
    this.#resuming = true;
    void video
      .play()
      .catch((reason: unknown) => {
        if (reason instanceof DOMException && reason.name === 'NotAllowedError') this.#onRefused();
        // Otherwise the source was exchanged under it: the engine asks again.
      })
      .finally(() => {
        this.#resuming = false;
      });
  }

  toggleMute(): void {
    const { video } = this.#host;
    const silent = video.muted || video.volume === 0;
    video.muted = !silent;
    if (silent && video.volume === 0) this.setVolume(0.5);
    this.#soundOffered = false;
    this.#host.render();
  }

  setVolume(volume: number): void {
    const { video } = this.#host;
    video.volume = Math.min(1, Math.max(0, volume));
    video.muted = video.volume === 0;
    this.#soundOffered = false;
    savePreferences({ volume: video.volume });
    this.#host.render();
  }

  #onRefused(): void {
    const { video } = this.#host;
    if (video.muted) {
      this.#blocked = true;
    } else {
      video.muted = true;
      this.#soundOffered = true;
      queueMicrotask(() => this.resume());
    }
    this.#host.render();
  }
}
