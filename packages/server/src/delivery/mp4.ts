/**
 * `/live/CHANNEL.mp4`: fragmented MP4 without control, over HTTP (GET) and over a plain WebSocket (upgrade).
 *
 * In: a request. Out: a two-track init segment, everything since the last key frame, then one write a tick: a chunk of
 * HTTP/1.1's chunked coding, or one binary message. The chunks are byte for byte those of the LL-HLS parts.
 *
 * Such a stream has one init segment. A viewer keeps what it announced: a track that joins later is not sent, and when
 * a codec changes the answer ends cleanly (last chunk; close 1012) and asking again gets the new init segment.
 *
 * Specs: ISO/IEC 14496-12 §8.8 (movie fragments), RFC 9112 §7.1, RFC 6455.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WebSocket, WebSocketServer } from 'ws';
import { answerError } from '../http/app.ts';
import type { OriginRule } from '../http/origin-rule.ts';
import { refuseUpgrade, type UpgradeTable } from '../http/upgrades.ts';
import type { Clock } from '../live/clock.ts';
import type { LiveHub } from '../live/hub.ts';
import {
  binaryMessage,
  HTTP_CHUNKED_FRAMING,
  HTTP_LAST_CHUNK,
  HTTP_RAW_FRAMING,
  httpChunk,
  WEBSOCKET_FRAMING,
} from './framings.ts';
import { PlainSession, type PlainConnection } from './plain-session.ts';
import { answerPing, TalkLimit } from './talk-limit.ts';
import type { ViewerLimit } from './viewer-limit.ts';

/** Players of this stream have nothing to say. */
const MAX_MESSAGE_BYTES = 1024;
const MAX_FRAGMENTS = 4;
/** RFC 6455 §7.4.1 and the IANA registry: 1000 normal, 1012 service restart (here: come back for a new init), 1013 try later. */
const CLOSE_CODES = { over: 1000, 'codec-changed': 1012, 'too-slow': 1013 } as const;
/** What a peer that ended did not take by then is thrown away. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface Mp4Options {
  readonly app: FastifyInstance;
  readonly upgrades: UpgradeTable;
  readonly hub: LiveHub;
  readonly viewers: ViewerLimit;
  readonly origins: OriginRule;
  readonly clock: Clock;
}

export function registerMp4(options: Mp4Options): void {
  const { app, upgrades } = options;
  app.get<{ Params: { channel: string } }>('/live/:channel(^[a-z0-9_-]+).mp4', (request, reply) =>
    answerGet(options, request, reply, request.params.channel),
  );

  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_FRAGMENTS,
    handleProtocols: () => false,
  });
  upgrades.add(/^\/live\/(?<channel>[a-z0-9_-]{1,64})\.mp4$/, ({ request, socket, head, params }) => {
    if (!options.origins.allows(request.headers.origin))
      return refuseUpgrade(socket, 'bad-origin', 'Pages of this origin may not play.');
    const broadcast = options.hub.onAir(params['channel'] ?? '');
    if (broadcast === undefined) return refuseUpgrade(socket, 'not-found', 'This channel is not live.');
    const leave = options.viewers.enter();
    if (leave === undefined) return refuseUpgrade(socket, 'server-busy', 'The server is full.');
    socket.once('close', leave);
    server.handleUpgrade(request, socket, head, (ws) => {
      listen(ws, socket, new TalkLimit(options.clock));
      follow(new PlainSession(broadcast, webSocketConnection(ws, socket, options.clock)), socket);
    });
  });
}

/** Whatever these players say is ignored, as long as it is little. */
function listen(ws: WebSocket, socket: Socket, talk: TalkLimit): void {
  const onFrame = (): void => {
    if (talk.exceeded()) ws.terminate();
  };
  ws.on('message', onFrame);
  ws.on('pong', onFrame);
  ws.on('ping', (data: Buffer) => {
    onFrame();
    answerPing(ws, socket.writableLength, data);
  });
  ws.on('error', () => undefined);
}

function answerGet(
  { hub, viewers, clock }: Mp4Options,
  request: FastifyRequest,
  reply: FastifyReply,
  channel: string,
): FastifyReply {
  const broadcast = hub.onAir(channel);
  if (broadcast === undefined) {
    void reply.header('cache-control', 'no-store');
    return answerError(reply, 'not-found', 'This channel is not live.');
  }
  void reply.headers({ 'content-type': 'video/mp4', 'cache-control': 'no-store' });
  if (request.method === 'HEAD') return reply.send();
  const leave = viewers.enter();
  if (leave === undefined) return answerError(reply, 'server-busy', 'The server is full.');
  const { socket } = request.raw;
  socket.once('close', leave);
  const headers = reply.getHeaders();
  reply.hijack();
  const isHttp10 = request.raw.httpVersion === '1.0';
  reply.raw.writeHead(200, {
    ...(headers as Record<string, string>),
    connection: 'close',
    ...(isHttp10 ? {} : { 'transfer-encoding': 'chunked' }),
  });
  follow(new PlainSession(broadcast, httpConnection(reply.raw, socket, isHttp10, clock)), socket);
  return reply;
}

function follow(session: PlainSession, socket: Socket): void {
  socket.on('drain', () => session.onDrain());
  socket.once('close', () => session.onClosed());
  session.begin();
}

/** After the head is out the response is ours: whole chunks straight to the socket. */
function httpConnection(
  response: ServerResponse,
  socket: Socket,
  isHttp10: boolean,
  clock: Clock,
): PlainConnection {
  // A stalled viewer is let go by the queue's own rule.
  socket.setTimeout(0);
  return {
    outlet: socket,
    get isOpen() {
      return socket.writable;
    },
    framing: isHttp10 ? HTTP_RAW_FRAMING : HTTP_CHUNKED_FRAMING,
    begin(init) {
      response.flushHeaders();
      for (const bytes of isHttp10 ? [init] : httpChunk(init)) socket.write(bytes);
    },
    end(reason) {
      if (reason === 'too-slow') {
        socket.destroy();
        return;
      }
      if (!isHttp10) socket.write(HTTP_LAST_CHUNK);
      socket.end();
      destroyWithin(clock, socket);
    },
  };
}

function webSocketConnection(ws: WebSocket, socket: Socket, clock: Clock): PlainConnection {
  return {
    outlet: socket,
    get isOpen() {
      return ws.readyState === WebSocket.OPEN;
    },
    framing: WEBSOCKET_FRAMING,
    begin(init) {
      for (const bytes of binaryMessage(init)) socket.write(bytes);
    },
    end(reason) {
      ws.close(CLOSE_CODES[reason], reason);
      destroyWithin(clock, socket);
    },
  };
}

function destroyWithin(clock: Clock, socket: Socket): void {
  const timer = clock.after(CLOSE_TIMEOUT_MS, () => socket.destroy());
  socket.once('close', () => timer.cancel());
}
