/**
 * The hub: which channel is fed by whom, and which broadcast a viewer of a channel sees.
 *
 * In: publishers that were let in (`PublishTarget`). Out: broadcasts by channel. It owns the rules about
 * connections: what a second publisher may do, when a silent one is given up, that a broadcast outlives them, and
 * how long an ended one stays for viewers that lag. A loser of any of these rules leaves no trace.
 */
import { randomBytes } from 'node:crypto';
import type { Ms, UnixMs } from '@millrace/media';
import { Broadcast, type EndReason } from './broadcast.ts';
import type { Clock, MonotonicMs, Timer } from './clock.ts';
import type {
  BroadcastObserver,
  MediaMessage,
  PublishAnswer,
  PublishDecision,
  PublisherEndReason,
  PublisherInfo,
  PublisherSink,
  PublishTarget,
} from './ports.ts';
import { TickPolicy } from './tick-policy.ts';

/** A publisher without a frame for so long is stale: under `refuse`, a newcomer with the same key takes over. */
export const STALE_MS = 3_000;
/** A connected publisher that falls silent for so long interrupts the broadcast, as if it were gone. */
export const SILENT_MS = 5_000;
/** A publisher that was let in and sends no frame at all is shown out. */
export const NO_MEDIA_MS = 15_000;
/** An ended broadcast stays so long for HLS viewers that lag: several target durations and a slow network. */
export const LINGER_MS = 60_000;
/** How often silence is looked for. */
const SWEEP_MS = 1_000;

export type Publishable = PublishDecision & { readonly allowed: true };

export interface HubOptions {
  readonly clock: Clock;
  readonly observer: BroadcastObserver;
  /** Joins what comes within this time into one write a viewer; 0 = every chunk. */
  readonly fanoutTickMs: Ms;
  /** Share of the time since the last call in which the event loop was busy; left out, ticks never widen. */
  readonly loopUtilisation?: () => number;
  readonly newId?: () => string;
}

interface Channel {
  readonly name: string;
  /** The latest broadcast: fed, interrupted, or ended and lingering. */
  broadcast: Broadcast;
  publication: Publication | undefined;
  linger: Timer | undefined;
}

export class LiveHub implements PublishTarget {
  private readonly options: HubOptions;
  private readonly ticks: TickPolicy;
  private readonly channels = new Map<string, Channel>();
  private readonly watchers = new Map<string, Set<(broadcast: Broadcast) => void>>();
  private sweepTimer: Timer | undefined;
  private stopping = false;

  constructor(options: HubOptions) {
    this.options = options;
    this.ticks = new TickPolicy(options.fanoutTickMs);
  }

  // For delivery.

  /** The broadcast of a channel: live, interrupted, or ended a little while ago. */
  broadcast(channel: string): Broadcast | undefined {
    const broadcast = this.channels.get(channel)?.broadcast;
    return broadcast?.state.name === 'starting' ? undefined : broadcast;
  }

  /** As `broadcast`, but only one that can still go on. */
  onAir(channel: string): Broadcast | undefined {
    const broadcast = this.broadcast(channel);
    return broadcast?.state.name === 'ended' ? undefined : broadcast;
  }

  /** All broadcasts that are live or interrupted. */
  *all(): Generator<Broadcast, void> {
    for (const channel of this.channels.keys()) {
      const broadcast = this.onAir(channel);
      if (broadcast !== undefined) yield broadcast;
    }
  }

  /** Told of every broadcast of a channel that begins from now on. The answer ends it. */
  watch(channel: string, onBegan: (broadcast: Broadcast) => void): () => void {
    const set = this.watchers.get(channel) ?? new Set();
    this.watchers.set(channel, set.add(onBegan));
    return () => {
      set.delete(onBegan);
      if (set.size === 0 && this.watchers.get(channel) === set) this.watchers.delete(channel);
    };
  }

  // For the operator.

  /** Ids of the stream keys that publish at this moment. */
  *publishingKeys(): Generator<string, void> {
    for (const { publication } of this.channels.values()) {
      if (publication !== undefined) yield publication.decision.keyId;
    }
  }

  /** Shows out whoever publishes with a key, and ends that broadcast: there is nobody to wait for. */
  endPublisher(keyId: string, reason: 'revoked' | 'stopped-by-operator'): void {
    for (const channel of this.channels.values()) {
      if (channel.publication?.decision.keyId !== keyId) continue;
      channel.publication.showOut(reason);
      this.finish(channel, reason);
    }
  }

  /** Ends everything: publishers are told, broadcasts become whole, and nobody new is let in. */
  close(): void {
    this.stopping = true;
    for (const channel of this.channels.values()) {
      channel.publication?.showOut('server-stopping');
      this.finish(channel, 'server-stopping');
      channel.linger?.cancel();
    }
    this.sweepTimer?.cancel();
  }

  // For ingest.

  publish(
    decision: Publishable,
    info: PublisherInfo,
    onEnd: (reason: PublisherEndReason) => void,
  ): PublishAnswer {
    if (this.stopping) return { accepted: false, reason: 'server-stopping' };
    const channel = this.channels.get(decision.channel);
    const incumbent = channel?.publication;
    if (incumbent !== undefined) {
      if (!this.mayReplace(incumbent, decision)) return { accepted: false, reason: 'channel-busy' };
      incumbent.showOut('replaced');
    }
    const goesOn = channel !== undefined && ['live', 'interrupted'].includes(channel.broadcast.state.name);
    // What a publisher without a single frame left behind (a codec header, say) is nobody's business.
    const feed = goesOn ? channel : this.open(decision, channel);
    const publication = new Publication(decision, this.options.clock, feed.broadcast, onEnd, () =>
      this.onPublisherLeft(feed, publication),
    );
    feed.publication = publication;
    feed.broadcast.fedBy(info, decision.settings);
    this.sweepTimer ??= this.options.clock.after(SWEEP_MS, () => this.sweep());
    return { accepted: true, sink: publication };
  }

  private mayReplace(incumbent: Publication, newcomer: Publishable): boolean {
    if (newcomer.settings.secondPublisher === 'replace') return true;
    const silentMs = this.options.clock.monotonicMs() - incumbent.lastSignMs;
    return newcomer.keyId === incumbent.decision.keyId && silentMs >= STALE_MS;
  }

  private open(decision: Publishable, before: Channel | undefined): Channel {
    before?.linger?.cancel();
    const broadcast = new Broadcast({
      id: (this.options.newId ?? newBroadcastId)(),
      channel: decision.channel,
      channelId: decision.channelId,
      settings: decision.settings,
      clock: this.options.clock,
      tickMs: () => this.ticks.tickMs,
      onBegan: (begun) => {
        this.options.observer.began({
          channelId: begun.channelId,
          broadcast: begun.id,
          atMs: begun.startedAtMs,
        });
        for (const onBegan of this.watchers.get(begun.channel) ?? []) onBegan(begun);
      },
      onEnded: (over) => this.onEnded(over),
    });
    const channel: Channel = { name: decision.channel, broadcast, publication: undefined, linger: undefined };
    this.channels.set(decision.channel, channel);
    return channel;
  }

  private onPublisherLeft(channel: Channel, publication: Publication): void {
    if (channel.publication !== publication) return;
    channel.publication = undefined;
    if (channel.broadcast.state.name === 'starting') this.forget(channel);
    else channel.broadcast.interrupt();
  }

  private onEnded(broadcast: Broadcast): void {
    const channel = this.channels.get(broadcast.channel);
    this.options.observer.ended({
      channelId: broadcast.channelId,
      broadcast: broadcast.id,
      atMs: this.options.clock.unixMs(),
    });
    if (channel?.broadcast !== broadcast) return;
    channel.publication?.showOut('no-media');
    channel.publication = undefined;
    channel.linger = this.options.clock.after(LINGER_MS, () => this.forget(channel));
  }

  private finish(channel: Channel, reason: EndReason): void {
    channel.publication = undefined;
    if (channel.broadcast.state.name === 'starting') this.forget(channel);
    channel.broadcast.end(reason);
  }

  private forget(channel: Channel): void {
    if (this.channels.get(channel.name) === channel) this.channels.delete(channel.name);
  }

  private sweep(): void {
    const nowMs = this.options.clock.monotonicMs();
    for (const channel of this.channels.values()) {
      const { publication, broadcast } = channel;
      if (publication === undefined) continue;
      const silentMs = nowMs - Math.max(broadcast.lastFrameMs, publication.acceptedMs);
      if (broadcast.state.name === 'starting' && silentMs >= NO_MEDIA_MS) {
        publication.showOut('no-media');
        this.finish(channel, 'grace-over');
      } else if (broadcast.state.name === 'live' && silentMs >= SILENT_MS) {
        broadcast.interrupt();
      }
    }
    if (this.options.loopUtilisation !== undefined) this.ticks.sample(this.options.loopUtilisation());
    this.sweepTimer =
      this.channels.size === 0 ? undefined : this.options.clock.after(SWEEP_MS, () => this.sweep());
  }
}

/** One accepted connection of a publisher, from acceptance to the moment either side ends it. */
class Publication implements PublisherSink {
  readonly decision: Publishable;
  readonly acceptedMs: MonotonicMs;
  private readonly clock: Clock;
  private readonly broadcast: Broadcast;
  private readonly onEnd: (reason: PublisherEndReason) => void;
  private readonly onLeft: () => void;
  private lastMessageMs: MonotonicMs;
  private over = false;

  constructor(
    decision: Publishable,
    clock: Clock,
    broadcast: Broadcast,
    onEnd: (reason: PublisherEndReason) => void,
    onLeft: () => void,
  ) {
    this.decision = decision;
    this.clock = clock;
    this.broadcast = broadcast;
    this.onEnd = onEnd;
    this.onLeft = onLeft;
    this.acceptedMs = clock.monotonicMs();
    this.lastMessageMs = this.acceptedMs;
  }

  /** When it last gave a sign of life. */
  get lastSignMs(): MonotonicMs {
    return this.lastMessageMs;
  }

  push(message: MediaMessage, arrivalMs: UnixMs): void {
    if (this.over) return;
    this.lastMessageMs = this.clock.monotonicMs();
    this.broadcast.push(message, arrivalMs);
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.onLeft();
  }

  /** The hub wants it gone; it is told once, and whatever it still sends is ignored. */
  showOut(reason: PublisherEndReason): void {
    if (this.over) return;
    this.over = true;
    this.onEnd(reason);
  }
}

/** 96 random bits: nobody guesses the address of a broadcast's segments before it begins. */
function newBroadcastId(): string {
  return randomBytes(12).toString('base64url');
}
