/**
 * `millrace.v1` at `/live/CHANNEL`: the sockets of the WebSocket media protocol (docs/protocols/millrace-v1.md).
 *
 * In: upgrades. Out: a `MediaSession` a connection. The `ws` package does the handshake and reads what players send;
 * its limits are set to what a player can mean. What goes to players is written to the raw socket in whole frames.
 */
import type { Socket } from 'node:net';
import { MAX_PLAYER_MESSAGE_BYTES, MEDIA_SUBPROTOCOL } from '@millrace/contract';
import type { Ms } from '@millrace/media';
import { WebSocket, WebSocketServer } from 'ws';
import type { OriginRule } from '../http/origin-rule.ts';
import { refuseUpgrade, type UpgradeTable } from '../http/upgrades.ts';
import type { Clock, Timer } from '../live/clock.ts';
import type { LiveHub } from '../live/hub.ts';
import type { ChannelDirectory } from '../live/ports.ts';
import { MediaSession, type MediaConnection } from './media-session.ts';
import { answerPing } from './talk-limit.ts';
import type { ViewerLimit } from './viewer-limit.ts';

/** Control messages come in one frame; a few fragments are a proxy's right, thousands are an attack. */
const MAX_FRAGMENTS = 16;
const MAX_BUFFERED_CHUNKS = 64;
/** A peer that does not answer our close is cut off. */
const CLOSE_TIMEOUT_MS = 1_000;
/** Everybody is looked after once a round; each step takes its share, so that no moment is busier than others. */
const ROUND_MS = 5_000;
const STEPS = 10;

export interface WsMediaOptions {
  readonly upgrades: UpgradeTable;
  readonly hub: LiveHub;
  readonly directory: ChannelDirectory;
  readonly viewers: ViewerLimit;
  readonly origins: OriginRule;
  readonly clock: Clock;
}

export interface WsMedia {
  /** Tells every viewer that the server stops, and closes. */
  close(): void;
}

export const CHANNEL_UPGRADE = /^\/live\/(?<channel>[a-z0-9_-]{1,64})$/;

export function registerWsMedia(options: WsMediaOptions): WsMedia {
  const { upgrades, hub, directory, viewers, origins, clock } = options;
  const sessions = new Set<MediaSession>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: MAX_PLAYER_MESSAGE_BYTES,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_BUFFERED_CHUNKS,
    handleProtocols: () => MEDIA_SUBPROTOCOL,
  });

  upgrades.add(CHANNEL_UPGRADE, ({ request, socket, head, params }) => {
    if (!origins.allows(request.headers.origin))
      return refuseUpgrade(socket, 'bad-origin', 'Pages of this origin may not play.');
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(MEDIA_SUBPROTOCOL))
      return refuseUpgrade(socket, 'bad-request', `Offer the subprotocol ${MEDIA_SUBPROTOCOL}.`);
    server.handleUpgrade(request, socket, head, (ws) => {
      const leave = viewers.enter();
      const session: MediaSession = new MediaSession({
        hub,
        directory,
        clock,
        channel: params['channel'] ?? '',
        connection: connectionOf(ws, socket, clock),
        onClosed: () => {
          leave?.();
          sessions.delete(session);
        },
      });
      sessions.add(session);
      listen(ws, socket, session);
      if (leave === undefined) session.fail('too-many-viewers');
    });
  });

  let step = 0;
  let timer: Timer | undefined;
  const lookAfterSome = (): void => {
    step = (step + 1) % STEPS;
    let at = 0;
    for (const session of sessions) if (at++ % STEPS === step) session.lookAfter();
    timer = clock.after(ROUND_MS / STEPS, lookAfterSome);
  };
  timer = clock.after(ROUND_MS / STEPS, lookAfterSome);

  return {
    close() {
      timer?.cancel();
      for (const session of sessions) session.fail('server-stopping');
    },
  };
}

/** Joins a session to its socket. */
function listen(ws: WebSocket, socket: Socket, session: MediaSession): void {
  ws.on('message', (data: Buffer, isBinary) => {
    if (isBinary) session.onBinary();
    else session.onText(data.toString());
  });
  ws.on('ping', (data: Buffer) => {
    if (session.onSignOfLife()) answerPing(ws, socket.writableLength, data);
  });
  ws.on('pong', () => session.onSignOfLife());
  ws.on('close', () => session.onClosed());
  // The close that follows says everything; a broken peer is not worth a line in the log.
  ws.on('error', () => undefined);
  socket.on('drain', () => session.onDrain());
}

function connectionOf(ws: WebSocket, socket: Socket, clock: Clock): MediaConnection {
  return {
    outlet: socket,
    get isOpen() {
      return ws.readyState === WebSocket.OPEN;
    },
    ping: () => ws.ping(),
    close(code, reason) {
      ws.close(code, reason);
      closeWithin(clock, ws, CLOSE_TIMEOUT_MS);
    },
    terminate: () => ws.terminate(),
  };
}

function closeWithin(clock: Clock, ws: WebSocket, timeoutMs: Ms): void {
  const timer = clock.after(timeoutMs, () => ws.terminate());
  ws.once('close', () => timer.cancel());
}
