/**
 * How a viewer asks for the stream, one row a protocol: everything up to the first byte of media.
 *
 * Each row opens a connection, waits for the server's consent and hands every later byte to `onMedia`.
 */
import { randomBytes } from 'node:crypto';
import { open, openRtmp, waitFor, type Address, type Connection } from './connection.ts';
import * as rtmp from './rtmp-bytes.ts';
import { clientFrame, OPCODES, WsReader } from './ws-reader.ts';

export type Protocol = 'rtmp' | 'http-flv' | 'ws-flv' | 'http-fmp4' | 'ws-fmp4' | 'ws-millrace';

export interface ViewTarget extends Address {
  readonly protocol: Protocol;
  /** RTMP: `app/name`; HTTP and WebSocket: the path with its leading slash. */
  readonly path: string;
}

export interface MediaSink {
  /** Valid only during the call. */
  onMedia(bytes: Buffer): void;
  /** The server said that it left something out for this viewer. */
  onDropped(): void;
}

type Join = (target: ViewTarget, sink: MediaSink) => Promise<Connection>;

const JOINS: Readonly<Record<Protocol, Join>> = {
  rtmp: joinRtmp,
  'http-flv': joinHttp,
  'http-fmp4': joinHttp,
  'ws-flv': (target, sink) => joinWebSocket(target, sink, undefined, undefined),
  'ws-fmp4': (target, sink) => joinWebSocket(target, sink, undefined, undefined),
  'ws-millrace': (target, sink) =>
    joinWebSocket(target, sink, 'millrace.v1', JSON.stringify({ type: 'hello', versions: [1] })),
};

export function join(target: ViewTarget, sink: MediaSink): Promise<Connection> {
  return JOINS[target.protocol](target, sink);
}

async function joinRtmp(target: ViewTarget, sink: MediaSink): Promise<Connection> {
  const [app = '', name = ''] = target.path.split('/');
  const { connection, streamId } = await openRtmp(
    { host: target.host, port: target.port, app, name },
    'play',
  );
  connection.onBytes = (bytes) => sink.onMedia(bytes);
  connection.socket.write(rtmp.command(streamId, 'play', 5, null, name));
  return connection;
}

const HEAD_END = '\r\n\r\n';

async function joinHttp(target: ViewTarget, sink: MediaSink): Promise<Connection> {
  const connection = open(target);
  connection.socket.write(`GET ${target.path} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n\r\n`);
  await head(connection, 200, sink.onMedia.bind(sink));
  return connection;
}

async function joinWebSocket(
  target: ViewTarget,
  sink: MediaSink,
  subprotocol: string | undefined,
  hello: string | undefined,
): Promise<Connection> {
  const connection = open(target);
  const headers = [
    `GET ${target.path} HTTP/1.1`,
    `Host: ${target.host}:${target.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ];
  connection.socket.write(headers.join('\r\n') + HEAD_END);
  const frames = new WsReader((opcode, payload) => {
    if (opcode === OPCODES.ping)
      connection.socket.write(clientFrame(OPCODES.pong, Buffer.from(payload.subarray(0, 125))));
    else if (opcode === OPCODES.text && payload.includes('"type":"dropped"')) sink.onDropped();
    else if (opcode === OPCODES.close) connection.socket.destroy();
  });
  await head(connection, 101, (bytes) => {
    sink.onMedia(bytes);
    frames.push(bytes);
  });
  if (hello !== undefined) connection.socket.write(clientFrame(OPCODES.text, Buffer.from(hello)));
  return connection;
}

/** Waits for the status line and the headers; bytes glued to them go on to `onRest` at once. */
async function head(connection: Connection, status: number, onRest: (bytes: Buffer) => void): Promise<void> {
  await waitFor(
    connection,
    `HTTP ${status}`,
    (bytes) => {
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) return undefined;
      const statusLine = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
      if (!statusLine.startsWith(`HTTP/1.1 ${status}`)) throw new Error(statusLine);
      const rest = bytes.subarray(end + HEAD_END.length);
      if (rest.length > 0) onRest(rest);
      return true;
    },
    onRest,
  );
}
