/**
 * The hub and its deliveries on a real port, with virtual time inside: encoders push by calls, viewers come over
 * sockets.
 */
import { connect, type Socket } from 'node:net';
import {
  MEDIA_SUBPROTOCOL,
  readMediaHeader,
  type MediaHeader,
  type PlayerMessage,
  type ServerMessage,
} from '@millrace/contract';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { createHttpServer } from '../../http/app.ts';
import { LiveHub } from '../../live/hub.ts';
import type { PublisherSink } from '../../live/ports.ts';
import { VirtualEncoder, type EncoderOptions } from '../../live/testing/encoder.ts';
import { VirtualClock } from '../../live/testing/virtual-clock.ts';
import { registerMp4 } from '../mp4.ts';
import { ViewerLimit } from '../viewer-limit.ts';
import { registerWsMedia } from '../ws-media.ts';

export interface LiveServerOptions {
  readonly maxViewers?: number;
  readonly playOrigins?: readonly string[];
}

export async function startLiveServer({ maxViewers = 1000, playOrigins = ['*'] }: LiveServerOptions = {}) {
  const clock = new VirtualClock();
  const hub = new LiveHub({
    clock,
    observer: { began: () => undefined, ended: () => undefined },
    fanoutTickMs: 0,
  });
  const http = createHttpServer({
    log: pino({ level: 'silent' }),
    trustedProxies: [],
    playOrigins,
    isReady: () => true,
  });
  const viewers = new ViewerLimit(maxViewers);
  const { app, upgrades } = http;
  const shared = { upgrades, hub, viewers, origins: http.playOrigins, clock };
  const directory = { exists: (channel: string) => Promise.resolve(channel === 'alice') };
  const wsMedia = registerWsMedia({ ...shared, directory });
  registerMp4({ ...shared, app });
  const port = await http.listen(0, '127.0.0.1');
  return {
    clock,
    hub,
    viewers,
    port,
    wsMedia,
    goLive(options?: EncoderOptions, graceMs = 30_000): { sink: PublisherSink; encoder: VirtualEncoder } {
      const answer = hub.publish(
        {
          allowed: true,
          channelId: 'c1',
          channel: 'alice',
          keyId: 'k1',
          settings: { chunkMs: 100, partMs: 500, segmentMs: 2000, graceMs, secondPublisher: 'replace' },
        },
        { protocol: 'rtmp', remoteAddress: '127.0.0.1', encoder: 'test' },
        () => undefined,
      );
      if (!answer.accepted) throw new Error(answer.reason);
      return { sink: answer.sink, encoder: new VirtualEncoder(clock, answer.sink, options) };
    },
    async close() {
      hub.close();
      wsMedia.close();
      await http.close();
    },
  };
}

export type LiveServer = Awaited<ReturnType<typeof startLiveServer>>;

export interface MediaFrame {
  readonly header: MediaHeader;
  readonly body: Buffer;
}

/** A player of `millrace.v1` that notes what comes, in order, and can wait for it. */
export class TestPlayer {
  readonly messages: ServerMessage[] = [];
  readonly frames: MediaFrame[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  private readonly ws: WebSocket;
  private readonly waiting = new Set<() => void>();

  constructor(port: number, path = '/live/alice', headers: Record<string, string> = {}) {
    this.ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, MEDIA_SUBPROTOCOL, {
      perMessageDeflate: false,
      headers,
    });
    this.ws.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const header = readMediaHeader(data);
        if (header === undefined) throw new Error('a binary frame without a header');
        this.frames.push({ header, body: data.subarray(32) });
      } else this.messages.push(JSON.parse(data.toString()) as ServerMessage);
      this.check();
    });
    this.ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.check();
    });
    this.ws.on('open', () => this.check());
    this.ws.on('error', () => this.check());
  }

  async open(): Promise<this> {
    await this.until(() => this.ws.readyState === WebSocket.OPEN || this.closed !== undefined, 'open');
    return this;
  }

  send(message: PlayerMessage | string): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendBinary(bytes: Uint8Array): void {
    this.ws.send(bytes);
  }

  /** Opens, says hello and waits for the answer. */
  async hello(more: Partial<PlayerMessage & { type: 'hello' }> = {}): Promise<this> {
    await this.open();
    this.send({ type: 'hello', versions: [1], ...more });
    await this.until(() => this.messages.length > 0 || this.closed !== undefined, 'an answer to hello');
    return this;
  }

  of<T extends ServerMessage['type']>(type: T): (ServerMessage & { readonly type: T })[] {
    return this.messages.filter((m): m is ServerMessage & { readonly type: T } => m.type === type);
  }

  states(): string[] {
    return this.of('state').map((message) => message.state);
  }

  chunks(track: number): MediaFrame[] {
    return this.frames.filter(({ header }) => header.type === 2 && header.track === track);
  }

  inits(): MediaFrame[] {
    return this.frames.filter(({ header }) => header.type === 1);
  }

  /** Resolves when the condition holds; everything that comes is a reason to look again. */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`still waiting for ${what}`)), 5000);
    const look = (): void => {
      if (condition()) resolve();
    };
    this.waiting.add(look);
    await promise.finally(() => {
      clearTimeout(timer);
      this.waiting.delete(look);
    });
  }

  /** A round trip: everything the server said before is here. */
  async settle(): Promise<void> {
    const clientTime = Math.random();
    this.send({ type: 'ping', clientTime });
    await this.until(() => this.of('pong').some((pong) => pong.clientTime === clientTime), 'pong');
  }

  close(): void {
    this.ws.terminate();
  }

  private check(): void {
    for (const look of this.waiting) look();
  }
}

/** A bare connection, for what no client library does. */
export async function rawConnection(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
}

export const UPGRADE_HEADERS =
  'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
