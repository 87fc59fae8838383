/**
 * Chunks in, picture out: the tracks of one broadcast in one media element through Media Source Extensions.
 *
 * In: the tracks as the server offers them, init segments and chunks. Out: a playing element.
 * Which tracks there are can only be said once to a MediaSource (Chromium refuses another SourceBuffer after the
 * start). So when sound appears late, or a track goes silent for good, a new MediaSource is built from the group
 * of pictures that is remembered here, at the moment the picture reaches the change; a still of the last picture
 * covers the blink. A codec change alone goes through `changeType` in the running buffer.
 */
import type { MediaHeader, OfferedTrack } from '@millrace/contract/media-protocol';
import { MEDIA_FLAGS } from '@millrace/contract/media-protocol';
import { feedFormat, mediaSourceConstructor, type AnyMediaSource, type FeedFormat } from './media-source.ts';
import { rangesOf } from './ranges.ts';
import { TrackFeed } from './track-feed.ts';

/** Remembered for a rebuild; two groups of pictures of a 10 Mbps stream with a 6 s key-frame interval. */
const MAX_HISTORY_BYTES = 16 * 1024 * 1024;
/** One connection carries both tracks: one that is this far behind the other is silent, and the other goes on alone. */
const STARVED_AFTER_S = 1;

export interface SinkHost {
  readonly video: HTMLVideoElement;
  /** The element is about to lose its picture for a moment: keep a still of it. */
  readonly onBlink: () => void;
  readonly onBroken: (detail: string) => void;
}

interface HeldChunk {
  readonly bytes: Uint8Array;
  readonly startS: number;
  readonly endS: number;
  readonly key: boolean;
}

interface TrackState {
  readonly offer: OfferedTrack;
  readonly format: FeedFormat;
  init: Uint8Array | undefined;
  history: HeldChunk[];
  historyBytes: number;
  endS: number | undefined;
  /** Left out of the MediaSource, because it stopped delivering. */
  starved: boolean;
  feed: TrackFeed | undefined;
}

export type TracksVerdict =
  | { readonly playable: true; readonly soundless: boolean }
  | { readonly playable: false; readonly detail: string };

export class MediaSink {
  readonly #host: SinkHost;
  #tracks = new Map<number, TrackState>();
  #source: AnyMediaSource | undefined;
  #sourceUrl: string | undefined;
  /** The tracks that the present MediaSource was built for. */
  #builtFor = '';
  #rebuildAtS: number | undefined;
  #managedPause = false;
  #startAtS: number | undefined;

  constructor(host: SinkHost) {
    this.#host = host;
  }

  /** `fresh`: another broadcast; what is held belongs to the old one. */
  setTracks(offers: readonly OfferedTrack[], fresh: boolean): TracksVerdict {
    const next = new Map<number, TrackState>();
    const unplayable: OfferedTrack[] = [];
    for (const offer of offers) {
      const format = feedFormat(offer.mimeType, offer.codec);
      if (format === undefined) {
        unplayable.push(offer);
        continue;
      }
      const old = fresh ? undefined : this.#tracks.get(offer.track);
      const state: TrackState = {
        offer,
        format,
        init: undefined,
        history: [],
        historyBytes: 0,
        endS: undefined,
        starved: false,
        feed: undefined,
      };
      if (old) {
        state.feed = old.feed;
        state.endS = old.endS;
        state.starved = old.starved;
        // Chunks of an older configuration cannot be replayed under the new one.
        if (old.offer.init === offer.init && old.format.type === format.type) {
          state.init = old.init;
          state.history = old.history;
          state.historyBytes = old.historyBytes;
        }
      }
      next.set(offer.track, state);
    }
    if (next.size === 0 || unplayable.some((offer) => offer.kind === 'video')) {
      const names = unplayable.map((offer) => offer.codec).join(', ');
      return { playable: false, detail: `this browser cannot decode ${names || 'anything offered'}` };
    }
    const lost = [...this.#tracks.entries()].filter(([track]) => !next.has(track));
    for (const [, state] of lost) state.feed?.close();
    this.#tracks = next;
    if (fresh && this.#builtFor !== '') this.#rebuild(true);
    else if (this.#source === undefined) this.#openSource();
    else if (this.#builtFor === '') this.#buildBuffers();
    else if (lost.length > 0) this.#rebuildWhen(Math.min(...lost.map(([, state]) => state.endS ?? 0)));
    return { playable: true, soundless: unplayable.length > 0 };
  }

  init(header: MediaHeader, bytes: Uint8Array): void {
    const state = this.#tracks.get(header.track);
    if (state === undefined) return;
    if (state.init !== undefined && sameBytes(state.init, bytes)) return;
    state.init = bytes;
    state.history = [];
    state.historyBytes = 0;
    state.feed?.init(state.format, bytes);
  }

  chunk(header: MediaHeader, bytes: Uint8Array): void {
    const state = this.#tracks.get(header.track);
    if (state === undefined || state.init === undefined) return;
    const startS = header.dts / state.offer.timescale;
    const endS = (header.dts + header.duration) / state.offer.timescale;
    const isKey = state.offer.kind === 'audio' || (header.flags & MEDIA_FLAGS.key) !== 0;
    if (state.history.length === 0 && !isKey) return;
    this.#remember(state, { bytes, startS, endS, key: isKey });
    state.endS = endS;
    if (state.feed) state.feed.chunk(bytes, startS, endS);
    else if (this.#builtFor !== '') {
      // The source was built without this track: it joins when the picture gets here.
      state.starved = false;
      if (this.#rebuildAtS === undefined) this.#rebuildWhen(startS);
    }
  }

  /** Where playback can start at the earliest, over all tracks; `undefined` until each has something. */
  get firstS(): number | undefined {
    let first: number | undefined;
    for (const state of this.#active()) {
      const startS = state.history[0]?.startS;
      if (startS === undefined) return undefined;
      first = Math.max(first ?? 0, startS);
    }
    return first;
  }

  /** The end of what was received by all tracks, appended or not. */
  get edgeS(): number | undefined {
    let edge: number | undefined;
    for (const state of this.#active()) {
      if (state.endS === undefined) return undefined;
      edge = Math.min(edge ?? Infinity, state.endS);
    }
    return edge;
  }

  /** Called many times a second. `dry`: the picture stands for want of data. True: it stood for a silent track. */
  tick(dry: boolean): boolean {
    const currentS = this.#host.video.currentTime;
    let leftOut = false;
    if (this.#rebuildAtS !== undefined && (dry || currentS >= this.#rebuildAtS)) this.#rebuild(false);
    else if (dry) leftOut = this.#leaveOutStarved();
    for (const state of this.#tracks.values()) state.feed?.upkeep();
    return leftOut;
  }

  /** Builds the source anew from what is remembered: after the browser gave up on it. */
  recover(): void {
    this.#rebuild(false);
  }

  close(): void {
    this.#dropSource();
    this.#tracks.clear();
    const video = this.#host.video;
    video.removeAttribute('src');
    video.load();
  }

  #active(): TrackState[] {
    return [...this.#tracks.values()].filter((state) => !state.starved);
  }

  #remember(state: TrackState, chunk: HeldChunk): void {
    state.history.push(chunk);
    state.historyBytes += chunk.bytes.length;
    if (!chunk.key && state.historyBytes < MAX_HISTORY_BYTES) return;
    // Keep from the last key chunk at or before the picture.
    const currentS = this.#host.video.currentTime;
    let keepFrom = 0;
    for (let index = 1; index < state.history.length; index += 1) {
      const held = state.history[index];
      if (held === undefined || held.startS > currentS - 0.2) break;
      if (held.key) keepFrom = index;
    }
    if (state.historyBytes > MAX_HISTORY_BYTES && keepFrom === 0) keepFrom = state.history.length - 1;
    for (const old of state.history.splice(0, keepFrom)) state.historyBytes -= old.bytes.length;
  }

  #leaveOutStarved(): boolean {
    const ends = this.#active().map((state) => state.endS ?? 0);
    const newest = Math.max(...ends);
    const silent = this.#active().filter((state) => newest - (state.endS ?? 0) > STARVED_AFTER_S);
    if (silent.length === 0) return false;
    for (const state of silent) {
      state.starved = true;
      state.history = [];
      state.historyBytes = 0;
    }
    this.#rebuild(false);
    return true;
  }

  #rebuildWhen(atS: number): void {
    this.#rebuildAtS = atS;
  }

  #rebuild(fresh: boolean): void {
    const { video } = this.#host;
    const atS = video.currentTime;
    this.#host.onBlink();
    this.#dropSource();
    this.#startAtS = fresh ? undefined : atS;
    this.#openSource();
  }

  /** Only once the tracks are known: Chromium now and then never starts a source that was opened earlier. */
  #openSource(): void {
    const Source = mediaSourceConstructor();
    if (Source === undefined) return;
    const source = new Source();
    const { video } = this.#host;
    this.#source = source;
    source.addEventListener('sourceopen', this.#onOpen, { once: true });
    if ('streaming' in source) {
      this.#managedPause = true;
      source.addEventListener('startstreaming', this.#onStartStreaming);
      source.addEventListener('endstreaming', this.#onEndStreaming);
      video.disableRemotePlayback = true;
    }
    this.#sourceUrl = URL.createObjectURL(source);
    video.src = this.#sourceUrl;
  }

  #dropSource(): void {
    for (const state of this.#tracks.values()) {
      state.feed?.close();
      state.feed = undefined;
    }
    const source = this.#source;
    source?.removeEventListener('sourceopen', this.#onOpen);
    source?.removeEventListener('startstreaming', this.#onStartStreaming);
    source?.removeEventListener('endstreaming', this.#onEndStreaming);
    if (this.#sourceUrl !== undefined) URL.revokeObjectURL(this.#sourceUrl);
    this.#source = undefined;
    this.#sourceUrl = undefined;
    this.#builtFor = '';
    this.#rebuildAtS = undefined;
    this.#managedPause = false;
  }

  readonly #onOpen = (): void => {
    if (this.#sourceUrl !== undefined) URL.revokeObjectURL(this.#sourceUrl);
    this.#buildBuffers();
  };

  readonly #onStartStreaming = (): void => {
    this.#managedPause = false;
    for (const state of this.#tracks.values()) state.feed?.pump();
  };

  readonly #onEndStreaming = (): void => {
    this.#managedPause = true;
  };

  /** All SourceBuffers at once, then what is remembered. */
  #buildBuffers(): void {
    const source = this.#source;
    const tracks = this.#active();
    if (source === undefined || source.readyState !== 'open' || tracks.length === 0) return;
    try {
      source.duration = Infinity;
      for (const state of tracks) {
        const buffer = source.addSourceBuffer(state.format.type);
        if (!state.format.payloadOnly) buffer.mode = 'segments';
        state.feed = new TrackFeed(buffer, state.format, {
          currentS: () => this.#host.video.currentTime,
          mayAppend: () => !this.#managedPause,
          onAppended: () => this.#onAppended(),
          onBroken: (detail) => this.#host.onBroken(detail),
        });
      }
    } catch (error) {
      this.#host.onBroken(error instanceof Error ? error.message : 'no source buffer');
      return;
    }
    this.#builtFor = tracks.map((state) => `${state.offer.track} ${state.format.type}`).join('; ');
    for (const state of tracks) {
      if (state.init) state.feed?.init(state.format, state.init);
      for (const held of state.history) state.feed?.chunk(held.bytes, held.startS, held.endS);
    }
  }

  /** After a rebuild the picture goes on where it was. */
  #onAppended(): void {
    if (this.#startAtS === undefined) return;
    const ranges = rangesOf(this.#host.video.buffered);
    if (ranges.length === 0 || this.#host.video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const startAtS = Math.max(this.#startAtS, ranges[0]?.start ?? 0);
    this.#startAtS = undefined;
    this.#host.video.currentTime = startAtS;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
