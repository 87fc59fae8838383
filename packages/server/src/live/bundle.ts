/**
 * A bundle: the chunks that leave together in one tick, and the bytes they leave as.
 *
 * In: the chunks of a tick. Out: one ready-framed, immutable buffer per framing (see `delivery/framings.ts`), built
 * when the first viewer of that framing needs it and then the same object for every socket: the cost of a viewer
 * is one write, whatever the picture weighs.
 *
 * Memory: `chunks[].bytes` are the packager's, shared with HLS. A framed buffer is one copy of them; it is let go
 * when the bundle is no longer among the latest (`forgetFramed`) and built again in the rare case of a late reader.
 */
import type { Chunk, Ms } from '@millrace/media';
import type { MonotonicMs } from './clock.ts';

/**
 * Where a reader stands between two bundles: the next sequence of each track. The end of bundle n and the start of
 * bundle n + 1 are the same object, so that "this viewer lacks exactly the next bundle" is one comparison.
 */
export interface Mark {
  readonly bundle: number;
  readonly video: number;
  readonly audio: number;
}

export const FIRST_MARK: Mark = { bundle: 0, video: 0, audio: 0 };

/** How chunks become bytes on a kind of connection. */
export interface Framing {
  readonly name: string;
  /** All chunks of a tick as one buffer. */
  bundle(chunks: readonly Chunk[]): Buffer;
  /** One chunk, as buffers to be written together; `droppedBefore` where the framing can say it. */
  chunk(chunk: Chunk, droppedBefore: boolean): readonly Uint8Array[];
}

export class Bundle {
  readonly number: number;
  readonly chunks: readonly Chunk[];
  readonly start: Mark;
  readonly end: Mark;
  /** Media time at which the latest of its chunks ends. */
  readonly endMs: Ms;
  readonly mediaBytes: number;
  /** When it left. */
  readonly atMs: MonotonicMs;
  /** One of its chunks needs another init segment than the chunk of its track before it. */
  readonly changesInit: boolean;
  private readonly framed = new Map<string, Buffer>();

  constructor(chunks: readonly Chunk[], start: Mark, atMs: MonotonicMs, changesInit: boolean) {
    let { video, audio } = start;
    let endMs = 0;
    let mediaBytes = 0;
    for (const chunk of chunks) {
      if (chunk.kind === 'video') video = chunk.sequence + 1;
      else audio = chunk.sequence + 1;
      endMs = Math.max(endMs, chunkEndMs(chunk));
      mediaBytes += chunk.bytes.length;
    }
    this.number = start.bundle;
    this.chunks = chunks;
    this.start = start;
    this.end = { bundle: start.bundle + 1, video, audio };
    this.endMs = endMs;
    this.mediaBytes = mediaBytes;
    this.atMs = atMs;
    this.changesInit = changesInit;
  }

  /** The whole bundle as one buffer of a framing; built once, shared by all. Nobody writes into it. */
  bytes(framing: Framing): Buffer {
    let bytes = this.framed.get(framing.name);
    if (bytes === undefined) {
      bytes = framing.bundle(this.chunks);
      this.framed.set(framing.name, bytes);
    }
    return bytes;
  }

  isFramed(framing: Framing): boolean {
    return this.framed.has(framing.name);
  }

  forgetFramed(): void {
    this.framed.clear();
  }
}

export function chunkStartMs(chunk: Chunk): Ms {
  return (chunk.dts / chunk.init.config.timescale) * 1000;
}

export function chunkEndMs(chunk: Chunk): Ms {
  return ((chunk.dts + chunk.duration) / chunk.init.config.timescale) * 1000;
}
