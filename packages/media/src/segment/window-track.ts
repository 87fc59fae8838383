/**
 * What a playlist can name of one track: its newest segments and parts as lists of the packager's chunks.
 *
 * In: chunks and the ends of parts and segments. Out: segments, parts, measured rates. No bytes are copied: a part
 * is an array of references to chunks, a segment an array of parts.
 * Spec: draft-pantos-hls-rfc8216bis §6.2.2 (how long what was listed must stay), §4.4.6.2 (BANDWIDTH).
 */
import { assert } from '../bytes/format-error.ts';
import type { TrackKind } from '../frame.ts';
import { type Ms, type UnixMs, ticksToMs } from '../time/units.ts';
import type { Chunk, InitSegment } from './events.ts';

export interface WindowPart {
  /** Counts the parts of the track within the broadcast, from 0: the next part's number is known in advance. */
  readonly number: number;
  readonly chunks: readonly Chunk[];
  readonly durationMs: Ms;
  readonly byteLength: number;
  /** Starts with a frame that decoding can start at. */
  readonly independent: boolean;
  /** No further chunk will join it. */
  readonly complete: boolean;
}

export interface WindowSegment {
  /** Media sequence number; the same for both tracks. */
  readonly number: number;
  /** The header its chunks need; undefined for a gap before the track's first header. */
  readonly init: InitSegment | undefined;
  readonly parts: readonly WindowPart[];
  /** Encoder sessions so far: differs from the segment before it after a discontinuity. */
  readonly epoch: number;
  readonly startMs: Ms;
  readonly durationMs: Ms;
  readonly byteLength: number;
  readonly frameCount: number;
  /** The capture clock at its first frame. */
  readonly programDateTimeMs: UnixMs;
  readonly independent: boolean;
  readonly complete: boolean;
  /** The track had no media here while the other one had: named in playlists, never fetched. */
  readonly gap: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type OpenPart = Writable<Omit<WindowPart, 'chunks'>> & { readonly chunks: Chunk[] };
type OpenSegment = Writable<Omit<WindowSegment, 'parts'>> & { readonly parts: OpenPart[] };

export class WindowTrack {
  readonly kind: TrackKind;
  #segments: OpenSegment[] = [];
  #listedFrom = 0;
  #nextPartNumber = 0;
  #init: InitSegment | undefined;
  #version = 0;
  #byteLength = 0;
  #peakBitsPerSecond = 0;
  #measuredBytes = 0;
  #measuredMs: Ms = 0;

  constructor(kind: TrackKind) {
    this.kind = kind;
  }

  /** The newest header. */
  get init(): InitSegment | undefined {
    return this.#init;
  }
  /** Grows with everything that changes the playlist. */
  get version(): number {
    return this.#version;
  }
  /** The segments a playlist names, oldest first; the last one may still grow. */
  get listed(): readonly WindowSegment[] {
    return this.#segments.slice(this.#listedFrom);
  }
  /** The newest segment, whole or not. */
  get newest(): WindowSegment | undefined {
    return this.#segments.at(-1);
  }
  /** True once a playlist can be written: players refuse one without a whole segment. */
  get playable(): boolean {
    return this.#segments.some((segment) => segment.complete && !segment.gap);
  }
  get byteLength(): number {
    return this.#byteLength;
  }
  /** Listed and kept. */
  get segmentCount(): number {
    return this.#segments.length;
  }
  /** The number that the next part to be announced will have. */
  get nextPartNumber(): number {
    const newest = this.#newestPart;
    return newest === undefined || newest.complete ? this.#nextPartNumber : newest.number;
  }
  /** The highest rate of any run of segments of at least half a target duration. */
  get peakBitsPerSecond(): number {
    return Math.ceil(this.#peakBitsPerSecond);
  }
  get averageBitsPerSecond(): number {
    return this.#measuredMs === 0 ? 0 : Math.ceil((this.#measuredBytes * 8000) / this.#measuredMs);
  }
  /** Frames a second over the whole segments of the window; undefined before the first. */
  get frameRate(): number | undefined {
    let frames = 0;
    let durationMs = 0;
    for (const segment of this.#segments) {
      if (!segment.complete || segment.init !== this.#init) continue;
      frames += segment.frameCount;
      durationMs += segment.durationMs;
    }
    return durationMs === 0 ? undefined : (frames * 1000) / durationMs;
  }

  get #newestPart(): OpenPart | undefined {
    return this.#segments.at(-1)?.parts.at(-1);
  }

  findInit(version: number): InitSegment | undefined {
    if (this.#init?.version === version) return this.#init;
    return this.#segments.find((segment) => segment.init?.version === version)?.init;
  }

  /** The segment of that number in whatever state, listed or not. */
  at(number: number): WindowSegment | undefined {
    const first = this.#segments[0];
    return first === undefined ? undefined : this.#segments[number - first.number];
  }

  /** A whole segment with media, listed or not. */
  findSegment(number: number): WindowSegment | undefined {
    const segment = this.at(number);
    return segment?.complete === true && !segment.gap ? segment : undefined;
  }

  /** A whole part, listed or not. */
  findPart(number: number): WindowPart | undefined {
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const parts = this.#segments[i]?.parts;
      const first = parts?.[0];
      if (parts === undefined || first === undefined || first.number > number) continue;
      const part = parts[number - first.number];
      return part?.complete === true ? part : undefined;
    }
    return undefined;
  }

  setInit(init: InitSegment): void {
    this.#init = init;
  }

  /** Adds a chunk; `dateOffsetMs`, capture clock minus media time, dates the segment that it opens. */
  addChunk(chunk: Chunk, dateOffsetMs: UnixMs): void {
    const timescale = chunk.init.config.timescale;
    const startMs = ticksToMs(chunk.dts, timescale);
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.complete || segment.number !== chunk.segment) {
      segment = {
        number: chunk.segment,
        init: chunk.init,
        parts: [],
        epoch: chunk.epoch,
        startMs,
        durationMs: 0,
        byteLength: 0,
        frameCount: 0,
        programDateTimeMs: dateOffsetMs + startMs,
        independent: chunk.key,
        complete: false,
        gap: false,
      };
      this.#append(segment);
    }
    let part = segment.parts.at(-1);
    if (part === undefined || part.complete) {
      part = {
        number: this.#nextPartNumber++,
        chunks: [],
        durationMs: 0,
        byteLength: 0,
        independent: chunk.key,
        complete: false,
      };
      segment.parts.push(part);
    }
    part.chunks.push(chunk);
    const first = part.chunks[0] ?? chunk;
    part.durationMs = ticksToMs(chunk.dts + chunk.duration - first.dts, timescale);
    part.byteLength += chunk.bytes.length;
    segment.durationMs = ticksToMs(chunk.dts + chunk.duration, timescale) - segment.startMs;
    segment.byteLength += chunk.bytes.length;
    segment.frameCount += chunk.frameCount;
    this.#byteLength += chunk.bytes.length;
  }

  /** Dates a segment anew that no playlist has named yet. */
  redate(segmentNumber: number, dateOffsetMs: UnixMs): void {
    const segment = this.#segments.at(-1);
    if (segment?.number === segmentNumber) segment.programDateTimeMs = dateOffsetMs + segment.startMs;
  }

  endPart(): void {
    const part = this.#newestPart;
    if (part === undefined || part.complete) return;
    part.complete = true;
    this.#version++;
  }

  endSegment(shortestPeakMs: Ms): void {
    const segment = this.#segments.at(-1);
    if (segment === undefined || segment.complete) return;
    segment.complete = true;
    this.#version++;
    this.#measuredBytes += segment.byteLength;
    this.#measuredMs += segment.durationMs;
    this.#measurePeak(shortestPeakMs);
  }

  /** The other track went on in segment `like` while this one had nothing: names the hole until `endMs`. */
  addGap(like: WindowSegment, endMs: Ms): void {
    this.#append({
      ...like,
      init: this.#segments.at(-1)?.init,
      parts: [],
      durationMs: Math.max(0, endMs - like.startMs),
      byteLength: 0,
      frameCount: 0,
      independent: true,
      complete: true,
      gap: true,
    });
  }

  /** Everything so far is too old to be listed beside what comes. */
  forget(): void {
    this.#segments = [];
    this.#listedFrom = 0;
    this.#byteLength = 0;
  }

  /** The playlist changed without new media: the broadcast ended. */
  touch(): void {
    this.#version++;
  }

  #append(segment: OpenSegment): void {
    const newest = this.#segments.at(-1);
    assert(newest === undefined || segment.number === newest.number + 1, 'segment numbers have no holes');
    this.#segments.push(segment);
  }

  #measurePeak(shortestMs: Ms): void {
    let bytes = 0;
    let durationMs = 0;
    for (let i = this.#segments.length - 1; i >= 0 && durationMs < shortestMs; i--) {
      const segment = this.#segments[i];
      if (segment === undefined) break;
      bytes += segment.byteLength;
      durationMs += segment.durationMs;
    }
    if (durationMs > 0) {
      this.#peakBitsPerSecond = Math.max(this.#peakBitsPerSecond, (bytes * 8000) / durationMs);
    }
  }

  /** Takes segments off the playlist that are not needed for `listedMs`, and lets go of them as much later. */
  trim(listedMs: Ms): void {
    let ms = 0;
    for (let i = this.#listedFrom; i < this.#segments.length; i++) ms += this.#segments[i]?.durationMs ?? 0;
    for (;;) {
      const first = this.#segments[this.#listedFrom];
      if (first === undefined || !first.complete || ms - first.durationMs < listedMs) break;
      ms -= first.durationMs;
      this.#listedFrom++;
    }
    // §6.2.2: a segment stays for its own length and that of the longest playlist that named it.
    let unlistedMs = 0;
    for (let i = 0; i < this.#listedFrom; i++) unlistedMs += this.#segments[i]?.durationMs ?? 0;
    for (;;) {
      const first = this.#segments[0];
      if (first === undefined || this.#listedFrom === 0 || unlistedMs - first.durationMs <= ms) break;
      unlistedMs -= first.durationMs;
      this.#dropOldest();
    }
  }

  /** Lets go of the oldest segment for want of room, listed or not; never of the newest two. False: nothing to drop. */
  dropForRoom(): boolean {
    if (this.#segments.length <= 2) return false;
    this.#dropOldest();
    return true;
  }

  get oldestStartMs(): Ms {
    return this.#segments[0]?.startMs ?? Number.POSITIVE_INFINITY;
  }

  #dropOldest(): void {
    const oldest = this.#segments.shift();
    this.#byteLength -= oldest?.byteLength ?? 0;
    if (this.#listedFrom > 0) this.#listedFrom--;
  }
}
