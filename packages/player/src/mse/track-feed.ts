/**
 * One track on its way into one SourceBuffer: a queue of init segments and chunks, appended one after the other.
 *
 * Chunks that wait while an append runs are joined into the next append: a burst at the start costs two appends,
 * not forty. A full buffer is relieved and the append tried again. Nothing here throws: trouble is reported once.
 */
import { chunkPayload, planQuotaRelief, planRemoval } from '../core/index.ts';
import type { FeedFormat } from './media-source.ts';
import { rangesOf } from './ranges.ts';

/** Joined appends stay below this: one large append blocks the thread that decodes. */
const MAX_APPEND_BYTES = 1024 * 1024;
/** Waiting for a source that does not open or a buffer that stays full; beyond it the oldest chunks go. */
const MAX_QUEUE_BYTES = 16 * 1024 * 1024;
/** MP3 outside MP4 carries no times: they are set anew when they drifted further than a frame can explain. */
const MAX_DRIFT_S = 0.04;

type Entry =
  | { readonly kind: 'init'; readonly format: FeedFormat; readonly bytes: Uint8Array }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array; readonly startS: number; readonly endS: number };

export interface FeedHost {
  /** Media time of the picture. */
  readonly currentS: () => number;
  /** False while a managed source does not want data. */
  readonly mayAppend: () => boolean;
  readonly onAppended: () => void;
  readonly onBroken: (detail: string) => void;
}

export class TrackFeed {
  readonly #host: FeedHost;
  readonly #buffer: SourceBuffer;
  #format: FeedFormat;
  #queue: Entry[] = [];
  #queuedBytes = 0;
  #expectedStartS: number | undefined;
  #blockedUntilCall = false;
  #closed = false;

  constructor(buffer: SourceBuffer, format: FeedFormat, host: FeedHost) {
    this.#buffer = buffer;
    this.#format = format;
    this.#host = host;
    buffer.addEventListener('updateend', this.#onUpdateEnd);
    buffer.addEventListener('error', this.#onError);
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  init(format: FeedFormat, bytes: Uint8Array): void {
    this.#push({ kind: 'init', format, bytes });
  }

  chunk(bytes: Uint8Array, startS: number, endS: number): void {
    this.#push({ kind: 'chunk', bytes, startS, endS });
  }

  /** Removes what was watched long ago; tries again after a full buffer. */
  upkeep(): void {
    this.#blockedUntilCall = false;
    if (this.#closed) return;
    if (!this.#buffer.updating && this.#queue.length === 0) {
      const range = planRemoval(rangesOf(this.#buffer.buffered), this.#host.currentS());
      if (range) this.#guard(() => this.#buffer.remove(range.start, range.end));
    }
    this.pump();
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#buffer.removeEventListener('updateend', this.#onUpdateEnd);
    this.#buffer.removeEventListener('error', this.#onError);
  }

  pump(): void {
    // Each round appends, blocks, or takes entries that need no append.
    while (!this.#closed && !this.#blockedUntilCall && !this.#buffer.updating && this.#host.mayAppend()) {
      const first = this.#queue[0];
      if (first === undefined) return;
      if (first.kind === 'init') this.#guard(() => this.#appendInit(first.format, first.bytes), 1);
      else this.#appendChunks();
    }
  }

  #push(entry: Entry): void {
    if (this.#closed) return;
    this.#queue.push(entry);
    this.#queuedBytes += entry.bytes.length;
    while (this.#queuedBytes > MAX_QUEUE_BYTES && this.#queue[0]?.kind === 'chunk') this.#take(1);
    this.pump();
  }

  #take(count: number): void {
    for (const entry of this.#queue.splice(0, count)) this.#queuedBytes -= entry.bytes.length;
  }

  #appendInit(format: FeedFormat, bytes: Uint8Array): void {
    if (format.type !== this.#format.type) {
      this.#buffer.changeType(format.type);
      this.#format = format;
      if (!format.payloadOnly) {
        this.#buffer.mode = 'segments';
        this.#buffer.timestampOffset = 0;
      }
      this.#expectedStartS = undefined;
    }
    if (!format.payloadOnly) this.#append(bytes);
  }

  #appendChunks(): void {
    const payloadOnly = this.#format.payloadOnly;
    const pieces: Uint8Array[] = [];
    let byteCount = 0;
    let used = 0;
    for (const entry of this.#queue) {
      if (entry.kind !== 'chunk' || byteCount >= MAX_APPEND_BYTES) break;
      if (payloadOnly && this.#jumps(entry.startS)) {
        if (pieces.length > 0) break;
        this.#guard(() => this.#setTime(entry.startS));
      }
      const bytes = payloadOnly ? chunkPayload(entry.bytes) : entry.bytes;
      used += 1;
      if (bytes === undefined) continue;
      pieces.push(bytes);
      byteCount += bytes.length;
      this.#expectedStartS = entry.endS;
    }
    const joined = joinPieces(pieces, byteCount);
    this.#guard(() => {
      if (joined !== undefined) this.#append(joined);
    }, used);
  }

  #jumps(startS: number): boolean {
    return this.#expectedStartS === undefined || Math.abs(startS - this.#expectedStartS) > MAX_DRIFT_S;
  }

  #setTime(startS: number): void {
    this.#buffer.abort();
    this.#buffer.timestampOffset = startS;
  }

  /** Our own copies and views are never shared memory. */
  #append(bytes: Uint8Array): void {
    this.#buffer.appendBuffer(bytes as Uint8Array<ArrayBuffer>);
  }

  /** Runs one step on the buffer and takes its entries from the queue, unless the buffer was full. */
  #guard(step: () => void, takes = 0): void {
    try {
      step();
      this.#take(takes);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError') this.#relieve();
      else {
        this.#take(takes);
        this.#host.onBroken(error instanceof Error ? `${error.name}: ${error.message}` : 'append failed');
      }
    }
  }

  #relieve(): void {
    const range = planQuotaRelief(rangesOf(this.#buffer.buffered), this.#host.currentS());
    if (range) this.#buffer.remove(range.start, range.end);
    // Nothing to give up: the picture has to move on first.
    else this.#blockedUntilCall = true;
  }

  readonly #onUpdateEnd = (): void => {
    this.#host.onAppended();
    this.pump();
  };

  readonly #onError = (): void => {
    this.#host.onBroken('the browser could not parse the media');
  };
}

function joinPieces(pieces: readonly Uint8Array[], byteCount: number): Uint8Array | undefined {
  if (pieces.length <= 1) return pieces[0];
  const joined = new Uint8Array(byteCount);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
