/** The present second, for everything that counts up on a page. One timer, and only while somebody looks at it. */
import { signal } from '@preact/signals';

const TICK_MS = 1000;
let timer: ReturnType<typeof setInterval> | undefined;

export const nowMs = signal(Date.now(), {
  watched() {
    nowMs.value = Date.now();
    timer = setInterval(() => {
      nowMs.value = Date.now();
    }, TICK_MS);
  },
  unwatched() {
    clearInterval(timer);
  },
});
