/**
 * The way of a frame, in one place: every stop that media passes between a publisher and a viewer.
 *
 *   MediaMessage ─ TagReader ─ TagEvent ─ Timeline ─ Frame ─┬─ frame subscribers (outputs that need frames)
 *                                                           └─ Packager ─ PackagerEvent ─┬─ SegmentWindow (HLS)
 *                                                                                        └─ Ticker ─ Bundle (sockets)
 *
 * In: messages of one publisher after another. Out: through `PipelineOutputs`, in order, synchronously.
 */
import { FormatError, type Frame, type PackagerEvent, type TrackConfig, type UnixMs } from '@millrace/media';
import { TagReader } from '@millrace/media/flv';
import { Packager, SegmentWindow } from '@millrace/media/segment';
import { Timeline } from '@millrace/media/time';
import type { Bundle, Mark } from './bundle.ts';
import type { Clock } from './clock.ts';
import type { ChannelMediaSettings, MediaMessage } from './ports.ts';
import { Ticker } from './ticker.ts';

export interface PipelineOutputs {
  /** A configuration of a track; after a resume it may be the same again. */
  config(config: TrackConfig): void;
  frame(frame: Frame): void;
  packaged(event: PackagerEvent): void;
  bundle(bundle: Bundle): void;
  /** Something was left out; `code` says why. */
  dropped(code: string): void;
}

export interface PipelineOptions {
  readonly settings: ChannelMediaSettings;
  readonly clock: Clock;
  /** How wide a tick is at this moment; 0 = every chunk. */
  readonly tickMs: () => number;
  readonly outputs: PipelineOutputs;
}

export class Pipeline {
  readonly window: SegmentWindow;
  private readonly outputs: PipelineOutputs;
  private readonly timeline = new Timeline();
  private readonly packager: Packager;
  private readonly ticker: Ticker;
  private reader = new TagReader();

  constructor({ settings, clock, tickMs, outputs }: PipelineOptions) {
    const { chunkMs, partMs, segmentMs } = settings;
    this.outputs = outputs;
    this.packager = new Packager({ chunkMs, partMs, segmentMs });
    this.window = new SegmentWindow();
    this.ticker = new Ticker({ clock, chunkMs, tickMs, emit: (bundle) => outputs.bundle(bundle) });
  }

  /** From here on the messages come from another connection of the same channel. */
  resume(): void {
    this.reader = new TagReader();
    this.timeline.resume();
  }

  push(message: MediaMessage, arrivalMs: UnixMs): void {
    try {
      for (const event of this.reader.read(message.type, message.timestampMs, message.payload)) {
        switch (event.type) {
          case 'config':
            this.configure(event.config);
            break;
          case 'frame':
            for (const frame of this.timeline.push(event.frame, arrivalMs)) this.package(frame);
            break;
          case 'dropped':
            this.outputs.dropped(event.code);
            break;
          case 'metadata': // A hint of the encoder's; the codec headers are the truth.
          case 'end': // The track may come back; a silent track is noticed by its silence.
            break;
        }
      }
    } catch (error) {
      // One message that nobody can read is the loss of that message, not of the broadcast.
      if (!(error instanceof FormatError)) throw error;
      this.outputs.dropped(error.code);
    }
    this.ticker.settle();
  }

  /** The broadcast is over: what was begun becomes whole and leaves. */
  end(): void {
    this.deliver(this.packager.end());
    this.ticker.flush();
  }

  /** Audio clock minus video clock since the beginning, as the timeline saw it. */
  get driftMs(): number {
    return this.timeline.stats().driftMs;
  }

  /** Frames the timeline left out because no time could be found for them. */
  get timelineDrops(): number {
    return this.timeline.stats().droppedFrames;
  }

  /** The mark that the next bundle will start at. */
  get head(): Mark {
    return this.ticker.head;
  }

  private configure(config: TrackConfig): void {
    this.timeline.configure(config);
    this.outputs.config(config);
    // An encoder that came back repeats its headers; the packager makes a new init segment of a real change only.
    this.deliver(this.packager.configure(config));
  }

  private package(frame: Frame): void {
    this.outputs.frame(frame);
    this.deliver(this.packager.push(frame));
  }

  private deliver(events: readonly PackagerEvent[]): void {
    for (const event of events) {
      this.window.apply(event);
      if (event.type === 'chunk') this.ticker.add(event.chunk);
      this.outputs.packaged(event);
    }
  }
}
