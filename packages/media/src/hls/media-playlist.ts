/**
 * A live media playlist with low latency: a track of the window in, text out.
 *
 * Spec: draft-pantos-hls-rfc8216bis §4.4.3 (playlist tags), §4.4.4 (segment tags; .9 EXT-X-PART), §4.4.5.2 (SKIP),
 * §4.4.5.3 (PRELOAD-HINT), §4.4.5.4 (RENDITION-REPORT), §4.4.3.8 (SERVER-CONTROL), §6.2.2, §6.2.5.1.
 *
 * A part's address counts parts through the broadcast and not within its segment, so that the hinted next part is
 * always the right one, whether or not a key frame starts a new segment with it.
 */
import type { TrackKind } from '../frame.ts';
import type { Targets } from '../segment/events.ts';
import type { SegmentWindow, WindowPart, WindowSegment } from '../segment/window.ts';
import type { Ms } from '../time/units.ts';
import { isPacked } from './format.ts';
import { renderPackedPlaylist } from './packed-playlist.ts';
import { dateTag, playlistHead, querySuffix, reportRenditions, seconds } from './tags.ts';

/** §4.4.3.8: at least twice the part target, three times recommended. */
const PART_HOLD_BACK_PARTS = 3;
/** §4.4.3.8: the skip boundary is at least six target durations. */
const SKIP_UNTIL_TARGETS = 6;
/** §6.2.2: parts leave the playlist when they are more than three target durations from its end. */
const PARTS_LISTED_TARGETS = 3;
/**
 * Some parsers count segments for that rule, three with the one the hint belongs to. Two whole ones are always more
 * than a player holds back.
 */
const WHOLE_SEGMENTS_WITH_PARTS = 2;

export interface MediaPlaylistInput {
  /** `targets` must be known. */
  readonly window: SegmentWindow;
  readonly kind: TrackKind;
  /** Leave out what the player already has (`_HLS_skip`). */
  readonly delta: boolean;
  readonly queryParameter?: string | undefined;
}

export function partHoldBackMs(targets: Targets): Ms {
  return PART_HOLD_BACK_PARTS * targets.partTargetMs;
}

export function skipUntilMs(targets: Targets): Ms {
  return SKIP_UNTIL_TARGETS * targets.targetDurationSeconds * 1000;
}

/** Undefined while there is nothing to list. */
export function renderMediaPlaylist(input: MediaPlaylistInput): string | undefined {
  const { window, kind, queryParameter } = input;
  const track = window.track(kind);
  const targets = window.targets;
  const listed = track?.listed ?? [];
  const first = listed[0];
  if (track === undefined || targets === undefined || first === undefined) return undefined;
  const suffix = querySuffix(queryParameter);
  if (isPacked(track)) return renderPackedPlaylist(window, track, targets, input);

  const lines = [
    ...playlistHead(queryParameter),
    `#EXT-X-TARGETDURATION:${targets.targetDurationSeconds}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${seconds(partHoldBackMs(targets), 3)},` +
      `CAN-SKIP-UNTIL=${seconds(skipUntilMs(targets), 1)}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(targets.partTargetMs, 3)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first.number}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first.epoch}`,
  ];
  if (listed.every((segment) => segment.independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');

  const whole = listed.findLastIndex((segment) => segment.complete) + 1;
  const fromEndMs = distancesFromEnd(listed);
  const skipped = input.delta ? fromEndMs.filter((ms) => ms > skipUntilMs(targets)).length : 0;
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);

  const partsWithinMs = PARTS_LISTED_TARGETS * targets.targetDurationSeconds * 1000;
  for (const [index, segment] of listed.entries()) {
    if (index < skipped) continue;
    const near = (fromEndMs[index] ?? 0) <= partsWithinMs && index >= whole - WHOLE_SEGMENTS_WITH_PARTS;
    const withParts = !window.ended && near;
    writeSegment(lines, segment, listed[index - 1], kind, suffix, withParts);
  }

  if (window.ended) {
    lines.push('#EXT-X-ENDLIST');
  } else {
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${kind}/part-${track.nextPartNumber}.m4s${suffix}"`);
    reportRenditions(lines, window, track, suffix);
  }
  return `${lines.join('\n')}\n`;
}

function writeSegment(
  lines: string[],
  segment: WindowSegment,
  before: WindowSegment | undefined,
  kind: TrackKind,
  suffix: string,
  withParts: boolean,
): void {
  const parts = segment.parts.filter((part) => part.complete);
  if (!segment.complete && parts.length === 0) return;
  const { init } = segment;
  if (before !== undefined && before.epoch !== segment.epoch) lines.push('#EXT-X-DISCONTINUITY');
  if (init !== undefined && init !== before?.init) {
    lines.push(`#EXT-X-MAP:URI="${kind}/init-${init.version}.mp4${suffix}"`);
  }
  lines.push(dateTag(segment.programDateTimeMs));
  if (segment.gap) lines.push('#EXT-X-GAP');
  if (withParts || !segment.complete) {
    for (const part of parts) lines.push(partTag(part, `${kind}/part-${part.number}.m4s${suffix}`));
  }
  if (!segment.complete) return;
  lines.push(`#EXTINF:${seconds(segment.durationMs, 5)},`);
  lines.push(`${kind}/segment-${segment.number}.m4s${suffix}`);
}

function partTag(part: WindowPart, uri: string): string {
  const independent = part.independent ? ',INDEPENDENT=YES' : '';
  return `#EXT-X-PART:DURATION=${seconds(part.durationMs, 5)},URI="${uri}"${independent}`;
}

/** From the start of each segment to the end of the playlist. */
function distancesFromEnd(listed: readonly WindowSegment[]): Ms[] {
  const distances: Ms[] = [];
  let ms = 0;
  for (let i = listed.length - 1; i >= 0; i--) {
    const segment = listed[i];
    if (segment !== undefined) ms += listedMs(segment);
    distances.unshift(ms);
  }
  return distances;
}

function listedMs(segment: WindowSegment): Ms {
  if (segment.complete) return segment.durationMs;
  return segment.parts.reduce((sum, part) => sum + (part.complete ? part.durationMs : 0), 0);
}
