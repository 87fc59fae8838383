/**
 * Frames of up to two tracks in, CMAF chunks, parts and segments of both out: built once a broadcast.
 *
 * Video leads: it cuts chunks, parts and segments, and each cut's media time is handed to the audio, which cuts
 * itself when its frames pass that time (the frame that sounds at the cut opens the new piece). Audio alone leads
 * itself. A chunk leaves when it is full by the estimated duration of its last frame, not when the next frame comes.
 *
 * Spec: ISO/IEC 23000-19 (CMAF) §6.6.8, §7.3.2; draft-pantos-hls-rfc8216bis §4.4.4.9 for the length of parts.
 * Memory: a payload is copied once, into its chunk; parts and segments are runs of chunks.
 */
import type { Frame, TrackConfig } from '../frame.ts';
import { type Ms, ticksToMs } from '../time/units.ts';
import { AudioFollower } from './audio-follower.ts';
import type { PackagerEvent, PackagerOptions, Targets } from './events.ts';
import { sameConfig } from './same-config.ts';
import {
  type PartPlan,
  chooseTargetDuration,
  framesAPart,
  longestSegmentMs,
  planAudioParts,
  planVideoParts,
} from './targets.ts';
import { type SegmentStart, TrackCutter } from './track-cutter.ts';

export class Packager {
  readonly #options: PackagerOptions;
  #events: PackagerEvent[] = [];
  readonly #video: TrackCutter;
  readonly #audio: TrackCutter;
  readonly #follower: AudioFollower;

  #leader: 'video' | 'audio' | 'nobody' = 'nobody';
  /** The newest segment's number and epoch; both tracks count with it. */
  #segment = -1;
  #epoch = 0;
  /** Where the segment may begin on either track: after a hole, sound may begin it before the picture does. */
  #segmentFromMs: Ms = 0;
  #parts: PartPlan | undefined;
  #targets: Targets | undefined;

  #videoConfig: TrackConfig | undefined;
  /** Video frames are useless until a key frame: at the start, after a discontinuity or a new configuration. */
  #needsKey = true;
  /** The next segment opens with a discontinuity on both tracks. */
  #breakPending = false;

  constructor(options: PackagerOptions) {
    this.#options = options;
    const out = (event: PackagerEvent): void => void this.#events.push(event);
    this.#video = new TrackCutter('video', out);
    this.#audio = new TrackCutter('audio', out);
    this.#follower = new AudioFollower(this.#audio, options, {
      lead: () => this.#audioTakesOver(),
      nextSegment: () => this.#nextSegment(),
      segmentEnds: () => this.#chooseTargets(this.#audio),
      planParts: (frameMs) => (this.#parts ??= planAudioParts(frameMs, options.partMs)),
      partTargetMs: () => this.#parts?.targetMs ?? Number.POSITIVE_INFINITY,
      longestSegmentMs: () => longestSegmentMs(this.#targets) + AUDIO_OVERHANG_MS,
      requestBreak: () => {
        this.#breakPending = true;
      },
    });
  }

  /** The limits of parts and segments, once the first segment is whole. */
  get targets(): Targets | undefined {
    return this.#targets;
  }

  /**
   * A track's configuration, before its first frame or whenever it changes. The same again changes nothing.
   * A change takes effect with a discontinuity at the next key frame; frames that need it wait or are dropped.
   */
  configure(config: TrackConfig): PackagerEvent[] {
    if (config.kind === 'audio') {
      this.#follower.configure(config);
    } else if (this.#videoConfig === undefined || !sameConfig(this.#videoConfig, config)) {
      this.#breakPending ||= this.#video.config !== undefined;
      this.#needsKey = true;
      this.#videoConfig = config;
    }
    return this.#take();
  }

  push(frame: Frame): PackagerEvent[] {
    if (frame.kind === 'audio') this.#follower.push(frame);
    else if (this.#videoConfig !== undefined) this.#pushVideo(frame, this.#videoConfig);
    return this.#take();
  }

  /** Everything that is held comes out; the last part and segment of each track end. */
  end(): PackagerEvent[] {
    this.#endVideoSegment();
    this.#follower.end();
    this.#events.push({ type: 'end' });
    return this.#take();
  }

  #take(): PackagerEvent[] {
    if (this.#events.length === 0) return NO_EVENTS;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #pushVideo(frame: Frame, config: TrackConfig): void {
    const video = this.#video;
    if (frame.discontinuity && video.config !== undefined) {
      this.#breakPending = true;
      this.#needsKey = true;
    }
    if (this.#needsKey && !frame.key) return;

    const timescale = config.timescale;
    const frameMs = ticksToMs(frame.duration, timescale);
    const startMs = ticksToMs(frame.dts, timescale);
    const limitMs = this.#videoPartLimitMs(frameMs);
    const fitsPart = startMs + frameMs - video.partStartMs <= limitMs;
    /** A frame that comes late is decoded on time, unless the hole is too long for any part. */
    const bridge = startMs + frameMs - video.endMs <= limitMs;

    if (
      this.#leader !== 'video' ||
      this.#breakPending ||
      this.#endsSegment(frame, startMs, frameMs, bridge)
    ) {
      this.#beginVideoSegment(frame, config, startMs, bridge);
    } else if (video.partOpen && !fitsPart) {
      video.stretchTo(frame.dts, limitMs);
      this.#endVideoPart();
    }
    video.push(frame, bridge);

    const inPartMs = video.endMs - video.partStartMs;
    if (this.#partIsFull(inPartMs, frameMs)) this.#endVideoPart();
    else if (this.#options.chunkMs === 0 || video.chunkMs + frameMs / 2 >= this.#options.chunkMs) {
      video.endChunk();
      this.#follower.cut({ atMs: video.endMs, level: 'chunk' });
    }
    this.#follower.advance(video.endMs, frame.arrivalMs);
  }

  /** At a key frame past the target; at any key frame that mends a cut without one; and when nothing else may grow. */
  #endsSegment(frame: Frame, startMs: Ms, frameMs: Ms, bridge: boolean): boolean {
    const video = this.#video;
    if (!bridge) return true;
    const elapsedMs = startMs - video.segmentStartMs;
    if (frame.key && (!video.independent || elapsedMs + frameMs / 2 >= this.#options.segmentMs)) return true;
    return startMs + frameMs - this.#segmentFromMs > longestSegmentMs(this.#targets);
  }

  #beginVideoSegment(frame: Frame, config: TrackConfig, startMs: Ms, bridge: boolean): void {
    const video = this.#video;
    const wasLeading = this.#leader === 'video';
    if (wasLeading && !this.#breakPending) {
      const partLimitMs = this.#videoPartLimitMs(ticksToMs(frame.duration, config.timescale));
      const roomMs = this.#segmentFromMs + longestSegmentMs(this.#targets) - video.partStartMs;
      video.stretchTo(frame.dts, Math.min(partLimitMs, roomMs));
    }
    this.#endVideoSegment();
    if (this.#leader === 'audio') this.#chooseTargets(this.#audio);
    const endedMs = video.endMs;
    const start = this.#nextSegment();
    if (video.config !== config) video.configure(config);
    video.beginSegment(start);
    this.#needsKey = false;
    this.#leader = 'video';
    this.#segmentFromMs = Math.min(
      startMs,
      wasLeading ? endedMs : this.#audio.open ? this.#audio.endMs : startMs,
    );
    const seamless = bridge && !start.discontinuity && wasLeading;
    this.#follower.cut({ atMs: seamless ? video.endMs : startMs, level: 'segment', start });
  }

  #planParts(): void {
    const { endMs, partStartMs, framesInPart } = this.#video;
    const first = { durationMs: endMs - partStartMs, frameCount: framesInPart };
    this.#parts ??= planVideoParts(first, this.#options.partMs, this.#follower.frameMs);
  }

  #endVideoPart(): void {
    this.#planParts();
    this.#video.endPart();
    this.#follower.cut({ atMs: this.#video.endMs, level: 'part' });
  }

  #endVideoSegment(): void {
    if (!this.#video.open) return;
    if (this.#video.partOpen) this.#planParts();
    this.#chooseTargets(this.#video);
    this.#video.endSegment();
  }

  #partIsFull(inPartMs: Ms, frameMs: Ms): boolean {
    if (this.#parts !== undefined) return inPartMs + frameMs > this.#parts.limitMs;
    const count = this.#video.framesInPart;
    return count >= framesAPart(inPartMs / count, this.#options.partMs);
  }

  #videoPartLimitMs(frameMs: Ms): Ms {
    return this.#parts?.limitMs ?? framesAPart(frameMs, this.#options.partMs) * frameMs + frameMs / 2;
  }

  /** The first segment that ends fixes what playlists promise. */
  #chooseTargets(track: TrackCutter): void {
    if (this.#targets !== undefined || this.#parts === undefined) return;
    this.#targets = {
      partTargetMs: this.#parts.targetMs,
      targetDurationSeconds: chooseTargetDuration(this.#options, track.endMs - track.segmentStartMs),
    };
    this.#events.push({ type: 'targets', targets: this.#targets });
  }

  #nextSegment(): SegmentStart {
    this.#segment++;
    const discontinuity = this.#breakPending;
    this.#breakPending = false;
    if (discontinuity) this.#epoch++;
    return { segment: this.#segment, epoch: this.#epoch, discontinuity };
  }

  /** Video vanished, or never came. */
  #audioTakesOver(): void {
    this.#endVideoSegment();
    this.#leader = 'audio';
  }
}

/** An audio segment may end up to one frame (HE-AAC: 46 ms) after the video's, and still round to the target. */
const AUDIO_OVERHANG_MS: Ms = 50;
const NO_EVENTS: PackagerEvent[] = [];
