/** Two configurations of a track, compared by everything that an init segment or a playlist says of them. */
import type { TrackConfig } from '../frame.ts';

export function sameConfig(a: TrackConfig, b: TrackConfig): boolean {
  if (a.codec !== b.codec || a.codecString !== b.codecString || a.timescale !== b.timescale) return false;
  if (!sameBytes(a.record, b.record)) return false;
  if (a.kind === 'audio' && b.kind === 'audio') {
    return a.sampleRate === b.sampleRate && a.channels === b.channels && a.frameTicks === b.frameTicks;
  }
  if (a.kind === 'video' && b.kind === 'video') return a.width === b.width && a.height === b.height;
  return false;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
