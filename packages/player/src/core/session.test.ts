import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MEDIA_FLAGS,
  MEDIA_FRAME_TYPES,
  MEDIA_HEADER_BYTES,
  writeMediaHeader,
  type ServerMessage,
} from '@millrace/contract/media-protocol';
import { MediaSession, type SessionEvent } from './session.ts';

const URL = 'ws://host/live/anna';

function session(): MediaSession {
  return new MediaSession({ url: URL, canPlay: ['audio/mpeg'], random: () => 0.5 });
}
const types = (events: readonly SessionEvent[]): string[] => events.map((event) => event.type);

function tracks(broadcast = 'b1', serverTime = 1_000_000): string {
  const message: ServerMessage = {
    type: 'tracks',
    version: 1,
    broadcast,
    epoch: 0,
    tracks: [
      {
        track: 1,
        kind: 'video',
        rendition: 0,
        codec: 'avc1.64001F',
        mimeType: 'video/mp4',
        timescale: 90_000,
        init: 0,
      },
    ],
    chunkMs: 100,
    resumed: false,
    serverTime,
  };
  return JSON.stringify(message);
}

function chunk(sequence: number, type: 1 | 2 = MEDIA_FRAME_TYPES.chunk): Uint8Array {
  const bytes = new Uint8Array(MEDIA_HEADER_BYTES + 3);
  writeMediaHeader(bytes, 0, {
    type,
    track: 1,
    rendition: 0,
    flags: MEDIA_FLAGS.key,
    epoch: 0,
    sequence,
    duration: 9000,
    dts: sequence * 9000,
    captureTime: 1_000_000 + sequence * 100,
  });
  return bytes;
}

/** Connected, greeted and told the tracks at `nowMs`. */
function open(nowMs = 0): MediaSession {
  const it = session();
  it.start(nowMs);
  it.socketOpened(nowMs);
  it.socketText(tracks(), nowMs);
  return it;
}

test('connects, greets once, and learns tracks, state and media in order', () => {
  const it = session();
  assert.deepEqual(it.start(0), [{ type: 'connect', url: URL }]);
  assert.deepEqual(it.start(0), []);
  const [hello] = it.socketOpened(5);
  assert.deepEqual(hello, {
    type: 'send',
    message: { type: 'hello', versions: [1], canPlay: ['audio/mpeg'] },
  });
  assert.deepEqual(types(it.socketText(tracks(), 15)), ['tracks']);
  assert.deepEqual(it.socketText('{"type":"state","state":"live"}', 15), [{ type: 'state', state: 'live' }]);
  assert.deepEqual(types(it.socketBinary(chunk(0, MEDIA_FRAME_TYPES.init), 16)), ['init']);
  assert.deepEqual(types(it.socketBinary(chunk(7), 17)), ['chunk']);
  assert.deepEqual(it.cursor, { broadcast: 'b1', epoch: 0, sequences: { '1': 7 } });
});

test('a channel that is not live needs no tracks to be connected', () => {
  const it = session();
  it.start(0);
  it.socketOpened(0);
  it.socketText('{"type":"state","state":"waiting"}', 0);
  assert.equal(it.phase, 'open');
  assert.equal(it.broadcastState, 'waiting');
});

test('comes back with its cursor after a lost connection, and drops what comes twice', () => {
  const it = open();
  it.socketBinary(chunk(3), 10);
  it.socketBinary(chunk(4), 20);
  assert.deepEqual(it.socketClosed(1006, 100), [{ type: 'connection', connected: false, retryInMs: 225 }]);
  assert.deepEqual(it.tick(324), []);
  assert.deepEqual(types(it.tick(325)), ['connect']);
  const [hello] = it.socketOpened(330);
  assert.ok(hello?.type === 'send' && hello.message.type === 'hello');
  assert.deepEqual(hello.message.resume, { broadcast: 'b1', epoch: 0, sequences: { '1': 4 } });
  const [again] = it.socketText(tracks(), 335);
  assert.ok(again?.type === 'tracks' && !again.fresh);
  assert.deepEqual(it.socketBinary(chunk(4), 340), []);
  assert.deepEqual(types(it.socketBinary(chunk(5), 340)), ['chunk']);
});

test('another broadcast is fresh: its sequences start anew', () => {
  const it = open();
  it.socketBinary(chunk(90), 10);
  const [event] = it.socketText(tracks('b2'), 20);
  assert.ok(event?.type === 'tracks' && event.fresh);
  assert.deepEqual(types(it.socketBinary(chunk(0), 30)), ['chunk']);
});

test('backs off longer with each failure, and says once that WebSockets do not get through', () => {
  const it = session();
  it.start(0);
  let nowMs = 0;
  const delays: (number | undefined)[] = [];
  const said: string[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const events = it.socketClosed(1006, nowMs);
    const [first] = events;
    assert.ok(first?.type === 'connection');
    delays.push(first.retryInMs);
    said.push(...types(events).slice(1));
    nowMs += first.retryInMs ?? 0;
    assert.deepEqual(types(it.tick(nowMs)), ['connect']);
  }
  assert.deepEqual(delays, [225, 450, 900, 1800, 3600, 6000, 6000, 6000]);
  assert.deepEqual(said, ['unreachable']);
});

test('once connected it never gives up on WebSockets', () => {
  const it = open();
  let nowMs = 0;
  for (let attempt = 0; attempt < 6; attempt += 1) {
    assert.deepEqual(types(it.socketClosed(1006, nowMs)), ['connection']);
    nowMs += 10_000;
    it.tick(nowMs);
  }
});

test('a refusal for good ends it, by close code or by message', () => {
  const closed = open();
  assert.deepEqual(types(closed.socketClosed(4404, 10)), ['connection', 'failed']);
  assert.deepEqual(closed.tick(60_000), []);
  const told = open();
  const events = told.socketText('{"type":"error","code":"not-authorised","message":"","retry":false}', 10);
  assert.deepEqual(events.at(-1), { type: 'failed', code: 'not-authorised' });
});

test('a stopping server is asked again; a full one not before five seconds', () => {
  const stopping = open();
  assert.deepEqual(stopping.socketClosed(4503, 0), [
    { type: 'connection', connected: false, retryInMs: 225 },
  ]);
  const full = open();
  const [event] = full.socketClosed(4429, 0);
  assert.ok(event?.type === 'connection' && (event.retryInMs ?? 0) >= 5000);
});

test('a socket that stays silent although pinged is given up', () => {
  const it = open();
  const sent: string[] = [];
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 100) sent.push(...types(it.tick(nowMs)));
  assert.ok(sent.filter((type) => type === 'send').length >= 4);
  assert.deepEqual(types(it.tick(10_100)), ['disconnect', 'connection']);
});

test('a handshake that never ends is given up', () => {
  const it = session();
  it.start(0);
  assert.deepEqual(it.tick(7_900), []);
  assert.deepEqual(types(it.tick(8_000)), ['disconnect', 'connection']);
});

test('the clock is the one of the shortest round trip', () => {
  const it = session();
  it.start(0);
  it.socketOpened(0);
  it.socketText(tracks('b1', 50_100), 200);
  assert.equal(it.clock.offsetMs, 50_000);
  it.socketText('{"type":"pong","clientTime":1000,"serverTime":51020}', 1010);
  assert.equal(it.clock.offsetMs, 50_015);
  it.socketText('{"type":"pong","clientTime":2000,"serverTime":53000}', 2900);
  assert.equal(it.clock.offsetMs, 50_015);
});

test('goes to another node with its cursor, but only to a WebSocket', () => {
  const it = open();
  it.socketBinary(chunk(1), 1);
  assert.deepEqual(it.socketText('{"type":"goto","url":"https://evil/"}', 2), []);
  const events = it.socketText('{"type":"goto","url":"ws://edge/live/anna"}', 2);
  assert.deepEqual(events.at(-1), { type: 'connect', url: 'ws://edge/live/anna' });
  assert.ok(it.cursor);
});

test('what is no message of the protocol is ignored', () => {
  const it = open();
  for (const text of [
    '',
    'x',
    '[]',
    'null',
    '{"type":7}',
    '{"type":"later-invention"}',
    '{"type":"tracks"}',
  ]) {
    assert.deepEqual(it.socketText(text, 1), []);
  }
  assert.deepEqual(it.socketBinary(new Uint8Array(10), 1), []);
  assert.deepEqual(it.socketBinary(new Uint8Array(40), 1), []);
});

test('reports every ten seconds', () => {
  const it = open(0);
  assert.deepEqual(it.report(9_999, { stalls: 0 }), []);
  assert.deepEqual(types(it.report(10_000, { stalls: 0 })), ['send']);
  assert.deepEqual(it.report(10_100, { stalls: 0 }), []);
});

test('paused before a lost connection, it comes back paused', () => {
  const it = open();
  assert.deepEqual(it.pause(), [{ type: 'send', message: { type: 'pause' } }]);
  it.socketClosed(1006, 0);
  it.tick(1000);
  const [hello] = it.socketOpened(1000);
  assert.ok(hello?.type === 'send' && hello.message.type === 'hello' && hello.message.paused === true);
});
