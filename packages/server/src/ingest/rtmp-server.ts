/**
 * The RTMP port: accepts connections, bounds their number, keeps their deadlines.
 *
 * Each peer is an `RtmpConnection`; this file knows only what concerns more than one of them: how many there are
 * in all and from one address, who feeds which channel, and the end of all of them.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { PublishAuthority, PublishTarget } from '../live/ports.ts';
import { RTMP_LIMITS, type RtmpLimits } from './limits.ts';
import type { IngestLog } from './log.ts';
import { addressGroup, plainAddress } from './remote-address.ts';
import { RtmpConnection, type RtmpConnectionDeps } from './rtmp-connection.ts';
import { Takeovers } from './takeovers.ts';

export interface RtmpServerOptions {
  readonly authority: PublishAuthority;
  readonly target: PublishTarget;
  readonly log: IngestLog;
  readonly limits?: Partial<RtmpLimits>;
}

/** Deadlines are looked at this often; a connection closes at most this late. */
const SWEEP_MS = 500;

/** A publisher replaced this soon after its last media was alive. Encoders send 30 messages a second. */
const ALIVE_MS = 1_000;
/** A winner keeps its place this long without media: encoders take a while from the accept to the first frame. */
const WINNER_SILENT_MS = 3_000;

export class RtmpServer {
  readonly #server: Server;
  readonly #log: IngestLog;
  readonly #limits: RtmpLimits;
  readonly #connectionDeps: RtmpConnectionDeps;
  readonly #connections = new Set<RtmpConnection>();
  readonly #connectionsByAddress = new Map<string, number>();
  readonly #publishers = new Map<string, RtmpConnection>();
  readonly #takeovers = new Takeovers();
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor({ authority, target, log, limits }: RtmpServerOptions) {
    this.#log = log;
    this.#limits = { ...RTMP_LIMITS, ...limits };
    this.#server = createServer((socket) => this.#onConnection(socket));
    this.#connectionDeps = {
      authority,
      target,
      log,
      limits: this.#limits,
      mayTake: (channelId, identity, nowMs) => {
        const silentForMs = this.#publishers.get(channelId)?.silentForMs(nowMs) ?? Infinity;
        return !this.#takeovers.refuses(channelId, identity, silentForMs < WINNER_SILENT_MS, nowMs);
      },
      onPublish: (channelId, connection) => this.#publishers.set(channelId, connection),
      onPublishEnd: (channelId, connection, replaced, nowMs) => {
        if (replaced && connection.silentForMs(nowMs) < ALIVE_MS) {
          this.#takeovers.lost(channelId, connection.identity, nowMs);
        }
        if (this.#publishers.get(channelId) === connection) this.#publishers.delete(channelId);
      },
    };
  }

  /** Connections open now, publishing or not. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** @returns The port it listens on; give 0 for a free one. */
  async listen(port: number, host: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.once('error', reject);
    this.#server.listen(port, host, () => {
      this.#server.off('error', reject);
      // E.g. EMFILE: the port stays open, this one connection is lost.
      this.#server.on('error', (error) => this.#log.error({ err: error }, 'rtmp port error'));
      const address = this.#server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
    const listening = await promise;
    const { handshakeMs, firstMediaMs, idleMs, unfinishedMs, pingMs } = this.#limits;
    const sweepMs = Math.min(SWEEP_MS, handshakeMs, firstMediaMs, idleMs, unfinishedMs, pingMs);
    this.#sweepTimer = setInterval(() => this.#sweep(), sweepMs).unref();
    return listening;
  }

  /** No new connections; publishers are told, and have `closeMs` to read it. */
  async close(): Promise<void> {
    clearInterval(this.#sweepTimer);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    const allClosed = Promise.all([...this.#connections].map((connection) => connection.whenClosed()));
    for (const connection of this.#connections) connection.shutDown();
    const destroyTimer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, this.#limits.closeMs);
    await Promise.all([promise, allClosed]);
    clearTimeout(destroyTimer);
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.sweep(nowMs);
  }

  #onConnection(socket: Socket): void {
    const remoteAddress = plainAddress(socket.remoteAddress);
    const group = addressGroup(remoteAddress);
    const fromHere = this.#connectionsByAddress.get(group) ?? 0;
    if (
      fromHere >= this.#limits.connectionsPerAddress ||
      this.#connections.size >= this.#limits.connections
    ) {
      this.#log.debug({ remoteAddress }, 'too many rtmp connections');
      socket.on('error', () => {}); // a peer that is gone already
      socket.destroy();
      return;
    }
    const connection = new RtmpConnection(socket, remoteAddress, this.#connectionDeps);
    this.#connections.add(connection);
    this.#connectionsByAddress.set(group, fromHere + 1);
    socket.once('close', () => {
      this.#connections.delete(connection);
      const left = (this.#connectionsByAddress.get(group) ?? 1) - 1;
      if (left > 0) this.#connectionsByAddress.set(group, left);
      else this.#connectionsByAddress.delete(group);
    });
  }
}
