/**
 * The RTMP server session under recorded sessions of real encoders, broken: handshake, chunks, commands, AMF.
 * The bytes come in pieces of random sizes; publish requests are accepted, refused or left open.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FormatError } from '@millrace/media';
import { readAmf0, writeAmf0, EcmaArray } from '@millrace/media/amf';
import { ServerSession, type MediaMessage, type ServerEvent } from '@millrace/media/rtmp';
import { mutate, type Random } from './mutate.ts';
import type { FuzzTarget } from './targets.ts';

const RECORDINGS = ['ffmpeg', 'gstreamer', 'obs'];
const HANDSHAKE_BYTES = 1 + 2 * 1536;
/** Enough for all commands and the first frames; the rest of a recording is more of the same. */
const SESSION_BYTES = HANDSHAKE_BYTES + 6_000;
/** One round in so many breaks the handshake as well. */
const HANDSHAKE_ROUNDS = 20;

/** Mostly as a socket gives them; now and then so small that everything is cut. */
const PIECE_BYTES = [1, 7, 100, 1460, 1460, 1460, 65_536, 65_536, 65_536, 65_536, 65_536, 65_536];

/** A session may not make more of its input than this. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

export function recordedSession(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../test/fixtures/rtmp/${name}.bin`, import.meta.url)));
}

export function rtmpTarget(): FuzzTarget {
  const corpus = RECORDINGS.map((name) => recordedSession(name).subarray(0, SESSION_BYTES));
  return {
    corpus,
    mutated: (random) => mutate(corpus, random, random.below(HANDSHAKE_ROUNDS) === 0 ? 0 : HANDSHAKE_BYTES),
    run: runSession,
  };
}

function runSession(input: Uint8Array, random: Random): string {
  const session = new ServerSession({
    hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
    randomBytes: (byteCount) => new Uint8Array(byteCount),
  });
  const pieceBytes = random.pick(PIECE_BYTES);
  // Byte by byte is for the borders; the handshake has none inside.
  let at = random.below(HANDSHAKE_ROUNDS) === 0 ? 0 : Math.min(HANDSHAKE_BYTES, input.length);
  let events = session.push(input.subarray(0, at), 0);
  let outcome = take(session, events, random);
  let outputBytes = session.takeOutput()?.length ?? 0;
  while (at < input.length && session.state !== 'closed') {
    events = session.push(input.subarray(at, at + pieceBytes), at);
    outcome = take(session, events, random);
    outputBytes += session.takeOutput()?.length ?? 0;
    at += pieceBytes;
  }
  if (outputBytes > MAX_OUTPUT_BYTES) throw new Error(`${outputBytes} bytes of replies to ${input.length}`);
  return outcome;
}

function take(session: ServerSession, events: readonly ServerEvent[], random: Random): string {
  for (const event of events) {
    if (event.type === 'closed') return event.error.code;
    if (event.type === 'media') check(event.message);
    if (event.type === 'publish-request') {
      const choice = random.below(8);
      if (choice === 0) session.refusePublish(event.id, 'unknown-key');
      else if (choice > 1) session.acceptPublish(event.id).forEach(check);
    }
  }
  return 'ok';
}

function check(message: MediaMessage): void {
  const { timestampMs, payload } = message;
  if (!(timestampMs >= 0 && timestampMs < 2 ** 32) || payload.length === 0) {
    throw new Error(`media at ${timestampMs} ms of ${payload.length} bytes`);
  }
}

export function amfTarget(): FuzzTarget {
  const corpus = [
    writeAmf0(
      'connect',
      1,
      new Map<string, string | number>([
        ['app', 'live'],
        ['capabilities', 239],
      ]),
    ),
    writeAmf0(
      'onMetaData',
      new EcmaArray([
        ['width', 1280],
        ['tags', ['a', null, true, new Date(0)]],
      ]),
    ),
    Uint8Array.from(Buffer.from('110a1301036104050a1301036104050903036101010405060361', 'hex')),
    Uint8Array.from(Buffer.from('11110300060361040511100300010405110f03003ff0000000000000', 'hex')),
  ];
  return {
    corpus,
    mutated: (random) => mutate(corpus, random),
    run(input) {
      try {
        readAmf0(input);
        return 'ok';
      } catch (error) {
        if (error instanceof FormatError) return error.code;
        throw error;
      }
    },
  };
}
