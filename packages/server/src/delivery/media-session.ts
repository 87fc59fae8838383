/**
 * One viewer of `millrace.v1`: from the handshake to the close.
 *
 * In: control messages of the player, bundles and states of the channel's broadcasts. Out: whole WebSocket frames on
 * the connection. The `ws` package reads and answers pings and closes; media and control messages are written to
 * the socket under it, corked, so that one event is one write.
 *
 *   hello ──▶ waiting ◀──▶ playing ──▶ closed
 */
import {
  MEDIA_ERRORS,
  type MediaErrorCode,
  type OfferedTrack,
  type PlayerMessage,
  type PlayFrom,
  type ServerMessage,
} from '@millrace/contract';
import { TRACK_IDS, type InitSegment } from '@millrace/media';
import type { Broadcast, BroadcastState, BundleReceiver } from '../live/broadcast.ts';
import type { Bundle } from '../live/bundle.ts';
import type { Clock, MonotonicMs, Timer } from '../live/clock.ts';
import type { LiveHub } from '../live/hub.ts';
import type { ChannelDirectory } from '../live/ports.ts';
import { ViewerQueue, type Outlet } from '../live/viewer-queue.ts';
import { initFrame, MILLRACE_FRAMING, textFrame } from './framings.ts';
import { canPlayTrack } from './playable.ts';
import { readPlayerMessage } from './player-message.ts';
import { TalkLimit } from './talk-limit.ts';

/** A socket that says nothing at all is no player. */
export const HELLO_TIMEOUT_MS = 5_000;
/**
 * A connection that was pinged and gave no sign of life for so long is gone. A ping waits behind everything that is
 * still on its way, so this must be longer than a slow line needs for a group of pictures; viewers that take nothing
 * are let go earlier, by their queue.
 */
export const SILENCE_LIMIT_MS = 20_000;
/** One that spoke within this need not be pinged. */
const PING_AFTER_MS = 5_000;
/** Answers to a peer who does not read what he asked for are not worth keeping. */
const MAX_UNREAD_ANSWER_BYTES = 64 * 1024;

const WORDS: Readonly<Record<MediaErrorCode, { readonly message: string; readonly retry: boolean }>> = {
  'unsupported-version': { message: 'This server speaks version 1.', retry: false },
  'bad-message': { message: 'That is no message of this protocol.', retry: false },
  'not-authorised': { message: 'This token does not open this channel.', retry: false },
  'no-such-channel': { message: 'There is no channel of this name.', retry: false },
  'codec-not-playable': { message: 'This player can play none of the tracks.', retry: false },
  'hello-timeout': { message: 'No hello came.', retry: true },
  'too-slow': { message: 'The connection is too slow for this stream.', retry: true },
  'too-many-viewers': { message: 'The server is full.', retry: true },
  'server-stopping': { message: 'The server stops; come back in a moment.', retry: true },
};

/** The connection below: a WebSocket whose socket can be written to directly. */
export interface MediaConnection {
  /** The raw socket; written to in whole frames only. */
  readonly outlet: Outlet;
  readonly isOpen: boolean;
  ping(): void;
  close(code: number, reason: string): void;
  /** Without goodbye. */
  terminate(): void;
}

export interface MediaSessionOptions {
  readonly hub: LiveHub;
  readonly directory: ChannelDirectory;
  readonly clock: Clock;
  readonly channel: string;
  readonly connection: MediaConnection;
  /** Called once, when the session is over. */
  readonly onClosed: () => void;
}

interface Playing {
  readonly name: 'playing';
  readonly broadcast: Broadcast;
  readonly detach: () => void;
  /** Not there while the broadcast is so young that a second track may still come. */
  queue: ViewerQueue | undefined;
}

type State =
  | { readonly name: 'hello'; readonly timeout: Timer }
  /** Not live; starts by itself. */
  | { readonly name: 'waiting' }
  | Playing
  | { readonly name: 'closed' };

export class MediaSession implements BundleReceiver {
  private readonly options: MediaSessionOptions;
  private readonly connection: MediaConnection;
  private state: State;
  private canPlay: readonly string[] = [];
  private wanted = { video: true, audio: true };
  private paused = false;
  private from: PlayFrom = 'live';
  private unwatch: (() => void) | undefined;
  private lastHeardMs: MonotonicMs;
  private readonly talk: TalkLimit;

  constructor(options: MediaSessionOptions) {
    const { clock } = options;
    this.options = options;
    this.connection = options.connection;
    this.lastHeardMs = clock.monotonicMs();
    this.talk = new TalkLimit(clock);
    this.state = { name: 'hello', timeout: clock.after(HELLO_TIMEOUT_MS, () => this.fail('hello-timeout')) };
  }

  // From the connection.

  onText(text: string): void {
    if (!this.onSignOfLife()) return;
    const message = readPlayerMessage(text);
    const isHello = message?.type === 'hello';
    if (message === undefined || isHello !== (this.state.name === 'hello')) return this.fail('bad-message');
    this.obey(message);
  }

  onBinary(): void {
    this.fail('bad-message');
  }

  /** A pong, a ping, anything: the peer is there. False: the session is over, perhaps because it said too much. */
  onSignOfLife(): boolean {
    this.lastHeardMs = this.options.clock.monotonicMs();
    if (this.state.name !== 'closed' && this.talk.exceeded()) this.fail('bad-message');
    return this.state.name !== 'closed';
  }

  onDrain(): void {
    if (this.state.name !== 'playing') return;
    this.state.queue?.onDrain();
    this.leaveIfOver();
  }

  /** The connection is gone. */
  onClosed(): void {
    if (this.state.name === 'closed') return;
    this.leave();
    this.unwatch?.();
    this.state = { name: 'closed' };
    this.options.onClosed();
  }

  // From the server.

  /** Looked after every few seconds: pings the silent, lets go of the dead. */
  lookAfter(): void {
    const silentMs = this.options.clock.monotonicMs() - this.lastHeardMs;
    if (silentMs > SILENCE_LIMIT_MS) this.connection.terminate();
    else if (silentMs > PING_AFTER_MS && this.connection.isOpen) this.connection.ping();
  }

  fail(code: MediaErrorCode): void {
    if (this.state.name === 'closed') return;
    const { message, retry } = WORDS[code];
    if (this.connection.isOpen) {
      this.say({ type: 'error', code, message, retry });
      this.connection.close(MEDIA_ERRORS[code], code);
    }
    this.onClosed();
  }

  // From the broadcast.

  onBundle(bundle: Bundle): void {
    if (this.state.name !== 'playing' || !this.connection.isOpen) return;
    if (this.state.queue === undefined) this.beginWhenSettled(this.state);
    else this.state.queue.onBundle(bundle);
  }

  onState(state: BroadcastState): void {
    if (this.state.name !== 'playing') return;
    switch (state.name) {
      case 'starting':
        return;
      case 'ended':
        if (state.reason === 'server-stopping') return this.fail('server-stopping');
        if (this.state.queue === undefined) this.beginWhenSettled(this.state);
        return this.leaveIfOver();
      case 'live':
      case 'interrupted':
        if (this.state.queue !== undefined) this.say({ type: 'state', state: state.name });
        return;
    }
  }

  private obey(message: PlayerMessage): void {
    switch (message.type) {
      case 'hello':
        return this.onHello(message);
      case 'play':
        return this.onPlay(message.from);
      case 'pause':
        this.paused = true;
        if (this.state.name === 'playing') this.state.queue?.pause();
        return;
      case 'tracks':
        this.wanted = { video: message.video, audio: message.audio };
        if (this.state.name === 'playing') this.state.queue?.select(this.wanted);
        return;
      case 'ping':
        if (this.connection.outlet.writableLength > MAX_UNREAD_ANSWER_BYTES) return;
        return this.say({
          type: 'pong',
          clientTime: message.clientTime,
          serverTime: this.options.clock.unixMs(),
        });
      case 'report':
        if (this.state.name === 'playing') this.state.broadcast.reports.add(message);
        return;
      case 'switch': // The source is the only rendition; asking for it again changes nothing.
      case 'token': // Every channel is open to all: there is nothing to renew.
        return;
    }
  }

  private onHello(hello: PlayerMessage & { readonly type: 'hello' }): void {
    if (this.state.name !== 'hello') return;
    this.state.timeout.cancel();
    if (!hello.versions.includes(1)) return this.fail('unsupported-version');
    this.canPlay = hello.canPlay ?? [];
    this.paused = hello.paused ?? false;
    if (hello.resume !== undefined) this.from = { cursor: hello.resume };
    this.state = { name: 'waiting' };
    const { hub, directory, channel } = this.options;
    this.unwatch = hub.watch(channel, (broadcast) => this.join(broadcast));
    const broadcast = hub.onAir(channel);
    if (broadcast !== undefined) return this.join(broadcast);
    // A directory that cannot answer hides no channel: the viewer waits, and costs little.
    directory.exists(channel).then(
      (exists) => this.onDirectoryAnswer(exists),
      () => this.onDirectoryAnswer(true),
    );
  }

  private onDirectoryAnswer(exists: boolean): void {
    if (this.state.name !== 'waiting') return;
    if (exists) this.say({ type: 'state', state: 'waiting' });
    else this.fail('no-such-channel');
  }

  private join(broadcast: Broadcast): void {
    if (this.state.name === 'closed') return;
    this.leave();
    const playing: Playing = {
      name: 'playing',
      broadcast,
      detach: broadcast.attach(this),
      queue: undefined,
    };
    this.state = playing;
    this.beginWhenSettled(playing);
  }

  private beginWhenSettled(playing: Playing): void {
    const { broadcast } = playing;
    if (!broadcast.tracksSettled) return;
    const tracks = broadcast.tracks();
    if (tracks.length > 0 && !tracks.some((init) => canPlayTrack(this.canPlay, init)))
      return this.fail('codec-not-playable');
    const queue: ViewerQueue = new ViewerQueue(
      broadcast,
      this.connection.outlet,
      MILLRACE_FRAMING,
      this.wanted,
      {
        init: (init, epoch) => this.onInitChange(broadcast, init, epoch),
        dropped: (kind, fromSequence) =>
          this.say({ type: 'dropped', track: TRACK_IDS[kind], fromSequence, reason: 'slow' }),
        tooSlow: () => this.fail('too-slow'),
      },
    );
    playing.queue = queue;
    this.startFrom(playing, queue, this.from);
    // The next broadcast of this connection is watched live, wherever this one was joined.
    this.from = 'live';
  }

  /** Tracks, state, init segments and everything since the key frame: one write. */
  private startFrom({ broadcast }: Playing, queue: ViewerQueue, from: PlayFrom): void {
    const { outlet } = this.connection;
    const started = queue.start(from);
    outlet.cork();
    this.sayTracks(broadcast, started.epoch, started.resumed, started.inits);
    this.say({ type: 'state', state: broadcast.stateName });
    for (const init of started.inits) this.sendInit(init, started.epoch);
    if (!this.paused) queue.run();
    outlet.uncork();
  }

  private onPlay(from: PlayFrom): void {
    this.paused = false;
    this.from = from;
    if (this.state.name !== 'playing' || this.state.queue === undefined) return;
    this.startFrom(this.state, this.state.queue, from);
    this.from = 'live';
  }

  /** A track changed its codec, or a second one joined. */
  private onInitChange(broadcast: Broadcast, init: InitSegment, epoch: number): boolean {
    if (!canPlayTrack(this.canPlay, init)) {
      this.fail('codec-not-playable');
      return false;
    }
    const others = broadcast.tracks().filter((other) => other.kind !== init.kind);
    this.sayTracks(broadcast, epoch, false, [init, ...others]);
    this.sendInit(init, epoch);
    return true;
  }

  private sayTracks(
    broadcast: Broadcast,
    epoch: number,
    resumed: boolean,
    inits: readonly InitSegment[],
  ): void {
    const offered = [...inits];
    for (const init of broadcast.tracks())
      if (!offered.some((other) => other.kind === init.kind)) offered.push(init);
    this.say({
      type: 'tracks',
      version: 1,
      broadcast: broadcast.id,
      epoch,
      tracks: offered
        .filter((init) => canPlayTrack(this.canPlay, init))
        .sort((a, b) => TRACK_IDS[a.kind] - TRACK_IDS[b.kind])
        .map(offeredTrack),
      chunkMs: broadcast.settings.chunkMs,
      resumed,
      serverTime: this.options.clock.unixMs(),
    });
  }

  private sendInit(init: InitSegment, epoch: number): void {
    for (const bytes of initFrame(init, epoch)) this.connection.outlet.write(bytes);
  }

  /** The last chunks come before the word that it is over. */
  private leaveIfOver(): void {
    if (this.state.name !== 'playing' || this.state.broadcast.state.name !== 'ended') return;
    if (this.state.queue !== undefined && !this.state.queue.isCaughtUp) return;
    this.leave();
    this.say({ type: 'state', state: 'ended' });
  }

  private leave(): void {
    if (this.state.name === 'hello') this.state.timeout.cancel();
    if (this.state.name !== 'playing') return;
    this.state.detach();
    this.state = { name: 'waiting' };
  }

  private say(message: ServerMessage): void {
    if (this.connection.isOpen) this.connection.outlet.write(textFrame(message));
  }
}

function offeredTrack({ kind, config, version }: InitSegment): OfferedTrack {
  const common = {
    track: TRACK_IDS[kind],
    kind,
    rendition: 0,
    codec: config.codecString,
    mimeType: `${kind}/mp4`,
    timescale: config.timescale,
    init: version,
  };
  if (config.kind === 'audio') return { ...common, sampleRate: config.sampleRate, channels: config.channels };
  return {
    ...common,
    width: config.width,
    height: config.height,
    ...(config.frameRate === undefined ? {} : { frameRate: config.frameRate }),
  };
}
