/**
 * The publisher's side of one RTMP connection: bytes in, events and bytes to send out.
 *
 * Spec: Adobe RTMP 1.0 §5 to §7; commands in the order OBS and FFmpeg send them: SetChunkSize before connect, then
 * releaseStream, FCPublish and createStream at once, publish on the stream that was made.
 *
 *     handshake → connecting → creating → asking → publishing → closed
 *
 * Send what `takeOutput` has after the constructor and after each call. Once `publishing`, `publishMessage` gives
 * the bytes of one message of media, ready to be written.
 */
import { isAmfObject, type AmfValue } from '../amf/index.ts';
import { assert, FormatError } from '../bytes/index.ts';
import type { Ms, UnixMs } from '../time/units.ts';
import { Acknowledger } from './acknowledger.ts';
import { ChunkReader } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { commandMessage, readCommand, type Command } from './command.ts';
import { controlMessage, readControl, type ControlMessage } from './control.ts';
import { ClientHandshake, type ClientHandshakeOptions } from './handshake/client-handshake.ts';
import { OUR_CHUNK_BYTES, OUR_WINDOW_BYTES } from './limits.ts';
import { SET_DATA_FRAME } from './media-message.ts';
import { CHUNK_STREAM, MESSAGE, USER_CONTROL, type MediaMessage, type RtmpMessage } from './message.ts';
import { OutputQueue } from './output-queue.ts';

export interface ClientSessionOptions extends ClientHandshakeOptions {
  /** The application, without slashes at its ends: `live`. */
  readonly app: string;
  /** The address of the application: `rtmp://host:1935/live`. */
  readonly tcUrl: string;
  /** The name to publish: the stream key. */
  readonly streamKey: string;
  /** How this encoder names itself. */
  readonly encoder: string;
}

export type ClientEvent =
  /** The server accepted: media may be sent. */
  | { readonly type: 'publishing' }
  /** The server refused, or ended the publish. Close the connection. */
  | { readonly type: 'refused'; readonly code: string; readonly description: string }
  /** The server broke the protocol. Close the connection. */
  | { readonly type: 'closed'; readonly error: FormatError };

type State =
  | { readonly at: 'handshake'; readonly handshake: ClientHandshake }
  | { readonly at: 'connecting' }
  | { readonly at: 'creating' }
  | { readonly at: 'asking'; readonly streamId: number }
  | { readonly at: 'publishing'; readonly streamId: number }
  | { readonly at: 'closed' };

/** Transaction ids of the commands whose answers are waited for, as FFmpeg and OBS number them. */
const TRANSACTION = {
  connect: 1,
  releaseStream: 2,
  fcPublish: 3,
  createStream: 4,
  publish: 5,
  close: 6,
} as const;

const MEDIA_TYPE_IDS = { audio: MESSAGE.audio, video: MESSAGE.video, data: MESSAGE.dataAmf0 } as const;

export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #reader = new ChunkReader();
  readonly #writer = new ChunkWriter();
  readonly #output = new OutputQueue();
  readonly #acknowledger = new Acknowledger();
  #state: State;
  #events: ClientEvent[] = [];

  constructor(options: ClientSessionOptions) {
    this.#options = options;
    const handshake = new ClientHandshake(options);
    this.#state = { at: 'handshake', handshake };
    this.#output.add(handshake.start());
  }

  get state(): State['at'] {
    return this.#state.at;
  }

  /** What the server's bytes meant. Never throws for anything in them. */
  push(bytes: Uint8Array, _nowMs?: UnixMs): ClientEvent[] {
    this.#events = [];
    if (this.#state.at === 'closed') return this.#events;
    try {
      this.#take(bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#state = { at: 'closed' };
      this.#events.push({ type: 'closed', error });
    }
    return this.#events;
  }

  /** The bytes to send, since the last call; `undefined` when there are none. */
  takeOutput(): Uint8Array | undefined {
    return this.#output.take();
  }

  /**
   * The bytes of one message of media, to be written after everything `takeOutput` gave. Only while `publishing`.
   * @param payload The body of an FLV tag; a script tag is wrapped in `@setDataFrame`.
   */
  publishMessage(type: MediaMessage['type'], timestampMs: Ms, payload: Uint8Array): Uint8Array {
    assert(this.#state.at === 'publishing', 'media is sent only while publishing');
    const message: RtmpMessage = {
      typeId: MEDIA_TYPE_IDS[type],
      streamId: this.#state.streamId,
      timestampMs: timestampMs >>> 0,
      payload: type === 'data' ? withSetDataFrame(payload) : payload,
    };
    return this.#writer.write(CHUNK_STREAM[type], message);
  }

  /** Says goodbye as encoders do. Send `takeOutput`, then close the connection. */
  unpublish(): void {
    if (this.#state.at !== 'publishing' && this.#state.at !== 'asking') return;
    const { streamId } = this.#state;
    this.#sendCommand(commandMessage(0, 'FCUnpublish', TRANSACTION.close, null, this.#options.streamKey));
    this.#sendCommand(commandMessage(0, 'deleteStream', TRANSACTION.close + 1, null, streamId));
    this.#state = { at: 'closed' };
  }

  #take(bytes: Uint8Array): void {
    const acknowledge = this.#acknowledger.received(bytes.length);
    let chunks = bytes;
    if (this.#state.at === 'handshake') {
      const step = this.#state.handshake.push(bytes);
      if (step.reply !== undefined) this.#output.add(step.reply);
      if (!step.done) return;
      this.#state = { at: 'connecting' };
      this.#sendConnect();
      chunks = bytes.subarray(step.used);
    }
    this.#reader.push(chunks);
    for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next()) {
      this.#onMessage(message);
    }
    if (acknowledge !== undefined) this.#sendControl({ type: 'acknowledgement', receivedBytes: acknowledge });
  }

  #onMessage(message: RtmpMessage): void {
    if (message.typeId === MESSAGE.commandAmf0 || message.typeId === MESSAGE.commandAmf3) {
      return this.#onCommand(readCommand(message));
    }
    const control = readControl(message);
    if (control?.type === 'window-ack-size') this.#acknowledger.windowBytes = control.windowBytes;
    else if (control?.type === 'set-peer-bandwidth') {
      this.#sendControl({ type: 'window-ack-size', windowBytes: OUR_WINDOW_BYTES });
    } else if (control?.type === 'user-control' && control.event === USER_CONTROL.pingRequest) {
      this.#sendControl({ type: 'user-control', event: USER_CONTROL.pingResponse, value: control.value });
    }
  }

  #onCommand(command: Command): void {
    switch (command.name) {
      case '_result':
        return this.#onResult(command);
      case '_error':
        // releaseStream and FCPublish may fail on servers that do not know them.
        if (
          command.transactionId === TRANSACTION.connect ||
          command.transactionId === TRANSACTION.createStream
        ) {
          this.#refused(command);
        }
        return;
      case 'onStatus':
        return this.#onStatus(command);
    }
  }

  #onResult(command: Command): void {
    if (this.#state.at === 'connecting' && command.transactionId === TRANSACTION.connect) {
      this.#state = { at: 'creating' };
      const { streamKey } = this.#options;
      this.#sendCommand(commandMessage(0, 'releaseStream', TRANSACTION.releaseStream, null, streamKey));
      this.#sendCommand(commandMessage(0, 'FCPublish', TRANSACTION.fcPublish, null, streamKey));
      this.#sendCommand(commandMessage(0, 'createStream', TRANSACTION.createStream, null));
    } else if (this.#state.at === 'creating' && command.transactionId === TRANSACTION.createStream) {
      const [streamId] = command.args;
      if (typeof streamId !== 'number')
        throw new FormatError('rtmp/stream-id-missing', 'createStream gave no number');
      this.#state = { at: 'asking', streamId };
      const { streamKey } = this.#options;
      this.#sendCommand(commandMessage(streamId, 'publish', TRANSACTION.publish, null, streamKey, 'live'));
    }
  }

  #onStatus(command: Command): void {
    const [information] = command.args;
    if (isAmfObject(information) && information.get('level') === 'error') return this.#refused(command);
    if (this.#state.at !== 'asking' || !isAmfObject(information)) return;
    if (information.get('code') !== 'NetStream.Publish.Start') return;
    this.#state = { at: 'publishing', streamId: this.#state.streamId };
    this.#events.push({ type: 'publishing' });
  }

  #refused(command: Command): void {
    const [information] = command.args;
    const text = (name: string): string => {
      const value = isAmfObject(information) ? information.get(name) : undefined;
      return typeof value === 'string' ? value : '';
    };
    this.#state = { at: 'closed' };
    this.#events.push({ type: 'refused', code: text('code'), description: text('description') });
  }

  #sendConnect(): void {
    const { app, tcUrl, encoder } = this.#options;
    this.#sendControl({ type: 'set-chunk-size', chunkBytes: OUR_CHUNK_BYTES });
    this.#writer.chunkBytes = OUR_CHUNK_BYTES;
    const object = new Map<string, AmfValue>([
      ['app', app],
      ['type', 'nonprivate'],
      ['flashVer', encoder],
      ['tcUrl', tcUrl],
    ]);
    this.#sendCommand(commandMessage(0, 'connect', TRANSACTION.connect, object));
  }

  #sendCommand(message: RtmpMessage): void {
    this.#output.add(this.#writer.write(CHUNK_STREAM.command, message));
  }

  #sendControl(control: ControlMessage): void {
    this.#output.add(this.#writer.write(CHUNK_STREAM.control, controlMessage(control)));
  }
}

function withSetDataFrame(payload: Uint8Array): Uint8Array {
  const wrapped = new Uint8Array(SET_DATA_FRAME.length + payload.length);
  wrapped.set(SET_DATA_FRAME);
  wrapped.set(payload, SET_DATA_FRAME.length);
  return wrapped;
}
