/**
 * The media playlist of a packed-audio track (MP3): every part is listed as a segment of its own.
 *
 * Why: hls.js (1.7) places only the first piece of each segment of `audio/mpeg` on the timeline; with parts the rest
 * of the segment is lost, and with whole segments sound is two seconds late for a low-latency picture. Segments as
 * short as parts are heard in time, and need nothing that is not in RFC 8216. Blocking reload works by media
 * sequence number, which here counts parts.
 * Spec: RFC 8216 §3.4; draft-pantos-hls-rfc8216bis §4.4.3.1, §6.2.5.2.
 */
import type { Targets } from '../segment/events.ts';
import type { SegmentWindow, WindowTrack } from '../segment/window.ts';
import { dateTag, playlistHead, querySuffix, reportRenditions, seconds } from './tags.ts';

/** Delta updates: as for every playlist, six target durations. */
const SKIP_UNTIL_TARGETS = 6;

export interface PackedPlaylistOptions {
  readonly delta: boolean;
  readonly queryParameter?: string | undefined;
}

/** All renditions of a broadcast have one target duration (§6.2.4); alone, it follows from the parts. */
export function packedTargetSeconds(window: SegmentWindow, targets: Targets): number {
  if (window.tracks.length > 1) return targets.targetDurationSeconds;
  return Math.max(1, Math.round(targets.partTargetMs / 1000));
}

export function renderPackedPlaylist(
  window: SegmentWindow,
  track: WindowTrack,
  targets: Targets,
  { delta, queryParameter }: PackedPlaylistOptions,
): string | undefined {
  const suffix = querySuffix(queryParameter);
  const entries = track.listed.flatMap((segment) => {
    let dateMs = segment.programDateTimeMs;
    return segment.parts
      .filter((part) => part.complete)
      .map((part) => {
        const entry = { part, dateMs, epoch: segment.epoch };
        dateMs += part.durationMs;
        return entry;
      });
  });
  const first = entries[0];
  if (first === undefined) return undefined;
  const targetSeconds = packedTargetSeconds(window, targets);
  const skipUntilMs = SKIP_UNTIL_TARGETS * targetSeconds * 1000;

  const lines = [
    ...playlistHead(queryParameter),
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=${seconds(skipUntilMs, 1)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first.part.number}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first.epoch}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  let toEndMs = entries.reduce((sum, entry) => sum + entry.part.durationMs, 0);
  let skipped = 0;
  for (const entry of entries) {
    if (!delta || toEndMs <= skipUntilMs) break;
    toEndMs -= entry.part.durationMs;
    skipped++;
  }
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  for (const [index, { part, dateMs, epoch }] of entries.entries()) {
    if (index < skipped) continue;
    if (index > 0 && entries[index - 1]?.epoch !== epoch) lines.push('#EXT-X-DISCONTINUITY');
    lines.push(
      dateTag(dateMs),
      `#EXTINF:${seconds(part.durationMs, 5)},`,
      `${track.kind}/part-${part.number}.mp3${suffix}`,
    );
  }
  if (window.ended) lines.push('#EXT-X-ENDLIST');
  else reportRenditions(lines, window, track, suffix);
  return `${lines.join('\n')}\n`;
}
