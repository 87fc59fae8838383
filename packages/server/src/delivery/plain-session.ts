/**
 * One viewer of `/live/CHANNEL.mp4`, whatever the connection: init segment, group of pictures, live.
 *
 * In: a broadcast. Out: bytes in the connection's framing. There is no control: the only things that can be said are
 * bytes and the end.
 */
import { TRACK_IDS } from '@millrace/media';
import { writeInitSegment } from '@millrace/media/fmp4';
import type { Broadcast, BroadcastState, BundleReceiver } from '../live/broadcast.ts';
import type { Bundle, Framing } from '../live/bundle.ts';
import { ViewerQueue, type Outlet } from '../live/viewer-queue.ts';

export type PlainEnd = 'over' | 'codec-changed' | 'too-slow';

export interface PlainConnection {
  readonly outlet: Outlet;
  readonly isOpen: boolean;
  readonly framing: Framing;
  /** Sends the head, where there is one, and the init segment. */
  begin(init: Uint8Array): void;
  end(reason: PlainEnd): void;
}

export class PlainSession implements BundleReceiver {
  private readonly broadcast: Broadcast;
  private readonly connection: PlainConnection;
  private readonly detach: () => void;
  private queue: ViewerQueue | undefined;
  private over = false;

  constructor(broadcast: Broadcast, connection: PlainConnection) {
    this.broadcast = broadcast;
    this.connection = connection;
    this.detach = broadcast.attach(this);
  }

  /** Starts at once, or when a young broadcast has shown its tracks: they all go into one init segment. */
  begin(): void {
    const inits = this.broadcast.tracks();
    if (this.over || !this.broadcast.tracksSettled || inits.length === 0) return;
    const { outlet, framing } = this.connection;
    const kinds = new Set(inits.map((init) => init.kind));
    const queue: ViewerQueue = new ViewerQueue(
      this.broadcast,
      outlet,
      framing,
      { video: kinds.has('video'), audio: kinds.has('audio') },
      {
        init: () => {
          this.finish('codec-changed');
          return false;
        },
        dropped: () => undefined,
        tooSlow: () => this.finish('too-slow'),
      },
    );
    this.queue = queue;
    const started = queue.start('live');
    outlet.cork();
    this.connection.begin(
      writeInitSegment(started.inits.map(({ kind, config }) => ({ trackId: TRACK_IDS[kind], config }))),
    );
    queue.run();
    outlet.uncork();
  }

  onBundle(bundle: Bundle): void {
    if (!this.connection.isOpen) return;
    if (this.queue === undefined) this.begin();
    else this.queue.onBundle(bundle);
  }

  onState(state: BroadcastState): void {
    if (state.name !== 'ended') return;
    if (this.queue === undefined) this.begin();
    this.finishIfOver();
  }

  onDrain(): void {
    this.queue?.onDrain();
    this.finishIfOver();
  }

  onClosed(): void {
    this.over = true;
    this.detach();
  }

  private finishIfOver(): void {
    if (this.broadcast.state.name === 'ended' && this.queue?.isCaughtUp !== false) this.finish('over');
  }

  private finish(reason: PlainEnd): void {
    if (this.over) return;
    this.onClosed();
    if (this.connection.isOpen) this.connection.end(reason);
  }
}
