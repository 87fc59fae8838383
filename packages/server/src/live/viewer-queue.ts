/**
 * What one viewer still has to get, bounded in ms and bytes.
 *
 * In: bundles as they leave, and `drain` of the viewer's socket. Out: writes to that socket.
 * A queue holds no media: it is a place in the broadcast's ring, and what the socket has not yet given to the kernel.
 * A viewer who keeps up costs one comparison, one look at `writableLength` and one write of a shared buffer a tick.
 * One who does not is left where he is; beyond a limit his video is dropped up to the latest key frame (audio and
 * init segments are kept, and he is told); beyond a time he is let go. Nobody else notices.
 */
import type { PlayFrom } from '@millrace/contract';
import { TRACK_IDS, type Chunk, type InitSegment, type Ms, type TrackKind } from '@millrace/media';
import { chunkStartMs, type Bundle, type Framing, type Mark } from './bundle.ts';
import type { MonotonicMs } from './clock.ts';
import type { BundleRing, ChunkPlace } from './ring.ts';

export interface QueueLimits {
  /** Media that may wait in the socket, by time and (whatever its bitrate) by bytes. */
  readonly maxQueuedMs: Ms;
  readonly minQueuedBytes: number;
  readonly maxQueuedBytes: number;
  /** How far behind the picture a viewer may fall before video is dropped. */
  readonly maxLagMs: Ms;
  /** A socket that took no byte for so long belongs to nobody. */
  readonly stalledMs: Ms;
  /** A viewer whose video was dropped again and again for so long cannot be served at this bitrate. */
  readonly troubledMs: Ms;
  /** So long without a drop ends the trouble; longer than the usual wait for a key frame. */
  readonly calmMs: Ms;
}

export const QUEUE_LIMITS: QueueLimits = {
  maxQueuedMs: 1_000,
  minQueuedBytes: 32 * 1024, // One bundle of a low bitrate must never look like a slow viewer.
  // A group of pictures of 2 s at 4 Mbps joins in one write; with one bundle on top still below the 2 MiB that a
  // stalled viewer may cost.
  maxQueuedBytes: 1024 * 1024,
  maxLagMs: 3_000, // What a short loss of radio takes; players hold less than this.
  stalledMs: 6_000,
  troubledMs: 30_000,
  calmMs: 15_000,
};

/** The part of a socket that a queue needs. */
export interface Outlet {
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
  cork(): void;
  uncork(): void;
}

export interface QueueEvents {
  /** The next chunk of a track needs this init segment; send it first. False: this viewer cannot go on. */
  init(init: InitSegment, epoch: number): boolean;
  /** Chunks of a track from `fromSequence` on are being left out. */
  dropped(kind: TrackKind, fromSequence: number): void;
  /** Nothing helps: tell him and close. */
  tooSlow(): void;
}

export interface Started {
  /** The cursor was honoured: nothing is missing and nothing comes twice. */
  readonly resumed: boolean;
  /** The init segments that the first chunks need, video first. */
  readonly inits: readonly InitSegment[];
  readonly epoch: number;
}

export interface Wanted {
  readonly video: boolean;
  readonly audio: boolean;
}

/** What the queue reads of a broadcast. */
export interface QueueSource {
  readonly id: string;
  readonly ring: BundleRing;
  /** Where the next bundle starts, chunks included that wait for their tick. */
  readonly head: Mark;
  tracks(): readonly InitSegment[];
}

/** Of a broadcast without video, a viewer starts so far back. */
const AUDIO_START_MS = 1_000;
const KINDS: readonly TrackKind[] = ['video', 'audio'];

export class ViewerQueue {
  private readonly source: QueueSource;
  private readonly outlet: Outlet;
  private readonly framing: Framing;
  private readonly events: QueueEvents;
  private readonly limits: QueueLimits;
  private wanted: Wanted;
  private running = false;
  /** Set while exactly everything up to this mark was sent: then the next bundle goes out as it is. */
  private mark: Mark | undefined;
  /** Valid while `mark` is not set: the next bundle to look at, and the next and last sequence of each track. */
  private position = 0;
  private readonly next: Record<TrackKind, number> = { video: 0, audio: 0 };
  private readonly sent: Record<TrackKind, number> = { video: -1, audio: -1 };
  private awaitsKey = false;
  private readonly inits: Record<TrackKind, InitSegment | undefined> = { video: undefined, audio: undefined };
  private isDropping = false;
  private allowedLagMs: Ms;
  private progressMs: MonotonicMs | undefined;
  private troubledSinceMs: MonotonicMs | undefined;
  private lastDropMs: MonotonicMs = -Infinity;
  private lastLength = 0;

  constructor(
    source: QueueSource,
    outlet: Outlet,
    framing: Framing,
    wanted: Wanted,
    events: QueueEvents,
    limits: QueueLimits = QUEUE_LIMITS,
  ) {
    this.source = source;
    this.outlet = outlet;
    this.framing = framing;
    this.wanted = wanted;
    this.events = events;
    this.limits = limits;
    this.allowedLagMs = limits.maxLagMs;
  }

  /**
   * Finds where to start; nothing is sent before `run`, so that the caller can say first what will come.
   * May be called again at any time, to seek.
   */
  start(from: PlayFrom): Started {
    this.mark = undefined;
    this.running = false;
    this.isDropping = false;
    const resumed = typeof from === 'object' && 'cursor' in from && this.startAtCursor(from.cursor);
    if (!resumed) this.startAtKey(typeof from === 'object' && 'offsetMs' in from ? from.offsetMs : undefined);

    let epoch: number | undefined;
    for (const kind of KINDS) {
      const first = this.source.ring.find(kind, this.next[kind])?.chunk;
      const init = first?.init ?? this.source.tracks().find((track) => track.kind === kind);
      this.inits[kind] = this.wanted[kind] ? init : undefined;
      if (first !== undefined && this.wanted[kind]) epoch = Math.min(epoch ?? first.epoch, first.epoch);
    }
    const newest = this.source.ring.newest;
    const startMs = this.source.ring.get(this.position)?.endMs ?? newest?.endMs ?? 0;
    this.allowedLagMs = (newest?.endMs ?? 0) - startMs + this.limits.maxLagMs;
    this.troubledSinceMs = undefined;
    this.progressMs = undefined;
    return {
      resumed,
      inits: KINDS.flatMap((kind) => this.inits[kind] ?? []),
      epoch: epoch ?? newest?.chunks.at(-1)?.epoch ?? 0,
    };
  }

  /** Sends from the place that `start` found, and goes on with every bundle. */
  run(): void {
    this.running = true;
    this.pump(this.limits.maxQueuedBytes);
  }

  pause(): void {
    this.leaveFastPath();
    this.running = false;
  }

  /** Which tracks to send from now on. Video that comes back starts at the latest key frame, at once. */
  select(wanted: Wanted): void {
    this.leaveFastPath();
    const videoIsBack = wanted.video && !this.wanted.video;
    const audioIsBack = wanted.audio && !this.wanted.audio;
    this.wanted = wanted;
    const { ring } = this.source;
    if (audioIsBack) this.next.audio = ring.newest?.end.audio ?? this.source.head.audio;
    if (videoIsBack) this.bringVideoBack(ring.latestKey(), ring.find('video', this.next.video));
    if (this.running) this.pump();
  }

  private bringVideoBack(key: ChunkPlace | undefined, goesOn: ChunkPlace | undefined): void {
    const missedNothing = this.next.video === this.source.ring.newest?.end.video;
    const place = key !== undefined && key.chunk.sequence > this.next.video ? key : goesOn;
    this.awaitsKey = place === undefined && !missedNothing;
    if (place === undefined) return;
    this.next.video = place.chunk.sequence;
    this.position = Math.min(this.position, place.bundle.number);
  }

  onBundle(bundle: Bundle): void {
    const length = this.outlet.writableLength;
    if (this.mark === bundle.start && !bundle.changesInit && length < this.limits.minQueuedBytes) {
      this.mark = bundle.end;
      this.outlet.write(bundle.bytes(this.framing));
      return;
    }
    if (!this.running) return;
    this.leaveFastPath();
    this.progressMs ??= bundle.atMs;
    if (length < this.lastLength || length === 0) this.progressMs = bundle.atMs;
    this.lastLength = length;
    this.dropIfBehind(bundle);
    this.pump();
    if (this.position > bundle.number) this.allowedLagMs = this.limits.maxLagMs;
    if (bundle.atMs - this.lastDropMs > this.limits.calmMs) this.troubledSinceMs = undefined;
    const stalledMs = bundle.atMs - this.progressMs;
    const troubledMs = this.troubledSinceMs === undefined ? 0 : this.lastDropMs - this.troubledSinceMs;
    if (stalledMs > this.limits.stalledMs || troubledMs > this.limits.troubledMs) {
      this.running = false;
      this.events.tooSlow();
    }
  }

  /** Everything so far was handed to the socket, or is not wanted. */
  get isCaughtUp(): boolean {
    const newest = this.source.ring.newest;
    return !this.running || this.mark !== undefined || newest === undefined || this.position > newest.number;
  }

  /** The socket gave everything to the kernel. */
  onDrain(): void {
    if (!this.running || this.mark !== undefined) return;
    this.progressMs = undefined;
    this.pump();
  }

  private pump(limitBytes: number = this.limitBytes()): void {
    const { ring } = this.source;
    if (ring.get(this.position) === undefined && this.position >= ring.oldest) return this.enterFastPath();
    this.resumeAtLatestKey();
    this.outlet.cork();
    while (this.running && this.outlet.writableLength < limitBytes) {
      if (this.position < ring.oldest) this.position = ring.oldest;
      const bundle = ring.get(this.position);
      if (bundle === undefined) break;
      this.send(bundle);
      this.position = bundle.number + 1;
    }
    this.outlet.uncork();
    this.enterFastPath();
  }

  /** What may wait in the socket of a viewer who watches: so many ms of this stream. */
  private limitBytes(): number {
    const { maxQueuedMs, minQueuedBytes, maxQueuedBytes } = this.limits;
    return Math.max(minQueuedBytes, Math.min(maxQueuedBytes, this.source.ring.bytesOf(maxQueuedMs)));
  }

  private send(bundle: Bundle): void {
    if (this.lacksAllOf(bundle)) {
      for (const kind of KINDS) {
        if (bundle.end[kind] === bundle.start[kind]) continue;
        this.next[kind] = bundle.end[kind];
        this.sent[kind] = bundle.end[kind] - 1;
      }
      this.outlet.write(bundle.bytes(this.framing));
      return;
    }
    for (const chunk of bundle.chunks) this.sendChunk(chunk);
  }

  /** The bundle may go out as the shared buffer: he lacks all of it, and nobody has to make one for him alone. */
  private lacksAllOf(bundle: Bundle): boolean {
    if (bundle.changesInit || this.awaitsKey) return false;
    for (const kind of KINDS) {
      if (bundle.start[kind] === bundle.end[kind]) continue;
      if (!this.wanted[kind] || this.next[kind] !== bundle.start[kind]) return false;
      if (this.sent[kind] !== -1 && this.sent[kind] !== this.next[kind] - 1) return false;
    }
    return bundle === this.source.ring.newest || bundle.isFramed(this.framing);
  }

  private sendChunk(chunk: Chunk): void {
    const { kind, sequence } = chunk;
    if (!this.running || !this.wanted[kind] || sequence < this.next[kind]) return;
    if (kind === 'video' && this.awaitsKey) {
      if (!chunk.key) return;
      this.awaitsKey = false;
    }
    if (chunk.init !== this.inits[kind]) {
      this.inits[kind] = chunk.init;
      if (!this.events.init(chunk.init, chunk.epoch)) {
        this.running = false;
        return;
      }
    }
    const last = this.sent[kind];
    for (const bytes of this.framing.chunk(chunk, last !== -1 && sequence !== last + 1))
      this.outlet.write(bytes);
    this.next[kind] = sequence + 1;
    this.sent[kind] = sequence;
    if (kind === 'video') this.isDropping = false;
  }

  private dropIfBehind(newest: Bundle): void {
    const { ring } = this.source;
    const reachedMs = this.position < ring.oldest ? -Infinity : (ring.get(this.position)?.endMs ?? Infinity);
    if (newest.endMs - reachedMs <= this.allowedLagMs) return;
    this.lastDropMs = newest.atMs;
    this.troubledSinceMs ??= newest.atMs;
    if (!this.wanted.video || newest.end.video === 0) {
      if (!this.isDropping) this.events.dropped('audio', this.next.audio);
      this.isDropping = true;
      this.next.audio = newest.start.audio;
      this.position = newest.number;
      return;
    }
    if (!this.isDropping) this.events.dropped('video', this.next.video);
    this.isDropping = true;
    this.awaitsKey = true;
    this.resumeAtLatestKey();
  }

  /** Of several key frames that came meanwhile only the latest is worth sending. */
  private resumeAtLatestKey(): void {
    if (!this.awaitsKey) return;
    const key = this.source.ring.latestKey();
    if (key === undefined || key.chunk.sequence <= this.sent.video || key.bundle.number < this.position)
      return;
    this.next.video = key.chunk.sequence;
    this.awaitsKey = false;
  }

  private enterFastPath(): void {
    const end = this.source.ring.newest?.end;
    if (end === undefined || this.position !== end.bundle || !this.running) return;
    if (this.awaitsKey && end.video > 0) return;
    if (!this.wanted.video || !this.wanted.audio) return;
    if (this.next.video !== end.video || this.next.audio !== end.audio) return;
    if (this.sent.video + 1 !== end.video || this.sent.audio + 1 !== end.audio) return;
    this.mark = end;
  }

  private leaveFastPath(): void {
    if (this.mark === undefined) return;
    this.position = this.mark.bundle;
    this.next.video = this.mark.video;
    this.next.audio = this.mark.audio;
    this.sent.video = this.mark.video - 1;
    this.sent.audio = this.mark.audio - 1;
    this.mark = undefined;
    this.progressMs = undefined;
  }

  private startAtKey(offsetMs: Ms | undefined): void {
    const { ring } = this.source;
    const newestMs = ring.newest?.endMs ?? 0;
    const key = offsetMs === undefined ? ring.latestKey() : ring.keyAt(newestMs - offsetMs);
    this.startAt({
      video: key,
      audio: ring.firstEndingAfter(
        'audio',
        key === undefined || !this.wanted.video
          ? newestMs - (offsetMs ?? AUDIO_START_MS)
          : chunkStartMs(key.chunk),
      ),
    });
    this.awaitsKey = key === undefined;
    // The first picture that comes is where this viewer begins: nothing was dropped before it.
    if (key === undefined) this.sent.video = -1;
  }

  private startAtCursor(cursor: {
    readonly broadcast: string;
    readonly sequences: Readonly<Record<string, number>>;
  }): boolean {
    const { id, ring } = this.source;
    if (cursor.broadcast !== id) return false;
    const places: Record<TrackKind, ChunkPlace | undefined> = { video: undefined, audio: undefined };
    const next = ring.newest?.end ?? this.source.head;
    for (const kind of KINDS) {
      if (!this.wanted[kind] || next[kind] === 0) continue;
      const held = cursor.sequences[TRACK_IDS[kind]];
      if (held === undefined) return false;
      places[kind] = ring.find(kind, held + 1);
      if (places[kind] === undefined && held + 1 !== next[kind]) return false;
    }
    this.startAt(places);
    this.awaitsKey = false;
    return true;
  }

  private startAt(places: Readonly<Record<TrackKind, ChunkPlace | undefined>>): void {
    const { ring } = this.source;
    const end = ring.newest?.end ?? this.source.head;
    this.position = end.bundle;
    for (const kind of KINDS) {
      const place = places[kind];
      this.next[kind] = place?.chunk.sequence ?? end[kind];
      this.sent[kind] = this.next[kind] === 0 ? -1 : this.next[kind] - 1;
      if (place !== undefined && this.wanted[kind])
        this.position = Math.min(this.position, place.bundle.number);
    }
  }
}
