/**
 * A client socket that costs as little as Node allows, and the RTMP exchange both publishers and players begin with.
 *
 * All sockets of a process read into one shared buffer: what `onBytes` gets is valid only until it returns.
 */
import { connect, type Socket } from 'node:net';
import * as rtmp from './rtmp-bytes.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Holds a whole socket buffer of the kernel at once, so that a late reader needs few reads. */
const READ_BUFFER_BYTES = 256 * 1024;
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

export interface Connection {
  readonly socket: Socket;
  /** Replaced as the exchange goes on. */
  onBytes: (bytes: Buffer) => void;
  onClose: (reason: string) => void;
}

export function open(address: Address): Connection {
  const socket = connect({
    host: address.host,
    port: address.port,
    noDelay: true,
    onread: {
      buffer: readBuffer,
      callback: (length) => {
        connection.onBytes(readBuffer.subarray(0, length));
        return true;
      },
    },
  });
  const connection: Connection = { socket, onBytes: () => {}, onClose: () => {} };
  let reason = 'closed by the server';
  socket.on('error', (error) => (reason = error.message));
  socket.on('close', () => connection.onClose(reason));
  return connection;
}

/** Longest answer a server gives before media: more is no answer we know. */
const MAX_ANSWER_BYTES = 64 * 1024;
const ANSWER_TIMEOUT_MS = 30_000;

/** Collects bytes until `find` sees what it waits for, and returns that. Later bytes go to `next`, without a gap. */
export function waitFor<T>(
  connection: Connection,
  what: string,
  find: (bytes: Buffer) => T | undefined,
  next: (bytes: Buffer) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let collected: Buffer = Buffer.alloc(0);
    const settle = (error: Error): void => {
      clearTimeout(timer);
      connection.onBytes = () => {};
      connection.socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => settle(new Error(`no ${what} within ${ANSWER_TIMEOUT_MS} ms`)),
      ANSWER_TIMEOUT_MS,
    );
    connection.onClose = (reason) => settle(new Error(`${what}: ${reason}`));
    connection.onBytes = (bytes) => {
      collected = Buffer.concat([collected, bytes]);
      let answer: T | undefined;
      try {
        answer = find(collected);
      } catch (error) {
        settle(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      if (answer !== undefined) {
        clearTimeout(timer);
        connection.onBytes = next;
        resolve(answer);
      } else if (collected.length > MAX_ANSWER_BYTES)
        settle(new Error(`no ${what} in ${MAX_ANSWER_BYTES} bytes`));
    };
  });
}

export interface RtmpTarget extends Address {
  readonly app: string;
  /** Stream key to publish, or name to play. */
  readonly name: string;
}

/** Handshake, connect, createStream: leaves a connection and the id of its stream. */
export async function openRtmp(
  target: RtmpTarget,
  type: 'publish' | 'play',
): Promise<{ connection: Connection; streamId: number }> {
  const connection = open(target);
  const { socket } = connection;
  socket.write(rtmp.handshakeStart());
  const c2 = await waitFor(connection, 'RTMP handshake', (bytes) =>
    bytes.length >= rtmp.SERVER_HANDSHAKE_BYTES ? rtmp.handshakeEnd(bytes) : undefined,
  );
  const application = {
    app: target.app,
    tcUrl: `rtmp://${target.host}:${target.port}/${target.app}`,
    flashVer: 'bench/1',
  };
  socket.write(Buffer.concat([c2, rtmp.setChunkSize(), rtmp.command(0, 'connect', 1, application)]));
  await waitFor(connection, 'connect answer', (bytes) => rtmp.findResult(bytes, 1));
  const before =
    type === 'publish'
      ? [
          rtmp.command(0, 'releaseStream', 2, null, target.name),
          rtmp.command(0, 'FCPublish', 3, null, target.name),
        ]
      : [];
  socket.write(Buffer.concat([...before, rtmp.command(0, 'createStream', 4, null)]));
  const streamId = await waitFor(
    connection,
    'createStream answer',
    (bytes) => rtmp.findResult(bytes, 4) || undefined,
  );
  return { connection, streamId };
}
