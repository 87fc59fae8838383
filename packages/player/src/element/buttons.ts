/** Buttons with an icon. In: a drawing, a label, what a press does. Out: the button, whose icon and label may change. */
import { h } from './dom.ts';
import { icon, type IconName } from './icons.ts';

export function iconButton(name: IconName, label: string, onPress: () => void): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'round' });
  setIcon(button, name, label);
  button.addEventListener('click', onPress);
  return button;
}

/** Touches the document only when something changes. */
export function setIcon(button: HTMLButtonElement, name: IconName, label: string): void {
  if (button.dataset['icon'] !== name) {
    button.dataset['icon'] = name;
    button.replaceChildren(icon(name));
  }
  if (button.getAttribute('aria-label') !== label) {
    button.setAttribute('aria-label', label);
    button.title = label;
  }
}
