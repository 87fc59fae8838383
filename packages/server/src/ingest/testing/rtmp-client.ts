/**
 * A publisher on a real socket: our own client session, and what a test wants to know of it. Beside it, a socket
 * that sends whatever bytes it is given.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import { ClientSession, type ClientEvent } from '@millrace/media/rtmp';

export interface RtmpClientOptions {
  readonly port: number;
  readonly key: string;
  readonly encoder?: string;
  readonly app?: string;
}

export class RtmpClient {
  readonly session: ClientSession;
  readonly socket: Socket;
  readonly events: ClientEvent[] = [];
  /** Resolves when the server has closed the connection, with everything it said before. */
  readonly closed: Promise<readonly ClientEvent[]>;
  readonly #waiting: (() => void)[] = [];

  constructor({ port, key, encoder = 'Millrace test', app = 'live' }: RtmpClientOptions) {
    this.session = new ClientSession({
      app,
      tcUrl: `rtmp://127.0.0.1:${port}/${app}`,
      streamKey: key,
      encoder,
      randomBytes: (byteCount) => randomBytes(byteCount),
    });
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {}); // a reset is one way to be closed
    this.socket.on('data', (bytes: Buffer) => {
      this.events.push(...this.session.push(bytes));
      this.#flush();
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = whenClosed(this.socket).then(() => {
      for (const wake of this.#waiting.splice(0)) wake();
      return this.events;
    });
    this.#flush();
  }

  /** The server's word on the publish. */
  async answer(): Promise<ClientEvent | undefined> {
    while (this.events.length === 0 && !this.socket.destroyed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    return this.events[0];
  }

  send(type: 'audio' | 'video' | 'data', timestampMs: number, payload: Uint8Array): void {
    this.socket.write(this.session.publishMessage(type, timestampMs, payload));
  }

  /** FCUnpublish and deleteStream, then close. */
  goodbye(): void {
    this.session.unpublish();
    this.#flush();
    this.socket.end();
  }

  #flush(): void {
    const output = this.session.takeOutput();
    if (output !== undefined) this.socket.write(output);
  }
}

/** Connects, and never reads unless told to. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}); // to be closed is what these are for
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the peer has closed this socket. */
export async function whenClosed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  socket.resume();
  await promise;
}
