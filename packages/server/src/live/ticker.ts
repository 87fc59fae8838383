/**
 * Decides which chunks leave together.
 *
 * In: chunks as the packager finishes them. Out: bundles. A write to a viewer costs the same whatever it carries, so
 * chunks are joined: the audio and video chunk of the same moment always (waiting a little for the other), and
 * several moments when the tick is wider than a chunk. With one frame a chunk nothing waits for anything.
 */
import type { Chunk, InitSegment, Ms, TrackKind } from '@millrace/media';
import { Bundle, FIRST_MARK, type Mark } from './bundle.ts';
import type { Clock, MonotonicMs, Timer } from './clock.ts';

/** How long a chunk waits for its companion of the other track, as a share of the chunk's length. */
const PAIR_WAIT_SHARE = 0.5;
/** The same as a limit: an encoder that sends audio late by more than this gets two writes a tick. */
const MAX_PAIR_WAIT_MS = 60;
/** A track that gave no chunk for so long is not waited for. */
const TRACK_SILENT_MS = 1000;

export interface TickerOptions {
  readonly clock: Clock;
  /** Length of a chunk; 0 = one frame. */
  readonly chunkMs: Ms;
  /** Join what comes within this time into one write; 0 = every chunk (with its companion) is a write. */
  readonly tickMs: () => Ms;
  readonly emit: (bundle: Bundle) => void;
}

export class Ticker {
  private readonly options: TickerOptions;
  private pending: Chunk[] = [];
  private pendingInitChange = false;
  private mark: Mark = FIRST_MARK;
  private timer: Timer | undefined;
  private lastLeftMs: MonotonicMs = -Infinity;
  private readonly lastChunkMs: Record<TrackKind, MonotonicMs> = { video: -Infinity, audio: -Infinity };
  private readonly lastInit: Record<TrackKind, InitSegment | undefined> = {
    video: undefined,
    audio: undefined,
  };

  constructor(options: TickerOptions) {
    this.options = options;
  }

  add(chunk: Chunk): void {
    if (this.lastInit[chunk.kind] !== chunk.init) {
      this.lastInit[chunk.kind] = chunk.init;
      this.pendingInitChange = true;
    }
    this.lastChunkMs[chunk.kind] = this.options.clock.monotonicMs();
    this.pending.push(chunk);
  }

  /** Call after the chunks of one push were added: sends what need not wait. */
  settle(): void {
    if (this.pending.length === 0) return;
    const { clock, chunkMs } = this.options;
    const tickMs = this.options.tickMs();
    if (tickMs > chunkMs) {
      this.flushAfter(Math.max(0, this.lastLeftMs + tickMs - clock.monotonicMs()));
    } else if (chunkMs === 0 || this.isPaired()) {
      this.flush();
    } else {
      this.flushAfter(Math.min(chunkMs * PAIR_WAIT_SHARE, MAX_PAIR_WAIT_MS));
    }
  }

  /** Everything that waits leaves now. */
  flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.pending.length === 0) return;
    const atMs = this.options.clock.monotonicMs();
    const bundle = new Bundle(this.pending, this.mark, atMs, this.pendingInitChange);
    this.pending = [];
    this.pendingInitChange = false;
    this.mark = bundle.end;
    this.lastLeftMs = atMs;
    this.options.emit(bundle);
  }

  /** The mark that the next bundle starts at. */
  get head(): Mark {
    return this.mark;
  }

  private flushAfter(delayMs: Ms): void {
    if (delayMs === 0) return this.flush();
    this.timer ??= this.options.clock.after(delayMs, () => {
      this.timer = undefined;
      this.flush();
    });
  }

  private isPaired(): boolean {
    const nowMs = this.options.clock.monotonicMs();
    const present = { video: false, audio: false };
    for (const chunk of this.pending) present[chunk.kind] = true;
    const silent = (kind: TrackKind): boolean => nowMs - this.lastChunkMs[kind] > TRACK_SILENT_MS;
    return (present.video || silent('video')) && (present.audio || silent('audio'));
  }
}
