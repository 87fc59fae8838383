/** Short messages that need no answer. They are read out, stay long enough to be read, and never take the focus. */
import { signal } from '@preact/signals';
import { words } from '../i18n/index.ts';
import { Icon } from './icon.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
}

/** Long enough to read two short sentences. */
const SHOWN_MS = 5000;
/** Older ones make room: more than this at once is noise. */
const MAX_SHOWN = 3;

const toasts = signal<readonly Toast[]>([]);
let nextId = 1;

export function toast(text: string): void {
  const id = nextId++;
  toasts.value = [...toasts.value, { id, text }].slice(-MAX_SHOWN);
  setTimeout(() => {
    toasts.value = toasts.value.filter((shown) => shown.id !== id);
  }, SHOWN_MS);
}

export function Toasts() {
  return (
    <section class="toasts" aria-label={words().site.notificationsRegion} aria-live="polite">
      {toasts.value.map(({ id, text }) => (
        <p key={id} class="toast">
          <Icon name="check" />
          {text}
        </p>
      ))}
    </section>
  );
}
