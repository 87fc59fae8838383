/**
 * The last picture, held while the media element has none: another protocol starts, or its source is exchanged.
 *
 * In: the media element and the moment before it goes empty. Out: a canvas over it, hidden at its next picture.
 */
import { h } from './dom.ts';

/** Whatever happens, the still does not hide the picture longer than this. */
const MAX_HOLD_MS = 3000;

export class Still {
  readonly element = h('canvas', { class: 'still', hidden: '' });
  readonly #video: HTMLVideoElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  hold(): void {
    const still = this.element;
    const video = this.#video;
    if (video.videoWidth === 0 || video.readyState < 2 || !still.hidden) return;
    still.width = video.videoWidth;
    still.height = video.videoHeight;
    still.getContext('2d')?.drawImage(video, 0, 0);
    still.hidden = false;
    const release = (): void => {
      clearTimeout(this.#timer);
      still.hidden = true;
    };
    if (canWatchFrames(video)) video.requestVideoFrameCallback(release);
    else video.addEventListener('seeked', release, { once: true });
    this.#timer = setTimeout(release, MAX_HOLD_MS);
  }
}

/** Firefox before 132 has no frame callbacks. */
function canWatchFrames(video: HTMLVideoElement): boolean {
  return 'requestVideoFrameCallback' in video;
}
