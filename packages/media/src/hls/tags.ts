/**
 * Lines that the kinds of playlists have in common.
 *
 * Spec: draft-pantos-hls-rfc8216bis §4.4.1.2 (VERSION), §4.4.2.3 (DEFINE), §4.4.4.6 (PROGRAM-DATE-TIME), §4.4.5.4
 * (RENDITION-REPORT), §8 (which version needs what: SKIP 9, QUERYPARAM 11).
 */
import type { SegmentWindow, WindowTrack } from '../segment/window.ts';
import type { Ms, UnixMs } from '../time/units.ts';
import { trackPosition } from './reload.ts';

/** A player replaces `{$name}` by the parameter's value in the address that it asked for this playlist. */
export function querySuffix(queryParameter: string | undefined): string {
  return queryParameter === undefined ? '' : `?${queryParameter}={$${queryParameter}}`;
}

export function playlistHead(queryParameter: string | undefined): string[] {
  if (queryParameter === undefined) return ['#EXTM3U', '#EXT-X-VERSION:9'];
  return ['#EXTM3U', '#EXT-X-VERSION:11', `#EXT-X-DEFINE:QUERYPARAM="${queryParameter}"`];
}

export function dateTag(atMs: UnixMs): string {
  return `#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(atMs)).toISOString()}`;
}

/** Where the other tracks stand, so that a player that switches asks for the right thing at once. */
export function reportRenditions(
  lines: string[],
  window: SegmentWindow,
  own: WindowTrack,
  suffix: string,
): void {
  for (const other of window.tracks) {
    const { msn, part } = trackPosition(other);
    if (other === own || msn < 0) continue;
    const lastPart = part < 0 ? '' : `,LAST-PART=${part}`;
    lines.push(`#EXT-X-RENDITION-REPORT:URI="${other.kind}.m3u8${suffix}",LAST-MSN=${msn}${lastPart}`);
  }
}

export function seconds(ms: Ms, digits: number): string {
  return (ms / 1000).toFixed(digits);
}
