/** What the viewer set, remembered for the next visit where the browser allows it. */
import type { LatencyMode } from '../core/index.ts';

const KEY = 'millrace-player';

export interface Preferences {
  readonly volume?: number;
  readonly latency?: LatencyMode;
}

export function loadPreferences(): Preferences {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
    const { volume, latency } = value;
    return {
      ...(typeof volume === 'number' && volume >= 0 && volume <= 1 ? { volume } : {}),
      ...(latency === 'low' || latency === 'normal' ? { latency } : {}),
    };
  } catch {
    return {};
  }
}

export function savePreferences(changes: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...loadPreferences(), ...changes }));
  } catch {
    // Storage is switched off or full: the choice lasts as long as the page.
  }
}
