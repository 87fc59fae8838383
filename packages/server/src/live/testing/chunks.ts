/** Chunks and bundles by hand, for tests of what happens behind the packager. */
import type { Chunk, InitSegment, TrackKind } from '@millrace/media';
import { Bundle, FIRST_MARK } from '../bundle.ts';
import { BundleRing, type RingLimits } from '../ring.ts';

export const CHUNK_MS = 100;

export function initOf(kind: TrackKind, version = 0): InitSegment {
  const common = {
    codecString: kind === 'video' ? 'avc1.42C01F' : 'mp4a.40.2',
    record: new Uint8Array(),
    timescale: 1000,
  };
  return {
    kind,
    version,
    bytes: Buffer.from(`init ${kind} ${version}`),
    config:
      kind === 'video'
        ? {
            ...common,
            kind,
            codec: 'avc',
            width: 1280,
            height: 720,
            sampleAspectRatio: [1, 1],
            frameRate: 25,
          }
        : { ...common, kind, codec: 'aac', sampleRate: 48_000, channels: 2, frameTicks: 21 },
  };
}

export const INITS = { video: initOf('video'), audio: initOf('audio') };

export function chunkOf(kind: TrackKind, sequence: number, more: Partial<Chunk> = {}): Chunk {
  return {
    kind,
    init: INITS[kind],
    sequence,
    bytes: Buffer.from(`${kind} ${sequence};`),
    payloadOffset: 0,
    dts: sequence * CHUNK_MS,
    duration: CHUNK_MS,
    key: kind === 'audio',
    discontinuity: false,
    epoch: 0,
    segment: 0,
    part: 0,
    frameCount: 3,
    captureMs: 1_700_000_000_000 + sequence * CHUNK_MS,
    ...more,
  };
}

/** A broadcast by hand: a bundle a tick, a key frame every `keyEvery` ticks. */
export class TestSource {
  readonly id = 'b1';
  readonly ring: BundleRing;
  private readonly keyEvery: number;
  private readonly bytes: number;
  private readonly inits: Record<TrackKind, InitSegment> = { ...INITS };
  private atMs = 0;

  constructor(options: { keyEvery?: number; limits?: RingLimits; bytes?: number } = {}) {
    this.keyEvery = options.keyEvery ?? 10;
    this.bytes = options.bytes ?? 0;
    this.ring = new BundleRing(options.limits);
  }

  get head() {
    return this.ring.newest?.end ?? FIRST_MARK;
  }

  tracks(): readonly InitSegment[] {
    return [this.inits.video, this.inits.audio];
  }

  changeVideoInit(): void {
    this.inits.video = initOf('video', this.inits.video.version + 1);
  }

  tick(): Bundle {
    const mark = this.head;
    const { bundle: number } = mark;
    const initBefore = this.ring.newest?.chunks[0]?.init;
    const chunks = [
      chunkOf('video', number, {
        init: this.inits.video,
        key: number % this.keyEvery === 0,
        ...(this.bytes === 0 ? {} : { bytes: Buffer.alloc(this.bytes, number) }),
      }),
      chunkOf('audio', number, { init: this.inits.audio }),
    ];
    this.atMs += CHUNK_MS;
    const bundle = new Bundle(chunks, mark, this.atMs, initBefore !== this.inits.video);
    this.ring.push(bundle);
    return bundle;
  }
}
