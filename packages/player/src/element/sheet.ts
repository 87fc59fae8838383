/** A sheet over the picture. In: its title and body. Out: a hidden section with a heading and a button that closes it. */
import type { WordKey, Words } from '../core/index.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';

export function sheet(
  words: Words,
  kind: string,
  title: WordKey,
  body: HTMLElement,
  onClose: () => void,
): HTMLElement {
  const close = h('button', { type: 'button', 'aria-label': words.say('close') }, icon('close'));
  close.addEventListener('click', onClose);
  const name = words.say(title);
  return h(
    'section',
    { class: `sheet ${kind}`, 'aria-label': name, hidden: '' },
    h('header', {}, name, close),
    body,
  );
}
