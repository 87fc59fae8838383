/** Which key does what. Pure: an event's fields in, an action out. */
export type KeyAction =
  | 'play'
  | 'mute'
  | 'full-screen'
  | 'pip'
  | 'live'
  | 'stats'
  | 'help'
  | 'louder'
  | 'quieter'
  | 'close';

const KEYS: Readonly<Record<string, KeyAction>> = {
  ' ': 'play',
  k: 'play',
  m: 'mute',
  f: 'full-screen',
  p: 'pip',
  l: 'live',
  i: 'stats',
  '?': 'help',
  ArrowUp: 'louder',
  ArrowDown: 'quieter',
  Escape: 'close',
};

interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly defaultPrevented: boolean;
}

/** `undefined` when the key belongs to the browser, or to the control (by its tag name) that has the focus. */
export function keyAction(event: Key, focusedTag: string): KeyAction | undefined {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const control = focusedTag.toUpperCase();
  if (control === 'BUTTON' && event.key === ' ') return undefined;
  if ((control === 'INPUT' || control === 'TEXTAREA') && action !== 'close') {
    return control === 'INPUT' && event.key.length === 1 && event.key !== ' ' ? action : undefined;
  }
  return action;
}
