/**
 * One broadcast: a live session of a channel from its first frame to its end, whoever feeds it meanwhile.
 *
 * In: messages of the publisher of the moment, and what the hub says about publishers (came, gone, over). Out: the
 * packager's events, bundles and changes of state. Its state is one union; `live/hub.ts` decides which publisher
 * may feed it.
 *
 *   starting ── first frame ──▶ live ◀── frame ──▶ interrupted ── grace time over, or stopped ──▶ ended
 */
import type { BroadcastState as BroadcastStateName } from '@millrace/contract';
import type { InitSegment, Ms, PackagerEvent, TrackKind, UnixMs } from '@millrace/media';
import type { SegmentWindow } from '@millrace/media/segment';
import type { Bundle, Mark } from './bundle.ts';
import type { Clock, MonotonicMs, Timer } from './clock.ts';
import { IngestMonitor, type IngestSnapshot } from './ingest-monitor.ts';
import { Pipeline } from './pipeline.ts';
import type { ChannelMediaSettings, MediaMessage, PublisherInfo } from './ports.ts';
import { FrameOutputs } from './frame-outputs.ts';
import { BundleRing } from './ring.ts';
import { ViewerReports } from './viewer-reports.ts';

/** Why a broadcast is over. */
export type EndReason = 'grace-over' | 'stopped-by-operator' | 'revoked' | 'server-stopping';

export type BroadcastState =
  /** A publisher was let in but sent no frame yet: nobody knows of this broadcast. */
  | { readonly name: 'starting' }
  | { readonly name: 'live' }
  /** No media comes: the encoder is gone, or silent. Ends when the grace time is over. */
  | { readonly name: 'interrupted'; readonly sinceMs: MonotonicMs; readonly grace: Timer }
  | { readonly name: 'ended'; readonly reason: EndReason; readonly atMs: UnixMs };

export type BroadcastEvent =
  /** At once, before the tick: for those who build files and playlists. */
  | { readonly type: 'packaged'; readonly event: PackagerEvent }
  | { readonly type: 'state'; readonly state: BroadcastState };

/** A connection that is sent every bundle. Called for each viewer in each tick: be quick. */
export interface BundleReceiver {
  onBundle(bundle: Bundle): void;
  onState(state: BroadcastState): void;
}

export interface BroadcastOptions {
  readonly id: string;
  readonly channel: string;
  readonly channelId: string;
  readonly settings: ChannelMediaSettings;
  readonly clock: Clock;
  readonly tickMs: () => Ms;
  /** The first frame came: from now on the broadcast exists for everybody else. */
  readonly onBegan: (broadcast: Broadcast) => void;
  readonly onEnded: (broadcast: Broadcast) => void;
}

/** An encoder that sends both tracks sends both within this; who waits longer has a broadcast of one track. */
export const TRACKS_SETTLE_MS = 1_000;

export class Broadcast {
  readonly id: string;
  readonly channel: string;
  readonly channelId: string;
  readonly settings: ChannelMediaSettings;
  readonly ring = new BundleRing();
  readonly frames = new FrameOutputs();
  readonly reports = new ViewerReports();
  private readonly options: BroadcastOptions;
  private readonly pipeline: Pipeline;
  private readonly monitor = new IngestMonitor();
  private readonly listeners = new Set<(event: BroadcastEvent) => void>();
  private readonly receivers = new Set<BundleReceiver>();
  private readonly viewerCounters = new Set<() => number>();
  private readonly inits = new Map<TrackKind, InitSegment>();
  private current: BroadcastState = { name: 'starting' };
  private publisher: PublisherInfo | undefined;
  private graceMs: Ms;
  private began: { readonly unixMs: UnixMs; readonly monotonicMs: MonotonicMs } | undefined;
  private lastFrame: MonotonicMs;

  constructor(options: BroadcastOptions) {
    const { clock, settings, tickMs } = options;
    this.options = options;
    this.id = options.id;
    this.channel = options.channel;
    this.channelId = options.channelId;
    this.settings = settings;
    this.graceMs = settings.graceMs;
    this.lastFrame = clock.monotonicMs();
    this.pipeline = new Pipeline({
      settings,
      clock,
      tickMs,
      outputs: {
        config: (config) => {
          this.monitor.config(config);
          this.frames.config(config);
        },
        frame: (frame) => {
          this.onFrame();
          this.monitor.frame(frame, this.lastFrame);
          this.frames.push(frame);
        },
        packaged: (event) => {
          if (event.type === 'init') this.inits.set(event.init.kind, event.init);
          this.tell({ type: 'packaged', event });
        },
        bundle: (bundle) => {
          this.ring.push(bundle);
          for (const receiver of this.receivers) receiver.onBundle(bundle);
        },
        dropped: () => this.monitor.dropped(clock.monotonicMs()),
      },
    });
  }

  get state(): BroadcastState {
    return this.current;
  }

  /** The state in the words of the player; a broadcast that nobody knows of yet is being waited for. */
  get stateName(): BroadcastStateName {
    return this.current.name === 'starting' ? 'waiting' : this.current.name;
  }

  /** Unix ms of the first frame. */
  get startedAtMs(): UnixMs {
    return this.began?.unixMs ?? this.options.clock.unixMs();
  }

  /** How long it has been on the air. */
  get ageMs(): Ms {
    return this.began === undefined ? 0 : this.options.clock.monotonicMs() - this.began.monotonicMs;
  }

  /** Segments and parts for HLS. */
  get window(): SegmentWindow {
    return this.pipeline.window;
  }

  /** The current init segment of each track that has one, video first. */
  tracks(): readonly InitSegment[] {
    return (['video', 'audio'] as const).flatMap((kind) => this.inits.get(kind) ?? []);
  }

  /** Nobody need wait for another track: both are here, or the broadcast is old enough to have one only. */
  get tracksSettled(): boolean {
    return this.inits.size === 2 || this.ageMs >= TRACKS_SETTLE_MS || this.current.name === 'ended';
  }

  /** Monotonic time of the last frame, or of the making when none came. */
  get lastFrameMs(): MonotonicMs {
    return this.lastFrame;
  }

  /** The mark that the next bundle will start at. */
  get head(): Mark {
    return this.pipeline.head;
  }

  /** Follow what is packaged and every change of state. The answer ends it. */
  subscribe(listener: (event: BroadcastEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Receive every bundle, and count as a viewer. The answer ends it. */
  attach(receiver: BundleReceiver): () => void {
    this.receivers.add(receiver);
    return () => this.receivers.delete(receiver);
  }

  /** Viewers that poll (HLS) are counted by who serves them. The answer ends it. */
  addViewerCounter(count: () => number): () => void {
    this.viewerCounters.add(count);
    return () => this.viewerCounters.delete(count);
  }

  get viewerCount(): number {
    let count = this.receivers.size;
    for (const more of this.viewerCounters) count += more();
    return count;
  }

  /** Health of what arrives, and who sends it. */
  health(): IngestSnapshot & { readonly encoder: string; readonly driftMs: Ms } {
    const driftMs = Math.round(this.pipeline.driftMs);
    const snapshot = this.monitor.snapshot(this.options.clock.monotonicMs(), driftMs);
    return {
      ...snapshot,
      droppedFrames: snapshot.droppedFrames + this.pipeline.timelineDrops,
      encoder: this.publisher?.encoder ?? '',
      driftMs,
    };
  }

  // What the hub says.

  /** A publisher feeds it from now on; the one before, if any, is gone. */
  fedBy(publisher: PublisherInfo, settings: ChannelMediaSettings): void {
    if (this.publisher !== undefined) {
      this.pipeline.resume();
      this.monitor.restart();
    }
    this.publisher = publisher;
    this.graceMs = settings.graceMs;
  }

  push(message: MediaMessage, arrivalMs: UnixMs): void {
    if (this.current.name !== 'ended') this.pipeline.push(message, arrivalMs);
  }

  /** No media comes any more: the grace time starts. */
  interrupt(): void {
    if (this.current.name !== 'live') return;
    if (this.graceMs === 0) return this.end('grace-over');
    const { clock } = this.options;
    const grace = clock.after(this.graceMs, () => this.end('grace-over'));
    this.enter({ name: 'interrupted', sinceMs: clock.monotonicMs(), grace });
  }

  end(reason: EndReason): void {
    if (this.current.name === 'ended') return;
    if (this.current.name === 'interrupted') this.current.grace.cancel();
    const wasKnown = this.current.name !== 'starting';
    this.pipeline.end();
    this.enter({ name: 'ended', reason, atMs: this.options.clock.unixMs() });
    if (wasKnown) this.options.onEnded(this);
  }

  private onFrame(): void {
    const { clock } = this.options;
    this.lastFrame = clock.monotonicMs();
    switch (this.current.name) {
      case 'live':
      case 'ended':
        return;
      case 'starting':
        this.began = { unixMs: clock.unixMs(), monotonicMs: this.lastFrame };
        this.enter({ name: 'live' });
        this.options.onBegan(this);
        return;
      case 'interrupted':
        this.current.grace.cancel();
        this.enter({ name: 'live' });
        return;
    }
  }

  private enter(state: BroadcastState): void {
    this.current = state;
    this.tell({ type: 'state', state });
    for (const receiver of this.receivers) receiver.onState(state);
  }

  private tell(event: BroadcastEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
