/**
 * The table of upgrades: which address speaks WebSocket, and who answers.
 *
 * In: `upgrade` events of the HTTP server. Out: calls of the handler whose pattern matches the path; a 404 for all
 * others. It knows every upgraded socket, so that none outlives the server.
 */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiErrorBody, ApiErrorCode } from '@millrace/contract';
import { API_ERRORS } from '@millrace/contract';
import type { Logger } from 'pino';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What came behind the headers already. */
  readonly head: Buffer;
  /** Named groups of the pattern. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export class UpgradeTable {
  private readonly log: Logger;
  private readonly rows: { readonly pattern: RegExp; readonly handler: (upgrade: Upgrade) => void }[] = [];
  private readonly sockets = new Set<Socket>();

  constructor(log: Logger) {
    this.log = log;
  }

  /** `pattern` is matched against the path, without the query; its named groups become `params`. */
  add(pattern: RegExp, handler: (upgrade: Upgrade) => void): void {
    this.rows.push({ pattern, handler });
  }

  handle(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    // The types leave room for other streams; a plain HTTP server hands over the connection itself.
    const socket = stream as Socket;
    socket.on('error', () => socket.destroy());
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    for (const { pattern, handler } of this.rows) {
      const match = pattern.exec(path);
      if (match === null) continue;
      try {
        handler({ request, socket, head, params: match.groups ?? {}, query: new URLSearchParams(search) });
      } catch (error) {
        this.log.error({ err: error }, 'an upgrade failed');
        refuseUpgrade(socket, 'internal', 'Something went wrong here.');
      }
      return;
    }
    refuseUpgrade(socket, 'not-found', 'Nothing speaks WebSocket at this address.');
  }

  /** Handlers close their own connections in their own words; whoever is left after that is cut off. */
  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/**
 * Answers an upgrade with an error of the API instead, and closes both directions: nobody reads this socket any more,
 * so that a client that keeps its own side open would hold the connection for ever.
 */
export function refuseUpgrade(socket: Socket, code: ApiErrorCode, message: string): void {
  const status = API_ERRORS[code];
  const body: ApiErrorBody = { error: { code, message } };
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      'Connection: close\r\nContent-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  socket.destroySoon();
}
