/**
 * Both ends of a connection without a socket: a server session driven by a client that says exactly what a test
 * wants it to, command by command.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { AmfValue } from '../../amf/index.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { ChunkWriter } from '../chunk-writer.ts';
import { commandMessage, readCommand, type Command } from '../command.ts';
import { controlMessage, readControl, type ControlMessage } from '../control.ts';
import { HANDSHAKE_BYTES } from '../handshake/digest.ts';
import { MESSAGE, type RtmpMessage } from '../message.ts';
import type { ServerEvent } from '../server-event.ts';
import { ServerSession, type ServerSessionOptions } from '../server-session.ts';

export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(data).digest());
}

/** Repeatable "random" bytes. */
export function seededBytes(seed = 1): (byteCount: number) => Uint8Array {
  let state = seed >>> 0;
  return (byteCount) =>
    Uint8Array.from({ length: byteCount }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}

export const SESSION_OPTIONS: ServerSessionOptions = { hmacSha256, randomBytes: seededBytes() };

/** C0, C1 and a C2 nobody compares: the simple handshake. */
export const SIMPLE_HANDSHAKE: Uint8Array = (() => {
  const handshake = new Uint8Array(1 + 2 * HANDSHAKE_BYTES);
  handshake[0] = 3;
  return handshake;
})();

/** What the server said: its commands, and its control messages. */
export type Reply = Command | ControlMessage;

export class TestPeer {
  readonly session: ServerSession;
  /** Chunk size of what this peer sends: large, so that tests need not care. */
  readonly writer = new ChunkWriter();
  readonly events: ServerEvent[] = [];
  readonly #reader = new ChunkReader();
  nowMs = 1_000_000;

  constructor(options: ServerSessionOptions = SESSION_OPTIONS) {
    this.session = new ServerSession(options);
  }

  /** Pushes raw bytes; returns what they caused. */
  push(bytes: Uint8Array): ServerEvent[] {
    const events = this.session.push(bytes, this.nowMs);
    this.events.push(...events);
    return events;
  }

  handshake(): void {
    this.push(SIMPLE_HANDSHAKE);
    assert.equal(this.session.takeOutput()?.length, 1 + 2 * HANDSHAKE_BYTES);
  }

  send(message: RtmpMessage, chunkStreamId = 3): ServerEvent[] {
    return this.push(this.writer.write(chunkStreamId, message));
  }

  control(control: ControlMessage): ServerEvent[] {
    return this.send(controlMessage(control), 2);
  }

  command(
    streamId: number,
    name: string,
    transactionId: number,
    object: AmfValue = null,
    ...args: readonly AmfValue[]
  ): ServerEvent[] {
    return this.send(commandMessage(streamId, name, transactionId, object, ...args));
  }

  media(typeId: number, timestampMs: number, payload: Uint8Array, streamId = 1): ServerEvent[] {
    return this.send({ typeId, streamId, timestampMs, payload }, 4);
  }

  /** All that the server said since the last call. */
  replies(): Reply[] {
    const output = this.session.takeOutput();
    if (output === undefined) return [];
    const replies: Reply[] = [];
    this.#reader.push(output);
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      const reply = message.typeId === MESSAGE.commandAmf0 ? readCommand(message) : readControl(message);
      if (reply !== undefined) replies.push(reply);
    }
    return replies;
  }

  /** Handshake and connect, replies read. */
  connect(object: readonly (readonly [string, AmfValue])[] = [['app', 'live']]): void {
    this.handshake();
    this.command(0, 'connect', 1, new Map(object));
    this.replies();
  }

  /** Asks to publish on stream 1 and returns the request. */
  ask(name: AmfValue = 'KEY', transactionId = 5): Extract<ServerEvent, { type: 'publish-request' }> {
    const [event] = this.command(1, 'publish', transactionId, null, name, 'live');
    assert.equal(event?.type, 'publish-request');
    return event;
  }

  /** All the way to an accepted publish on stream 1, replies read. */
  publish(): void {
    this.connect();
    this.session.acceptPublish(this.ask().id);
    this.replies();
  }
}

/** Only the commands of the replies, in short: name, message stream, transaction, code or value. */
export function commandRows(replies: readonly Reply[]): readonly (readonly AmfValue[])[] {
  return replies
    .filter((reply): reply is Command => 'name' in reply)
    .map(({ name, streamId, transactionId, args: [first] }) => [
      name,
      streamId,
      transactionId,
      first instanceof Map ? (first as ReadonlyMap<string, AmfValue>).get('code') : first,
    ]);
}
