/**
 * The server's side of one RTMP connection: bytes in, events and reply bytes out.
 *
 * Spec: Adobe RTMP 1.0 §5 to §7. No socket, no clock: the owner passes bytes and time in, writes what `takeOutput`
 * has after each call (all replies of a command exchange in one write), and closes when told `closed`.
 *
 *     handshake → connecting → idle ⇄ deciding → publishing → idle …        any → closed
 *
 * Whatever a peer sends, `push` does not throw: what breaks the rules ends as a `closed` event.
 */
import { isAmfObject, type AmfObject, type AmfValue } from '../amf/index.ts';
import { FormatError } from '../bytes/index.ts';
import type { UnixMs } from '../time/units.ts';
import { Acknowledger } from './acknowledger.ts';
import { publishAddress } from './address.ts';
import { splitAggregate } from './aggregate.ts';
import { ChunkReader } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { COMMAND_ACTIONS } from './command-actions.ts';
import { commandMessage, readCommand, type Command } from './command.ts';
import { connectResult, encoderName } from './connect-result.ts';
import { controlMessage, readControl, type ControlMessage } from './control.ts';
import { ServerHandshake, type ServerHandshakeOptions } from './handshake/server-handshake.ts';
import {
  MAX_HELD_MEDIA_BYTES,
  MAX_HELD_MEDIA_MESSAGES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_BYTES_BEFORE_PUBLISH,
  OUR_CHUNK_BYTES,
  OUR_WINDOW_BYTES,
} from './limits.ts';
import { mediaMessage } from './media-message.ts';
import {
  BANDWIDTH_LIMIT,
  CHUNK_STREAM,
  MESSAGE,
  USER_CONTROL,
  type MediaMessage,
  type RtmpMessage,
} from './message.ts';
import { OutputQueue } from './output-queue.ts';
import { PUBLISH_STATUS, type PublishEnd, type PublishRefusal } from './publish-status.ts';
import type { PublishRequestId, ServerEvent } from './server-event.ts';

export interface ServerSessionOptions extends ServerHandshakeOptions {
  /** What else the answer to connect says of this server, e.g. the capabilities of Enhanced RTMP. */
  readonly capabilities?: AmfObject;
}

type State =
  | { readonly at: 'handshake'; readonly handshake: ServerHandshake }
  | { readonly at: 'connecting' }
  | { readonly at: 'idle'; readonly connect: AmfObject }
  | { readonly at: 'deciding'; readonly connect: AmfObject; readonly request: PendingPublish }
  | { readonly at: 'publishing'; readonly connect: AmfObject; readonly streamId: number }
  | { readonly at: 'closed' };

interface PendingPublish {
  readonly id: PublishRequestId;
  readonly streamId: number;
  /** Media that did not wait for the answer. */
  readonly held: MediaMessage[];
  heldBytes: number;
}

export class ServerSession {
  readonly #options: ServerSessionOptions;
  readonly #reader = new ChunkReader(MAX_MESSAGE_BYTES_BEFORE_PUBLISH);
  readonly #writer = new ChunkWriter();
  readonly #output = new OutputQueue();
  readonly #acknowledger = new Acknowledger();
  #state: State;
  #events: ServerEvent[] = [];
  #lastStreamId = 0;
  #lastRequestId: PublishRequestId = 0;
  #fcPublishAsked = false;
  #pingSentMs: UnixMs | undefined;
  #roundTripMs: number | undefined;

  constructor(options: ServerSessionOptions) {
    this.#options = options;
    this.#state = { at: 'handshake', handshake: new ServerHandshake(options) };
  }

  get state(): State['at'] {
    return this.#state.at;
  }

  /** All bytes that ever arrived. */
  get receivedBytes(): number {
    return this.#acknowledger.receivedBytes;
  }

  /** Between the last ping and its answer. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /**
   * What the bytes meant, in order. Never throws for anything in `bytes`.
   * Memory: nothing of `bytes` is kept; the payloads of events are arrays of their own.
   */
  push(bytes: Uint8Array, nowMs: UnixMs): ServerEvent[] {
    this.#events = [];
    if (this.#state.at === 'closed') return this.#events;
    try {
      this.#take(bytes, nowMs);
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

  /** Is this request still waiting for its answer? The encoder may have gone on meanwhile. */
  isDeciding(id: PublishRequestId): boolean {
    return this.#state.at === 'deciding' && this.#state.request.id === id;
  }

  /** Lets the encoder publish. Returns the media that did not wait for the answer; empty if the request is gone. */
  acceptPublish(id: PublishRequestId): MediaMessage[] {
    if (this.#state.at !== 'deciding' || this.#state.request.id !== id) return [];
    const { connect, request } = this.#state;
    this.#state = { at: 'publishing', connect, streamId: request.streamId };
    this.#reader.maxMessageBytes = MAX_MESSAGE_BYTES;
    this.#sendControl({ type: 'user-control', event: USER_CONTROL.streamBegin, value: request.streamId });
    const start = { code: 'NetStream.Publish.Start', description: 'Publishing.' };
    if (this.#fcPublishAsked) {
      this.#sendCommand(commandMessage(0, 'onFCPublish', 0, null, new Map(Object.entries(start))));
    }
    this.#sendStatus(request.streamId, 'status', start);
    return request.held;
  }

  /** Tells the encoder why not. The session is closed then: flush, and close the connection. */
  refusePublish(id: PublishRequestId, reason: PublishRefusal): void {
    if (this.#state.at !== 'deciding' || this.#state.request.id !== id) return;
    this.#sendStatus(this.#state.request.streamId, 'error', PUBLISH_STATUS[reason]);
    this.#state = { at: 'closed' };
  }

  /** Ends an accepted publish from our side. The session is closed then: flush, and close the connection. */
  endPublish(reason: PublishEnd): void {
    if (this.#state.at === 'publishing')
      this.#sendStatus(this.#state.streamId, 'error', PUBLISH_STATUS[reason]);
    this.#state = { at: 'closed' };
  }

  /** Asks the peer for a sign of life. */
  ping(nowMs: UnixMs): void {
    if (this.#state.at === 'handshake' || this.#state.at === 'closed') return;
    this.#pingSentMs = nowMs;
    this.#sendControl({
      type: 'user-control',
      event: USER_CONTROL.pingRequest,
      value: nowMs % 0x1_0000_0000,
    });
  }

  #take(bytes: Uint8Array, nowMs: UnixMs): void {
    const acknowledge = this.#acknowledger.received(bytes.length);
    let chunks = bytes;
    if (this.#state.at === 'handshake') {
      const step = this.#state.handshake.push(bytes);
      if (step.reply !== undefined) this.#output.add(step.reply);
      if (!step.done) return;
      this.#state = { at: 'connecting' };
      chunks = bytes.subarray(step.used);
    }
    this.#reader.push(chunks);
    for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next()) {
      this.#onMessage(message, nowMs);
    }
    if (acknowledge !== undefined) this.#sendControl({ type: 'acknowledgement', receivedBytes: acknowledge });
  }

  #onMessage(message: RtmpMessage, nowMs: UnixMs): void {
    switch (message.typeId) {
      case MESSAGE.audio:
      case MESSAGE.video:
      case MESSAGE.dataAmf0:
      case MESSAGE.dataAmf3:
        return this.#onMedia(message);
      case MESSAGE.aggregate:
        // Split only for those whose media is taken: it is not free.
        if (this.#takesMediaOn(message.streamId))
          splitAggregate(message).forEach((part) => this.#onMedia(part));
        return;
      case MESSAGE.commandAmf0:
      case MESSAGE.commandAmf3:
        return this.#onCommand(readCommand(message));
      default: {
        const control = readControl(message);
        if (control !== undefined) this.#onControl(control, nowMs);
      }
    }
  }

  #onControl(control: ControlMessage, nowMs: UnixMs): void {
    switch (control.type) {
      case 'window-ack-size':
        this.#acknowledger.windowBytes = control.windowBytes;
        return;
      case 'set-peer-bandwidth':
        this.#sendControl({ type: 'window-ack-size', windowBytes: OUR_WINDOW_BYTES });
        return;
      case 'user-control':
        if (control.event === USER_CONTROL.pingRequest) {
          this.#sendControl({ type: 'user-control', event: USER_CONTROL.pingResponse, value: control.value });
        } else if (control.event === USER_CONTROL.pingResponse && this.#pingSentMs !== undefined) {
          this.#roundTripMs = Math.max(0, nowMs - this.#pingSentMs);
          this.#pingSentMs = undefined;
        }
        return;
      case 'acknowledgement': // never required
      case 'set-chunk-size': // applied by the chunk reader
      case 'abort':
        return;
    }
  }

  #takesMediaOn(streamId: number): boolean {
    const state = this.#state;
    if (state.at === 'publishing') return state.streamId === streamId;
    return state.at === 'deciding' && state.request.streamId === streamId;
  }

  /** Media of anybody but the accepted publisher is left out; a zero-length message says nothing. */
  #onMedia(message: RtmpMessage): void {
    if (!this.#takesMediaOn(message.streamId)) return;
    const media = mediaMessage(message);
    if (media === undefined) return;
    if (this.#state.at === 'deciding') this.#hold(this.#state.request, media);
    else this.#events.push({ type: 'media', message: media });
  }

  #hold(request: PendingPublish, media: MediaMessage): void {
    request.held.push(media);
    request.heldBytes += media.payload.length;
    if (request.heldBytes > MAX_HELD_MEDIA_BYTES || request.held.length > MAX_HELD_MEDIA_MESSAGES) {
      throw new FormatError('rtmp/media-before-accept', 'too much media before the publish was accepted');
    }
  }

  #onCommand(command: Command): void {
    const action = COMMAND_ACTIONS.get(command.name);
    if (this.#state.at === 'connecting') {
      if (action !== 'connect') throw new FormatError('rtmp/not-connected', 'a command before connect');
      return this.#onConnect(command);
    }
    switch (action) {
      case 'connect':
        throw new FormatError('rtmp/connected-twice', 'a second connect');
      case 'create-stream':
        return this.#sendResult(command, ++this.#lastStreamId);
      case 'fc-publish':
        // onFCPublish says that publishing has begun, so it waits for the accept.
        this.#fcPublishAsked = true;
        return this.#answerIfAsked(command);
      case 'publish':
        return this.#onPublish(command);
      case 'fc-unpublish':
        return this.#onFcUnpublish(command);
      case 'close-stream':
        return this.#unpublish(command.streamId);
      case 'delete-stream':
        return this.#unpublish(typeof command.args[0] === 'number' ? command.args[0] : command.streamId);
      case 'stream-length':
        return this.#sendResult(command, 0);
      case 'play':
        return this.#sendStatus(command.streamId, 'error', {
          code: 'NetStream.Play.Failed',
          description: 'Playing over RTMP is not offered here.',
        });
      case 'seek':
        return this.#sendStatus(command.streamId, 'error', {
          code: 'NetStream.Seek.Failed',
          description: 'A live stream cannot seek.',
        });
      case 'ignore':
        return;
      case undefined: // releaseStream, FCSubscribe, _checkbw, and whatever comes
        return this.#answerIfAsked(command);
    }
  }

  #onConnect(command: Command): void {
    const connect = isAmfObject(command.object) ? command.object : new Map<string, AmfValue>();
    this.#state = { at: 'idle', connect };
    this.#sendControl({ type: 'window-ack-size', windowBytes: OUR_WINDOW_BYTES });
    this.#sendControl({
      type: 'set-peer-bandwidth',
      windowBytes: OUR_WINDOW_BYTES,
      limit: BANDWIDTH_LIMIT.dynamic,
    });
    this.#sendControl({ type: 'set-chunk-size', chunkBytes: OUR_CHUNK_BYTES });
    this.#writer.chunkBytes = OUR_CHUNK_BYTES;
    this.#sendCommand(connectResult(command.transactionId, connect, this.#options.capabilities));
    this.#events.push({ type: 'connect', encoder: encoderName(connect) });
  }

  #onPublish(command: Command): void {
    const [name] = command.args;
    // ActionScript's publish(false) means: stop.
    if (name === false) return this.#unpublish(command.streamId);
    if (this.#state.at !== 'idle') {
      return this.#sendStatus(command.streamId, 'error', {
        code: 'NetStream.Publish.BadConnection',
        description: 'This connection is publishing already.',
      });
    }
    const { connect } = this.#state;
    const id = ++this.#lastRequestId;
    this.#state = {
      at: 'deciding',
      connect,
      request: { id, streamId: command.streamId, held: [], heldBytes: 0 },
    };
    // A frame that comes before the answer must fit into what is held.
    this.#reader.maxMessageBytes = MAX_HELD_MEDIA_BYTES;
    const address = publishAddress(connect, typeof name === 'string' ? name : '');
    this.#events.push({ type: 'publish-request', id, address });
  }

  #onFcUnpublish(command: Command): void {
    this.#answerIfAsked(command);
    const state = this.#state;
    if (state.at === 'publishing') this.#unpublish(state.streamId);
    else if (state.at === 'deciding') this.#unpublish(state.request.streamId);
  }

  #unpublish(streamId: number): void {
    if (!this.#takesMediaOn(streamId)) return;
    const state = this.#state;
    if (state.at !== 'publishing' && state.at !== 'deciding') return;
    this.#state = { at: 'idle', connect: state.connect };
    if (this.#fcPublishAsked) {
      const ended = new Map([['code', 'NetStream.Unpublish.Success']]);
      this.#sendCommand(commandMessage(0, 'onFCUnpublish', 0, null, ended));
    }
    this.#fcPublishAsked = false;
    this.#sendStatus(streamId, 'status', {
      code: 'NetStream.Unpublish.Success',
      description: 'Stopped publishing.',
    });
    if (state.at === 'publishing') this.#events.push({ type: 'publish-end' });
  }

  /** Transaction id 0 asks for no answer (§7.2.1.2); GStreamer uses it for releaseStream and FCPublish. */
  #answerIfAsked(command: Command): void {
    if (command.transactionId !== 0) this.#sendResult(command, undefined);
  }

  #sendResult(command: Command, value: AmfValue): void {
    this.#sendCommand(commandMessage(command.streamId, '_result', command.transactionId, null, value));
  }

  /** §7.2.2: onStatus goes out on the message stream that asked. */
  #sendStatus(
    streamId: number,
    level: 'status' | 'error',
    status: { readonly code: string; readonly description: string },
  ): void {
    const information = new Map([['level', level], ...Object.entries(status)]);
    this.#sendCommand(commandMessage(streamId, 'onStatus', 0, null, information));
  }

  #sendCommand(message: RtmpMessage): void {
    this.#output.add(this.#writer.write(CHUNK_STREAM.command, message));
  }

  #sendControl(control: ControlMessage): void {
    this.#output.add(this.#writer.write(CHUNK_STREAM.control, controlMessage(control)));
  }
}
