/**
 * The sliding window of a broadcast that HLS (and later DASH) reads: packager events in, tracks with their newest
 * segments and parts out. Bounded by time and by bytes.
 *
 * Spec: draft-pantos-hls-rfc8216bis §6.2.2; §4.4.4.6 (PROGRAM-DATE-TIME).
 * Memory: holds references to the packager's chunks, never copies.
 */
import type { TrackKind } from '../frame.ts';
import type { Ms, UnixMs } from '../time/units.ts';
import { ticksToMs } from '../time/units.ts';
import type { Chunk, PackagerEvent, Targets } from './events.ts';
import { longestSegmentMs } from './targets.ts';
import { WindowTrack } from './window-track.ts';

export type { WindowPart, WindowSegment, WindowTrack } from './window-track.ts';

export interface WindowOptions {
  /** Media that a playlist reaches back; at least three target durations are kept whatever is asked for. */
  readonly listedMs?: Ms;
  /** All chunks of both tracks; the oldest segments go first. */
  readonly maxBytes?: number;
}

/**
 * Eight segments of 2 s: four target durations, more than the three that a player without parts keeps behind live. What
 * is listed is kept in memory twice as long (§6.2.2), about 11 MB of a stream of 2.5 Mbit/s.
 */
export const DEFAULT_LISTED_MS: Ms = 16_000;
/** Half a minute (listed, and as long again) of 20 Mbit/s is 85 MB; a faster stream gets a shorter window, not more memory. */
export const DEFAULT_MAX_BYTES = 96 * 1024 * 1024;
/**
 * Segments of a track, listed and kept. Three minutes of the shortest usual ones (1 s); only an encoder that changes its
 * configuration several times a second has more, and would make playlists of megabytes.
 */
export const MAX_SEGMENTS = 192;
/**
 * Frames can arrive late (an encoder that starts sends its first ones in a burst, a network hesitates) but never before
 * they were made. So the date of a segment follows the earliest arrival seen, at once where that is earlier, and is
 * pulled later by at most this much a segment: enough for an encoder's clock that is 2,500 ppm slow.
 */
const MAX_DATE_DELAY_MS: Ms = 5;
/** Date offsets are shared by the segments of both tracks that have the same number; these many are remembered. */
const MAX_REMEMBERED_DATES = 8;

/** Capture clock minus media time, of one segment number of both tracks. */
interface SegmentDate {
  readonly segment: number;
  readonly epoch: number;
  offsetMs: UnixMs;
  /** The least that its chunks showed so far. */
  earliestMs: UnixMs;
}

export class SegmentWindow {
  readonly #listedMs: Ms;
  readonly #maxBytes: number;
  readonly #tracks: Partial<Record<TrackKind, WindowTrack>> = {};
  #targets: Targets | undefined;
  #ended = false;
  #dates: SegmentDate[] = [];

  constructor(options: WindowOptions = {}) {
    this.#listedMs = options.listedMs ?? DEFAULT_LISTED_MS;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** Undefined until the first segment of the broadcast is whole. */
  get targets(): Targets | undefined {
    return this.#targets;
  }
  /** No further event will come. */
  get ended(): boolean {
    return this.#ended;
  }
  get byteLength(): number {
    return (this.#tracks.video?.byteLength ?? 0) + (this.#tracks.audio?.byteLength ?? 0);
  }
  /** Playlists can be written: each track that exists has a whole segment. */
  get playable(): boolean {
    const tracks = this.tracks;
    return this.#targets !== undefined && tracks.length > 0 && tracks.every((track) => track.playable);
  }
  get tracks(): readonly WindowTrack[] {
    const { video, audio } = this.#tracks;
    return [video, audio].filter((track) => track !== undefined);
  }
  track(kind: TrackKind): WindowTrack | undefined {
    return this.#tracks[kind];
  }

  apply(event: PackagerEvent): void {
    switch (event.type) {
      case 'init':
        this.#open(event.init.kind).setInit(event.init);
        return;
      case 'chunk':
        this.#addChunk(event.chunk);
        return;
      case 'part-end':
        this.#open(event.kind).endPart();
        return;
      case 'segment-end':
        this.#endSegment(this.#open(event.kind));
        return;
      case 'targets':
        this.#targets = event.targets;
        return;
      case 'end':
        this.#ended = true;
        for (const track of this.tracks) track.touch();
    }
  }

  #open(kind: TrackKind): WindowTrack {
    return (this.#tracks[kind] ??= new WindowTrack(kind));
  }

  #addChunk(chunk: Chunk): void {
    const track = this.#open(chunk.kind);
    const newest = track.newest;
    if (newest !== undefined && chunk.segment > newest.number + 1) {
      this.#fillGap(track, newest.number + 1, chunk);
    }
    track.addChunk(chunk, this.#dateOffset(chunk));
  }

  /** Segment numbers are the same on both tracks and have no holes: what this track missed becomes gaps. */
  #fillGap(track: WindowTrack, from: number, chunk: Chunk): void {
    const other = this.#tracks[track.kind === 'video' ? 'audio' : 'video'];
    for (let number = from; number < chunk.segment; number++) {
      const like = other?.at(number);
      if (like === undefined) {
        track.forget();
        continue;
      }
      const nextStartMs =
        number + 1 < chunk.segment
          ? other?.at(number + 1)?.startMs
          : ticksToMs(chunk.dts, chunk.init.config.timescale);
      const endMs = nextStartMs ?? like.startMs + like.durationMs;
      track.addGap(like, Math.min(endMs, like.startMs + longestSegmentMs(this.#targets)));
    }
  }

  #dateOffset(chunk: Chunk): UnixMs {
    const observedMs = chunk.captureMs - ticksToMs(chunk.dts, chunk.init.config.timescale);
    const known = this.#dates.find((date) => date.segment === chunk.segment);
    if (known !== undefined) {
      known.earliestMs = Math.min(known.earliestMs, observedMs);
      return known.offsetMs;
    }
    const last = this.#dates.at(-1);
    let offsetMs = observedMs;
    if (last?.epoch === chunk.epoch) {
      offsetMs = Math.min(observedMs, last.earliestMs, last.offsetMs + MAX_DATE_DELAY_MS);
    }
    this.#dates.push({ segment: chunk.segment, epoch: chunk.epoch, offsetMs, earliestMs: observedMs });
    if (this.#dates.length > MAX_REMEMBERED_DATES) this.#dates.shift();
    return offsetMs;
  }

  /** Nobody has seen the first segment before it is whole: its date still learns from all of its frames. */
  #correctFirstDate(): void {
    const [date] = this.#dates;
    if (this.playable || date === undefined || this.#dates.length > 1) return;
    date.offsetMs = date.earliestMs;
    for (const track of this.tracks) track.redate(date.segment, date.offsetMs);
  }

  #endSegment(track: WindowTrack): void {
    this.#correctFirstDate();
    const targetMs = (this.#targets?.targetDurationSeconds ?? 0) * 1000;
    track.endSegment(targetMs / 2);
    track.trim(Math.max(this.#listedMs, 3 * targetMs));
    while (track.segmentCount > MAX_SEGMENTS && track.dropForRoom());
    while (this.byteLength > this.#maxBytes) {
      const oldest = [...this.tracks].sort((a, b) => a.oldestStartMs - b.oldestStartMs);
      if (!oldest.some((candidate) => candidate.dropForRoom())) break;
    }
  }
}
