/**
 * The middle of the picture: what the state says, and the offers to play, to hear, to try again.
 *
 * In: the `ViewModel`. Out: the offers taken, as `ViewActions`, and the same words for screen readers (`status`).
 */
import type { PlayerState, WordKey, Words } from '../core/index.ts';
import { h, setText } from './dom.ts';
import { icon } from './icons.ts';
import type { ViewActions, ViewModel } from './view-model.ts';

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

export class Centre {
  readonly element: HTMLDivElement;
  readonly status = h('div', { class: 'sr', role: 'status' });
  /** Offers the sound; stands in a corner, so that it does not hide the picture. */
  readonly unmute: HTMLButtonElement;
  readonly #words: Words;
  readonly #big: HTMLButtonElement;
  readonly #spinner = h('div', { class: 'spinner', hidden: '' });
  readonly #title = h('strong');
  readonly #hint = h('span');
  readonly #retry: HTMLButtonElement;

  constructor(words: Words, actions: ViewActions) {
    this.#words = words;
    const { say } = words;
    this.unmute = h(
      'button',
      { type: 'button', class: 'unmute', part: 'unmute', hidden: '' },
      icon('muted'),
      say('tapToUnmute'),
    );
    this.unmute.addEventListener('click', actions.toggleMute);
    this.#big = h(
      'button',
      { type: 'button', class: 'big', hidden: '', 'aria-label': say('tapToPlay') },
      icon('play'),
    );
    this.#big.addEventListener('click', actions.togglePlay);
    this.#retry = h('button', { type: 'button', hidden: '' }, say('retry'));
    this.#retry.addEventListener('click', actions.retry);
    this.element = h(
      'div',
      { class: 'centre' },
      h('div', { class: 'say' }, this.#big, this.#spinner, this.#title, this.#hint, this.#retry),
    );
  }

  /** True when there is text to be read, for which the picture is to be darkened. */
  render(model: ViewModel): boolean {
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
    this.unmute.hidden = !model.offerSound;
    const spoken = SPOKEN[model.state];
    const soundNote = model.soundless && model.state === 'playing' ? say('noSound') : '';
    setText(
      this.status,
      [title, hint, spoken === undefined ? soundNote : say(spoken)].filter(Boolean).join('. '),
    );
    return title !== '' && model.state !== 'reconnecting';
  }
}
