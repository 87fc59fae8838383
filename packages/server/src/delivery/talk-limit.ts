/**
 * How much a viewer's WebSocket may say. In: each message, ping and pong of the peer. Out: is it too much? Reading a
 * frame costs far more than sending one, so that a single line of pings could keep a core busy.
 */
import type { Ms } from '@millrace/media';
import type { WebSocket } from 'ws';
import type { Clock, MonotonicMs } from '../live/clock.ts';

/** Players ping every few seconds and report every ten; this many in a window is somebody else. */
const MAX_FRAMES = 60;
const WINDOW_MS: Ms = 10_000;
/** Pings are answered while the peer reads the answers. */
const MAX_UNREAD_PONG_BYTES = 64 * 1024;

export class TalkLimit {
  private readonly clock: Clock;
  private windowFromMs: MonotonicMs;
  private framesInWindow = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.windowFromMs = clock.monotonicMs();
  }

  /** Counts one frame. True: the peer said more than a player has to say. */
  exceeded(): boolean {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.windowFromMs > WINDOW_MS) {
      this.windowFromMs = nowMs;
      this.framesInWindow = 0;
    }
    return ++this.framesInWindow > MAX_FRAMES;
  }
}

/** RFC 6455 §5.5.3, for servers with `autoPong` off: answers that nobody reads are not piled up. */
export function answerPing(ws: WebSocket, unreadBytes: number, data: Buffer): void {
  if (unreadBytes < MAX_UNREAD_PONG_BYTES && ws.readyState === ws.OPEN) ws.pong(data);
}
