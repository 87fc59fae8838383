/** The few things that have to be asked of the browser itself. */
import type { Abilities } from '../core/index.ts';
import { hasManagedMediaSource, mediaSourceConstructor } from '../mse/index.ts';

export function abilities(): Abilities {
  return {
    webSocket: typeof WebSocket === 'function',
    mse: mediaSourceConstructor() !== undefined,
    managedMse: hasManagedMediaSource(),
    nativeHls: document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '',
  };
}

/** WebKit changes pitch or stutters at rates that are no multiple of 0.25. */
export function wantsCoarseRates(): boolean {
  return isWebKit();
}

/**
 * How much of a broadcast has to be here before the element is first sent to its place.
 *
 * WebKitGTK 2.50 seeks by flushing its GStreamer pipeline, and one that is still busy with its first pictures never
 * answers: the page's main thread waits for ever. Seen each time with 0.3 s, now and then with 0.5 s, not with 1 s.
 * WebKit on other systems does not play with GStreamer.
 */
export function minStartS(): number {
  return isWebKit() && navigator.userAgent.includes('Linux') ? 1 : 0;
}

function isWebKit(): boolean {
  return hasManagedMediaSource() || 'GestureEvent' in globalThis;
}
