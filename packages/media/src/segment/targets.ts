/**
 * How long parts and segments may be: in, the first measured frame times; out, the limits that the broadcast keeps.
 *
 * Spec: draft-pantos-hls-rfc8216bis §4.4.3.1 (TARGETDURATION: no segment, rounded, is longer), §4.4.3.7
 * (PART-TARGET: no part is longer) and §4.4.4.9 (a part is at least 85 % of it, unless it is the last of its segment).
 * Both numbers are promises about the whole broadcast, so they are chosen once and then obeyed.
 */
import type { Ms } from '../time/units.ts';
import type { PackagerOptions, Targets } from './events.ts';

/** Until the first segment is whole its length sets TARGETDURATION: key frames up to this far apart are never cut. */
export const LONGEST_FIRST_SEGMENT_MS = 10_000;
/**
 * TARGETDURATION is compared after rounding (§4.4.3.1), so a segment may pass it by less than half a second. This
 * much is used, so that a GOP of 4.004 s still fits a target of 4; the rest covers one audio frame.
 */
const ROUNDING_ROOM_MS = 400;
/** The longest common audio frame (MP3 at 44.1 kHz): assumed while no audio configuration is known. */
const USUAL_AUDIO_FRAME_MS: Ms = 26.13;
/** A part of video may be this share longer than planned: senders round times to ms and are not quite even. */
const UNEVENNESS = 0.03;
/** Both ends of a part are rounded to ms by senders, so that one of planned length may be this much longer. */
const ROUNDED_TIMES_MS: Ms = 1;

/** The first part of the broadcast: it shows how long frames last, whatever was announced. */
export interface FirstPart {
  readonly durationMs: Ms;
  readonly frameCount: number;
}

/** How video parts are cut: a part is full when the next frame would end past `limitMs`. */
export interface PartPlan {
  readonly limitMs: Ms;
  readonly targetMs: Ms;
}

/** The number of frames of a part near `partMs`: at least one. */
export function framesAPart(frameMs: Ms, partMs: Ms): number {
  return Math.max(1, Math.round(partMs / frameMs));
}

/**
 * Parts of whole video frames, and the part target that they and the audio beside them need.
 *
 * Audio is cut at the frame that sounds at a video boundary, so an audio part is a whole number of audio frames,
 * at most the video part rounded up to one.
 */
export function planVideoParts(first: FirstPart, partMs: Ms, audioFrameMs: Ms | undefined): PartPlan {
  const frameMs = first.durationMs / first.frameCount;
  const plannedMs = framesAPart(frameMs, partMs) * frameMs;
  const limitMs = Math.max(first.durationMs, plannedMs + Math.min(plannedMs * UNEVENNESS, frameMs / 2));
  const audioMs = audioFrameMs ?? USUAL_AUDIO_FRAME_MS;
  const longestAudioMs = Math.ceil((plannedMs + ROUNDED_TIMES_MS) / audioMs) * audioMs;
  return { limitMs, targetMs: Math.ceil(Math.max(limitMs, longestAudioMs)) };
}

/** Without video an audio part is a whole number of audio frames. */
export function planAudioParts(frameMs: Ms, partMs: Ms): PartPlan {
  const limitMs = framesAPart(frameMs, partMs) * frameMs;
  return { limitMs: limitMs + frameMs / 4, targetMs: Math.ceil(limitMs + frameMs / 4) };
}

/**
 * TARGETDURATION is twice the segment target, so that irregular key frames seldom force a cut, or the first segment
 * where that is longer: an encoder's key frame interval shows in its first GOP.
 */
export function chooseTargetDuration(options: PackagerOptions, firstSegmentMs: Ms): number {
  const twice = Math.round((2 * options.segmentMs) / 1000);
  const first = Math.round((firstSegmentMs + 50) / 1000);
  return Math.max(1, twice, first);
}

/** The time after which a segment is cut even where no key frame is. */
export function longestSegmentMs(targets: Targets | undefined): Ms {
  const targetMs = targets === undefined ? LONGEST_FIRST_SEGMENT_MS : targets.targetDurationSeconds * 1000;
  return targetMs + ROUNDING_ROOM_MS;
}
