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
  return hasManagedMediaSource() || 'GestureEvent' in globalThis;
}
