/**
 * The one WebSocket of a session.
 *
 * In: an address, messages to send. Out: what happens on the socket opened last (`SocketEvents`); whatever still comes
 * of a socket that was given up is not heard.
 */
import { MEDIA_SUBPROTOCOL, type PlayerMessage } from '@millrace/contract/media-protocol';

export interface SocketEvents {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** The bytes are the receiver's. */
  readonly onBinary: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly onClose: (code: number) => void;
}

export class MediaSocket {
  readonly #events: SocketEvents;
  #socket: WebSocket | undefined;

  constructor(events: SocketEvents) {
    this.#events = events;
  }

  open(url: string): void {
    this.close();
    const socket = new WebSocket(url, MEDIA_SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    const mine = (): boolean => this.#socket === socket;
    socket.addEventListener('open', () => {
      if (mine()) this.#events.onOpen();
    });
    socket.addEventListener('message', (message: MessageEvent<unknown>) => {
      if (!mine()) return;
      if (typeof message.data === 'string') this.#events.onText(message.data);
      else if (message.data instanceof ArrayBuffer) this.#events.onBinary(new Uint8Array(message.data));
    });
    socket.addEventListener('close', (closing) => {
      if (!mine()) return;
      this.#socket = undefined;
      this.#events.onClose(closing.code);
    });
  }

  /** Nothing is sent, and nothing kept, while there is no open connection: the session greets anew. */
  send(message: PlayerMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }
}
