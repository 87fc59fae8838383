/**
 * Writes the chunks of one track: frames and cuts go in, init segments, chunks and part and segment ends come out.
 *
 * Where to cut is decided by the packager; what belongs together, and that times have no seams, is kept here.
 * Spec: ISO/IEC 23000-19 (CMAF) §7.3.2; the decode times of a fragment follow from its tfdt and sample durations,
 * so that each chunk begins where the one before it ended.
 */
import { assert } from '../bytes/format-error.ts';
import { writeChunk, writeInitSegment } from '../fmp4/index.ts';
import type { Frame, TrackConfig, TrackKind } from '../frame.ts';
import { type Ms, type Ticks, type UnixMs, msToTicks, ticksToMs } from '../time/units.ts';
import { type InitSegment, type PackagerEvent, TRACK_IDS } from './events.ts';

/** What the first frame of a new segment needs to know. */
export interface SegmentStart {
  readonly segment: number;
  readonly epoch: number;
  readonly discontinuity: boolean;
}

export class TrackCutter {
  readonly kind: TrackKind;
  readonly #out: (event: PackagerEvent) => void;
  #config: TrackConfig | undefined;
  #init: InitSegment | undefined;
  #initVersion = 0;
  #sequence = 0;

  #frames: Frame[] = [];
  #captureMs: UnixMs = 0;
  #start: SegmentStart = { segment: 0, epoch: 0, discontinuity: false };
  #begun = false;
  #discontinuityPending = false;
  #part = 0;
  #segmentStart: Ticks = 0;
  #partStart: Ticks = 0;
  #framesInPart = 0;
  #partsInSegment = 0;
  #framesInEpoch = 0;
  #independent = false;
  #end: Ticks = 0;

  constructor(kind: TrackKind, out: (event: PackagerEvent) => void) {
    this.kind = kind;
    this.#out = out;
  }

  get config(): TrackConfig | undefined {
    return this.#config;
  }
  get timescale(): number {
    return this.#config?.timescale ?? 1;
  }
  /** A segment was begun and not yet ended; it may still be without frames. */
  get begun(): boolean {
    return this.#begun;
  }
  /** Has frames in the current segment. */
  get open(): boolean {
    return this.#framesInPart > 0 || this.#partsInSegment > 0;
  }
  get partOpen(): boolean {
    return this.#framesInPart > 0;
  }
  get framesInPart(): number {
    return this.#framesInPart;
  }
  /** No frame yet since the last discontinuity: a new configuration may begin here. */
  get freshEpoch(): boolean {
    return this.#framesInEpoch === 0;
  }
  /** The current segment starts with a frame that decoding can start at. */
  get independent(): boolean {
    return this.#independent;
  }
  get segment(): number {
    return this.#start.segment;
  }
  /** Where the last frame ends, by its estimated duration. */
  get end(): Ticks {
    return this.#end;
  }
  get endMs(): Ms {
    return ticksToMs(this.#end, this.timescale);
  }
  get segmentStartMs(): Ms {
    return ticksToMs(this.#segmentStart, this.timescale);
  }
  get partStartMs(): Ms {
    return ticksToMs(this.#partStart, this.timescale);
  }
  get chunkMs(): Ms {
    const first = this.#frames[0];
    return first === undefined ? 0 : ticksToMs(this.#end - first.dts, this.timescale);
  }

  /** The following frames have this configuration. Only between a `beginSegment` and its first frame. */
  configure(config: TrackConfig): void {
    assert(!this.open, `the ${this.kind} configuration changes only between segments`);
    const endMs = this.endMs;
    this.#config = config;
    this.#init = undefined;
    this.#end = msToTicks(endMs, config.timescale);
  }

  beginSegment(start: SegmentStart): void {
    assert(!this.open, `the ${this.kind} segment before it was ended`);
    if (start.epoch !== this.#start.epoch) {
      this.#framesInEpoch = 0;
      this.#discontinuityPending = this.#sequence > 0;
    }
    this.#start = start;
    this.#begun = true;
    this.#part = 0;
  }

  /**
   * Adds one frame to the current chunk. `bridge`: decoding goes on where the track ended, even when this frame
   * came a little later or earlier than the estimate said; its presentation time stays exact.
   */
  push(frame: Frame, bridge: boolean): void {
    const last = this.#frames.at(-1);
    let dts = frame.dts;
    if (last === undefined) {
      if (dts < this.#end || (bridge && this.#framesInEpoch > 0)) dts = this.#end;
      this.#captureMs = frame.arrivalMs;
      if (!this.open) {
        this.#segmentStart = dts;
        this.#independent = frame.key;
      }
      if (!this.partOpen) this.#partStart = dts;
    } else {
      dts = Math.max(dts, last.dts + 1);
      this.#setLastEnd(dts);
    }
    const duration = Math.max(1, frame.dts + frame.duration - dts);
    this.#frames.push(dts === frame.dts && duration === frame.duration ? frame : { ...frame, dts, duration });
    this.#end = dts + duration;
    this.#framesInPart++;
    this.#framesInEpoch++;
  }

  /** The frame that is known to come next starts at `dts`: the last pending frame lasts until then. */
  #setLastEnd(dts: Ticks): void {
    const index = this.#frames.length - 1;
    const last = this.#frames[index];
    if (last === undefined || dts <= last.dts) return;
    if (last.dts + last.duration !== dts) this.#frames[index] = { ...last, duration: dts - last.dts };
    this.#end = dts;
  }

  /**
   * The next frame, which opens a new piece, starts at `dts`: the last frame lasts until then as far as the part
   * stays within `limitMs`. A little less than was estimated is left to the next frame, as audio may already have
   * been counted up to the estimate. Nothing to do once the chunk is out.
   */
  stretchTo(dts: Ticks, limitMs: Ms): void {
    const last = this.#frames.at(-1);
    if (last === undefined || (dts < this.#end && this.#end - dts < last.duration / 2)) return;
    const limit = this.#partStart + Math.floor((limitMs * this.timescale) / 1000);
    this.#setLastEnd(Math.min(dts, limit));
  }

  endChunk(): void {
    const first = this.#frames[0];
    if (first === undefined) return;
    assert(this.#config !== undefined, `${this.kind} frames come after their configuration`);
    const init = this.#announceInit(this.#config);
    const sequence = this.#sequence++;
    const written = writeChunk({
      trackId: TRACK_IDS[this.kind],
      sequenceNumber: sequence + 1,
      timescale: this.timescale,
      frames: this.#frames,
      captureMs: this.#captureMs,
    });
    this.#out({
      type: 'chunk',
      chunk: {
        kind: this.kind,
        init,
        sequence,
        bytes: written.bytes,
        payloadOffset: written.payloadOffset,
        dts: first.dts,
        duration: this.#end - first.dts,
        key: first.key,
        discontinuity: this.#discontinuityPending,
        epoch: this.#start.epoch,
        segment: this.#start.segment,
        part: this.#part,
        frameCount: this.#frames.length,
        captureMs: this.#captureMs,
      },
    });
    this.#discontinuityPending = false;
    this.#frames = [];
  }

  endPart(): void {
    this.endChunk();
    if (this.#framesInPart === 0) return;
    this.#out({ type: 'part-end', kind: this.kind, segment: this.#start.segment, part: this.#part });
    this.#part++;
    this.#partsInSegment++;
    this.#framesInPart = 0;
  }

  endSegment(): void {
    this.endPart();
    this.#begun = false;
    if (this.#partsInSegment === 0) return;
    this.#partsInSegment = 0;
    this.#out({ type: 'segment-end', kind: this.kind, segment: this.#start.segment });
  }

  #announceInit(config: TrackConfig): InitSegment {
    if (this.#init !== undefined) return this.#init;
    const init: InitSegment = {
      kind: this.kind,
      version: this.#initVersion++,
      config,
      bytes: writeInitSegment([{ trackId: TRACK_IDS[this.kind], config }]),
    };
    this.#init = init;
    this.#out({ type: 'init', init });
    return init;
  }
}
