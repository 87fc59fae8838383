/**
 * The last bundles of a broadcast, by number: what a viewer who joins, resumes or fell behind is served from.
 *
 * In: bundles in order. Out: the bundle of a number, and the answers to "where does decoding start" and "where is
 * chunk n". Bounded in ms and bytes; the bytes are those that the HLS window holds as well, so a ring costs little.
 */
import type { Chunk, Ms, TrackKind } from '@millrace/media';
import { chunkEndMs, chunkStartMs, type Bundle } from './bundle.ts';

export interface RingLimits {
  /** How far back a viewer may resume or seek. */
  readonly keepMs: Ms;
  /** The same, but to keep the last key frame of an encoder that sends few of them. */
  readonly keepKeyMs: Ms;
  readonly maxBytes: number;
  readonly maxBundles: number;
  /** How long framed buffers are kept for those who join; older bundles are framed chunk by chunk. */
  readonly keepFramedMs: Ms;
}

export const RING_LIMITS: RingLimits = {
  // A phone that changes from Wi-Fi to mobile data is back within this.
  keepMs: 15_000,
  // A group of pictures of a minute still joins at once; a longer one has its viewers wait for the next.
  keepKeyMs: 65_000,
  // 15 s at 25 Mbps. Beyond it the reach back shrinks, never the stream.
  maxBytes: 48 * 1024 * 1024,
  // A minute of 60 pictures and 50 audio frames a second, each its own bundle.
  maxBundles: 7_000,
  // Two groups of pictures of the usual length.
  keepFramedMs: 4_000,
};

export interface ChunkPlace {
  readonly bundle: Bundle;
  readonly chunk: Chunk;
}

export class BundleRing {
  private readonly limits: RingLimits;
  private readonly bundles: Bundle[] = [];
  private bytes = 0;
  private readonly keys: ChunkPlace[] = [];
  /** Number of the oldest bundle that may still hold framed buffers. */
  private framedFrom = 0;

  constructor(limits: RingLimits = RING_LIMITS) {
    this.limits = limits;
  }

  push(bundle: Bundle): void {
    this.bundles.push(bundle);
    this.bytes += bundle.mediaBytes;
    for (const chunk of bundle.chunks) {
      if (chunk.kind === 'video' && chunk.key) this.keys.push({ bundle, chunk });
    }
    this.forgetFramed(bundle);
    this.evict();
  }

  /** Number of the oldest bundle held, or of the next one to come when nothing is held. */
  get oldest(): number {
    return this.bundles[0]?.number ?? 0;
  }

  get newest(): Bundle | undefined {
    return this.bundles.at(-1);
  }

  get heldBytes(): number {
    return this.bytes;
  }

  /** So many bytes is so much media time, at the rate of what is held. */
  bytesOf(durationMs: Ms): number {
    const first = this.bundles[0];
    const last = this.bundles.at(-1);
    if (first === undefined || last === undefined || first === last) return 0;
    return (this.bytes * durationMs) / Math.max(1, last.endMs - first.endMs);
  }

  get(number: number): Bundle | undefined {
    return this.bundles[number - this.oldest];
  }

  /** The latest video chunk that decoding can start at. */
  latestKey(): ChunkPlace | undefined {
    return this.keys.at(-1);
  }

  /** The latest key chunk that starts at or before `timeMs` of media time, else the oldest held. */
  keyAt(timeMs: Ms): ChunkPlace | undefined {
    for (let i = this.keys.length - 1; i >= 0; i--) {
      const place = this.keys[i];
      if (place !== undefined && chunkStartMs(place.chunk) <= timeMs) return place;
    }
    return this.keys[0];
  }

  /** The first chunk of a kind that ends after `timeMs`. */
  firstEndingAfter(kind: TrackKind, timeMs: Ms): ChunkPlace | undefined {
    let found: ChunkPlace | undefined;
    for (let i = this.bundles.length - 1; i >= 0; i--) {
      const bundle = this.bundles[i];
      if (bundle === undefined) break;
      for (let k = bundle.chunks.length - 1; k >= 0; k--) {
        const chunk = bundle.chunks[k];
        if (chunk === undefined || chunk.kind !== kind) continue;
        if (chunkEndMs(chunk) <= timeMs) return found;
        found = { bundle, chunk };
      }
    }
    return found;
  }

  /** The chunk of a kind and sequence, if it is still held. */
  find(kind: TrackKind, sequence: number): ChunkPlace | undefined {
    for (let i = this.bundles.length - 1; i >= 0; i--) {
      const bundle = this.bundles[i];
      if (bundle === undefined) break;
      if (bundle.end[kind] <= sequence) return undefined;
      if (bundle.start[kind] > sequence) continue;
      const chunk = bundle.chunks.find((c) => c.kind === kind && c.sequence === sequence);
      return chunk === undefined ? undefined : { bundle, chunk };
    }
    return undefined;
  }

  private forgetFramed(newest: Bundle): void {
    for (; this.framedFrom < newest.number; this.framedFrom++) {
      const bundle = this.get(this.framedFrom);
      if (bundle !== undefined && newest.endMs - bundle.endMs <= this.limits.keepFramedMs) return;
      bundle?.forgetFramed();
    }
  }

  private evict(): void {
    const newest = this.bundles.at(-1);
    if (newest === undefined) return;
    for (;;) {
      const first = this.bundles[0];
      if (first === undefined || first === newest) return;
      const ageMs = newest.endMs - first.endMs;
      const key = this.keys.at(-1);
      const holdsLastKey = key === undefined ? false : key.bundle.number <= first.number;
      const old = ageMs > (holdsLastKey ? this.limits.keepKeyMs : this.limits.keepMs);
      const tooMany = this.bundles.length > this.limits.maxBundles;
      if (!old && !tooMany && this.bytes <= this.limits.maxBytes) return;
      this.bundles.shift();
      this.bytes -= first.mediaBytes;
      while (this.keys[0]?.bundle === first) this.keys.shift();
    }
  }
}
