/**
 * One RTMP peer: its socket, its session, its publish.
 *
 * In: bytes of the socket. Out: replies to the socket, media to the sink that the hub gave.
 * Spec: Adobe RTMP 1.0 by way of `ServerSession`; this file adds what a session has no say in: sockets, time,
 * who may publish.
 *
 * Two ways out: `#finish` flushes what the peer must read (a refusal) and closes then; `#abort` closes at once.
 * Either way the sink is ended exactly once.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  ServerSession,
  type PublishAddress,
  type PublishEnd,
  type PublishRefusal,
  type PublishRequestId,
  type ServerEvent,
} from '@millrace/media/rtmp';
import type { PublishAuthority, PublishDecision, PublisherSink, PublishTarget } from '../live/ports.ts';
import type { RtmpLimits } from './limits.ts';
import type { IngestLog } from './log.ts';
import type { PublisherIdentity } from './takeovers.ts';

type AllowedDecision = PublishDecision & { readonly allowed: true };

export interface RtmpConnectionDeps {
  readonly authority: PublishAuthority;
  readonly target: PublishTarget;
  readonly log: IngestLog;
  readonly limits: RtmpLimits;
  /** Asked after the authority allowed it and before the hub: may this peer have the channel now? */
  readonly mayTake: (channelId: string, identity: PublisherIdentity, nowMs: number) => boolean;
  readonly onPublish: (channelId: string, connection: RtmpConnection) => void;
  /** The publish of this channel is over. `replaced`: another took it. */
  readonly onPublishEnd: (
    channelId: string,
    connection: RtmpConnection,
    replaced: boolean,
    nowMs: number,
  ) => void;
}

interface Publish {
  readonly channelId: string;
  readonly channel: string;
  readonly keyId: string;
  readonly sink: PublisherSink;
}

const SESSION_OPTIONS = {
  hmacSha256: (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest(),
  randomBytes: (byteCount: number) => randomBytes(byteCount),
};

export class RtmpConnection {
  readonly identity: { readonly remoteAddress: string; encoder: string };
  readonly #socket: Socket;
  readonly #deps: RtmpConnectionDeps;
  readonly #session = new ServerSession(SESSION_OPTIONS);
  #publish: Publish | undefined;
  #isFinishing = false;

  /** Monotonic ms. */
  #phaseSinceMs: number;
  #lastBytesMs: number;
  #lastMediaMs: number | undefined;
  #lastPingMs: number;
  #finishByMs = Infinity;

  constructor(socket: Socket, remoteAddress: string, deps: RtmpConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.identity = { remoteAddress, encoder: '' };
    const nowMs = performance.now();
    this.#phaseSinceMs = nowMs;
    this.#lastBytesMs = nowMs;
    this.#lastPingMs = nowMs;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    // 'close' always follows; what matters of an error is that it does not end the process.
    socket.on('error', (error) =>
      deps.log.debug({ ...this.#who(), code: error.message }, 'rtmp socket error'),
    );
    socket.on('close', () => this.#endPublish('lost'));
  }

  /** How long ago its last media came, or its publish began; `Infinity` when it does not publish. */
  silentForMs(nowMs: number): number {
    return this.#publish === undefined ? Infinity : nowMs - (this.#lastMediaMs ?? this.#phaseSinceMs);
  }

  /** Called about once a second: deadlines and pings. */
  sweep(nowMs: number): void {
    const { limits } = this.#deps;
    if (this.#isFinishing) {
      if (nowMs > this.#finishByMs) this.#socket.destroy();
      return;
    }
    const overdue = this.#overdue(nowMs);
    if (overdue !== undefined) return this.#abort(overdue);
    if (this.#publish !== undefined && nowMs - this.#lastPingMs >= limits.pingMs) {
      this.#lastPingMs = nowMs;
      this.#session.ping(Date.now());
      this.#flush();
    }
  }

  /** The server stops: tell the encoder, so that it comes back later. */
  shutDown(): void {
    this.#finish('server-stopping');
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Resolves when its socket is closed and its publish has ended. */
  async whenClosed(): Promise<void> {
    if (this.#socket.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once('close', () => resolve());
    await promise;
  }

  #overdue(nowMs: number): string | undefined {
    const { limits } = this.#deps;
    const inPhaseMs = nowMs - this.#phaseSinceMs;
    switch (this.#session.state) {
      case 'handshake':
      case 'connecting':
        return inPhaseMs > limits.handshakeMs ? 'handshake-timeout' : undefined;
      case 'idle':
        return inPhaseMs > limits.firstMediaMs ? 'publish-timeout' : undefined;
      case 'deciding': // bounded by authoriseMs
      case 'closed':
        return undefined;
      case 'publishing':
        if (this.#lastMediaMs === undefined)
          return inPhaseMs > limits.firstMediaMs ? 'first-media-timeout' : undefined;
        if (nowMs - this.#lastBytesMs > limits.idleMs) return 'idle-timeout';
        return nowMs - this.#lastMediaMs > limits.unfinishedMs ? 'media-timeout' : undefined;
    }
    return undefined;
  }

  #onData(bytes: Buffer): void {
    // After the last word: read on, so that closing does not reset the connection before the peer read it.
    if (this.#isFinishing) return;
    const nowMs = performance.now();
    this.#lastBytesMs = nowMs;
    try {
      const unixMs = Date.now();
      for (const event of this.#session.push(bytes, unixMs)) this.#onEvent(event, nowMs, unixMs);
      this.#flush();
    } catch (error) {
      // A defect of ours ends one connection, not the process.
      this.#deps.log.error({ ...this.#who(), err: error }, 'rtmp connection failed');
      this.#abort('internal-error');
    }
  }

  #onEvent(event: ServerEvent, nowMs: number, unixMs: number): void {
    switch (event.type) {
      case 'media':
        this.#lastMediaMs = nowMs;
        this.#publish?.sink.push(event.message, unixMs);
        return;
      case 'connect':
        this.identity.encoder = event.encoder;
        this.#phaseSinceMs = nowMs;
        return;
      case 'publish-request':
        // Nothing more is read until the answer is there: what does not wait for it stays in the kernel.
        this.#socket.pause();
        this.#decide(event.id, event.address).catch((error: unknown) => {
          this.#deps.log.error({ ...this.#who(), err: error }, 'rtmp publish failed');
          this.#abort('internal-error');
        });
        return;
      case 'publish-end':
        this.#phaseSinceMs = nowMs;
        this.#endPublish('unpublished');
        return;
      case 'closed':
        this.#flush();
        this.#abort(event.error.code);
    }
  }

  /** The way from a request to an answer. Everything that goes wrong on it means no. */
  async #decide(id: PublishRequestId, address: PublishAddress): Promise<void> {
    const decision = await this.#authorise(address);
    if (this.#isFinishing || this.#socket.destroyed) return;
    this.#socket.resume();
    // The encoder may have taken its request back in the same bytes.
    if (!this.#session.isDeciding(id)) return;
    if (decision === undefined) return this.#refuse(id, 'unavailable');
    if (!decision.allowed) return this.#refuse(id, decision.reason);
    const nowMs = performance.now();
    if (!this.#deps.mayTake(decision.channelId, this.identity, nowMs))
      return this.#refuse(id, 'channel-busy');
    this.#accept(id, decision, nowMs);
  }

  /** `undefined` when there was no answer. */
  async #authorise(address: PublishAddress): Promise<PublishDecision | undefined> {
    const { authority, limits, log } = this.#deps;
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('no answer in time')), limits.authoriseMs);
    try {
      const { remoteAddress } = this.identity;
      const asked = authority.authorise({ key: address.key, app: address.app, remoteAddress });
      return await Promise.race([asked, timeout]);
    } catch (error) {
      log.error({ ...this.#who(), err: error }, 'publish could not be authorised');
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #accept(id: PublishRequestId, decision: AllowedDecision, nowMs: number): void {
    const { target, log, onPublish } = this.#deps;
    const { channelId, channel, keyId } = decision;
    const info = { protocol: 'rtmp', ...this.identity } as const;
    // The hub may change its mind before it has even returned.
    let publish: Publish | undefined;
    let ended: PublishEnd | undefined;
    const answer = target.publish(decision, info, (reason) => {
      ended = reason;
      if (publish !== undefined && this.#publish === publish) this.#finish(reason);
    });
    if (!answer.accepted) return this.#refuse(id, answer.reason);
    const held = this.#session.acceptPublish(id);
    publish = { channelId, channel, keyId, sink: answer.sink };
    this.#publish = publish;
    this.#phaseSinceMs = nowMs;
    this.#lastMediaMs = held.length > 0 ? nowMs : undefined;
    this.#lastPingMs = nowMs;
    onPublish(channelId, this);
    log.info({ ...this.#who(), channel, keyId }, 'publish accepted');
    if (ended !== undefined) return this.#finish(ended);
    this.#flush();
    const unixMs = Date.now();
    for (const message of held) answer.sink.push(message, unixMs);
  }

  #refuse(id: PublishRequestId, reason: PublishRefusal): void {
    this.#deps.log.info({ ...this.#who(), reason }, 'publish refused');
    this.#session.refusePublish(id, reason);
    this.#closeAfterFlush();
  }

  /** Ends the publish from our side, says why, and closes when that is out. */
  #finish(reason: PublishEnd): void {
    if (this.#isFinishing) return;
    const { log } = this.#deps;
    if (this.#publish !== undefined)
      log.info({ ...this.#who(), channel: this.#publish.channel, reason }, 'publish stopped');
    this.#session.endPublish(reason);
    this.#endPublish('lost', reason === 'replaced');
    this.#closeAfterFlush();
  }

  #closeAfterFlush(): void {
    this.#isFinishing = true;
    this.#finishByMs = performance.now() + this.#deps.limits.closeMs;
    const output = this.#session.takeOutput();
    if (output === undefined) this.#socket.end();
    else this.#socket.end(output);
    this.#socket.resume();
  }

  #abort(code: string): void {
    if (this.#socket.destroyed) return;
    this.#deps.log.debug({ ...this.#who(), code }, 'rtmp connection closed');
    this.#socket.destroy();
    this.#endPublish('lost');
  }

  /** Ends the sink, once. */
  #endPublish(reason: 'unpublished' | 'lost', replaced = false): void {
    const publish = this.#publish;
    if (publish === undefined) return;
    const { log, onPublishEnd } = this.#deps;
    const nowMs = performance.now();
    onPublishEnd(publish.channelId, this, replaced, nowMs);
    this.#publish = undefined;
    this.#lastMediaMs = undefined;
    log.info({ ...this.#who(), channel: publish.channel, reason }, 'publish ended');
    publish.sink.end(reason);
  }

  #flush(): void {
    const output = this.#session.takeOutput();
    if (output === undefined || this.#socket.destroyed) return;
    this.#socket.write(output);
    if (this.#socket.writableLength > this.#deps.limits.unsentBytes) this.#abort('replies-not-read');
  }

  #who(): { readonly remoteAddress: string; readonly encoder: string } {
    return this.identity;
  }
}
