/**
 * Blocking playlist reload: what a player asks for, and whether to answer, wait or refuse. Pure functions.
 *
 * Spec: draft-pantos-hls-rfc8216bis §6.2.5 (delivery directives), §6.2.5.2 (blocking playlist reload).
 */
import type { Targets } from '../segment/events.ts';
import type { WindowSegment, WindowTrack } from '../segment/window.ts';
import { isPacked } from './format.ts';

export interface PlaylistReload {
  /** The playlist must contain this media sequence number … */
  readonly msn: number | undefined;
  /** … or this part of it. */
  readonly part: number | undefined;
  readonly delta: boolean;
}

export type ReloadParse =
  | { readonly ok: true; readonly reload: PlaylistReload }
  | { readonly ok: false; readonly message: string };

export type ReloadAction =
  | { readonly action: 'answer' }
  | { readonly action: 'wait' }
  | { readonly action: 'refuse'; readonly message: string };

/** `ended`: after ENDLIST directives are ignored, whatever they say. */
export function parseReload(query: Readonly<Record<string, unknown>>, ended: boolean): ReloadParse {
  if (ended) return { ok: true, reload: { msn: undefined, part: undefined, delta: false } };
  const msn = decimalInteger(query['_HLS_msn']);
  const part = decimalInteger(query['_HLS_part']);
  if (msn === 'invalid') return { ok: false, message: '_HLS_msn is not a decimal integer' };
  if (part === 'invalid') return { ok: false, message: '_HLS_part is not a decimal integer' };
  if (part !== undefined && msn === undefined) {
    return { ok: false, message: '_HLS_part needs _HLS_msn' };
  }
  const skip = query['_HLS_skip'];
  return { ok: true, reload: { msn, part, delta: skip === 'YES' || skip === 'v2' } };
}

function decimalInteger(value: unknown): number | undefined | 'invalid' {
  if (value === undefined) return undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : 'invalid';
}

/** The newest position a playlist of this track names; -1 before the first, or where there are no parts. */
export function trackPosition(track: WindowTrack): { readonly msn: number; readonly part: number } {
  if (isPacked(track)) return { msn: track.nextPartNumber - 1, part: -1 };
  const newest = track.newest;
  if (newest === undefined) return { msn: -1, part: -1 };
  const parts = completeParts(newest);
  if (newest.complete || parts > 0) return { msn: newest.number, part: parts - 1 };
  const before = track.at(newest.number - 1);
  return { msn: newest.number - 1, part: before === undefined ? -1 : before.parts.length - 1 };
}

/** Does a playlist written now satisfy the request? Otherwise: wait for the next version, or never. */
export function reloadAction(reload: PlaylistReload, track: WindowTrack, targets: Targets): ReloadAction {
  const { msn, part } = reload;
  if (msn === undefined || contains(track, msn, part)) return { action: 'answer' };
  const last = trackPosition(track);
  if (msn > last.msn + 2) return { action: 'refuse', message: '_HLS_msn is too far ahead' };
  if (part !== undefined) {
    const lastPart = msn === last.msn ? last.part : -1;
    if (part > lastPart + advancePartLimit(targets)) {
      return { action: 'refuse', message: '_HLS_part is too far ahead' };
    }
  }
  return { action: 'wait' };
}

/** §6.2.5.2: three seconds of parts, at least three. */
function advancePartLimit(targets: Targets): number {
  return targets.partTargetMs >= 1000 ? 3 : Math.ceil(3000 / targets.partTargetMs);
}

function contains(track: WindowTrack, msn: number, part: number | undefined): boolean {
  if (isPacked(track)) return msn < track.nextPartNumber;
  const newest = track.newest;
  if (newest === undefined || msn > newest.number) return false;
  const segment = track.at(msn);
  if (segment === undefined) return true; // Older than the window.
  if (part === undefined) return segment.complete;
  if (part < completeParts(segment)) return true;
  // An index past the last part of a whole segment means part 0 of the next one.
  return segment.complete && contains(track, msn + 1, 0);
}

function completeParts(segment: WindowSegment): number {
  return segment.parts.filter((part) => part.complete).length;
}
