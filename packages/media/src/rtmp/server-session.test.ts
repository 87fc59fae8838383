/** The server session, rule by rule, against a peer that says exactly what a test wants it to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EcmaArray, writeAmf0, type AmfValue } from '../amf/index.ts';
import { commandMessage } from './command.ts';
import { MAX_HELD_MEDIA_BYTES, MAX_COMMAND_BYTES, OUR_WINDOW_BYTES } from './limits.ts';
import { MESSAGE, USER_CONTROL } from './message.ts';
import { PUBLISH_STATUS } from './publish-status.ts';
import type { ServerEvent } from './server-event.ts';
import { ServerSession } from './server-session.ts';
import { bytes, hex, join } from './testing/bytes.ts';
import { commandRows, SESSION_OPTIONS, SIMPLE_HANDSHAKE, TestPeer } from './testing/peers.ts';

function closedCode(events: readonly ServerEvent[]): string | undefined {
  const last = events.at(-1);
  return last?.type === 'closed' ? last.error.code : undefined;
}
function mediaRows(events: readonly ServerEvent[]): (readonly [string, number, string])[] {
  return events.flatMap((event) =>
    event.type === 'media'
      ? [[event.message.type, event.message.timestampMs, hex(event.message.payload)] as const]
      : [],
  );
}

test('connect is answered in order: window, bandwidth, chunk size, _result', () => {
  const peer = new TestPeer();
  peer.handshake();
  const connect = new Map<string, AmfValue>([
    ['app', 'live'],
    ['flashVer', 'FMLE/3.0 (compatible; obs)'],
    ['objectEncoding', 3],
  ]);
  assert.deepEqual(peer.command(0, 'connect', 1, connect), [
    { type: 'connect', encoder: 'FMLE/3.0 (compatible; obs)' },
  ]);
  // The peer's chunk reader keeps the chunk size for itself; the next test sees it.
  const [window, bandwidth, result, ...more] = peer.replies();
  assert.deepEqual(window, { type: 'window-ack-size', windowBytes: OUR_WINDOW_BYTES });
  assert.deepEqual(bandwidth, { type: 'set-peer-bandwidth', windowBytes: OUR_WINDOW_BYTES, limit: 2 });
  assert.deepEqual(more, []);
  assert.ok(result && 'name' in result);
  const [properties, information] = [result.object, result.args[0]];
  assert.deepEqual([result.name, result.transactionId, result.streamId], ['_result', 1, 0]);
  assert.ok(properties instanceof Map && information instanceof Map);
  assert.deepEqual(Object.fromEntries(properties), { fmsVer: 'FMS/3,0,1,123', capabilities: 31, mode: 1 });
  assert.deepEqual(Object.fromEntries(information), {
    level: 'status',
    code: 'NetConnection.Connect.Success',
    description: 'Connection succeeded.',
    objectEncoding: 3,
  });
});

test('the whole answer to connect leaves in one write', () => {
  const peer = new TestPeer();
  peer.handshake();
  peer.command(0, 'connect', 1, new Map([['app', 'live']]));
  const output = peer.session.takeOutput();
  assert.ok(output);
  const controls = bytes(`
    02 000000 000004 05 00000000 002625a0
    42 000000 000005 06 002625a0 02
    42 000000 000004 01 00001000`);
  assert.equal(hex(output.subarray(0, controls.length)), hex(controls));
  assert.ok(output.length > controls.length + 100, 'and _result after them');
  assert.equal(peer.session.takeOutput(), undefined);
});

test('capabilities given to the session are part of the answer', () => {
  const peer = new TestPeer({ ...SESSION_OPTIONS, capabilities: new Map([['capsEx', 1]]) });
  peer.handshake();
  peer.command(0, 'connect', 1, new Map());
  const result = peer.replies().find((reply) => 'name' in reply);
  assert.ok(result && 'object' in result && result.object instanceof Map);
  assert.equal(result.object.get('capsEx'), 1);
});

const CONNECT_OBJECTS: readonly { readonly name: string; readonly object: AmfValue }[] = [
  { name: 'an ECMA array', object: new EcmaArray([['app', 'live']]) },
  { name: 'null', object: null },
  { name: 'text', object: 'live' },
  {
    name: 'numbers for texts',
    object: new Map<string, AmfValue>([
      ['app', 1],
      ['tcUrl', 2],
      ['flashVer', 3],
    ]),
  },
  { name: 'a __proto__', object: new Map<string, AmfValue>([['__proto__', new Map([['app', 'x']])]]) },
  { name: 'a tcUrl that is none', object: new Map([['tcUrl', 'http://[:::']]) },
];
for (const { name, object } of CONNECT_OBJECTS) {
  test(`connect with ${name} is answered, and a publish after it asked for`, () => {
    const peer = new TestPeer();
    peer.handshake();
    peer.command(0, 'connect', 1, object);
    assert.deepEqual(commandRows(peer.replies()), [['_result', 0, 1, 'NetConnection.Connect.Success']]);
    assert.equal(peer.ask().address.key, 'KEY');
  });
}

test('the name of the encoder is printable and short', () => {
  const peer = new TestPeer();
  peer.handshake();
  const flashVer = `obs\u0000\u202e\n${'x'.repeat(1000)}`;
  const [event] = peer.command(0, 'connect', 1, new Map([['flashVer', flashVer]]));
  assert.ok(event?.type === 'connect');
  assert.match(event.encoder, /^obs x{122}$/);
});

test('SetChunkSize before connect, as OBS sends it', () => {
  const peer = new TestPeer();
  peer.handshake();
  peer.control({ type: 'set-chunk-size', chunkBytes: 4096 });
  peer.writer.chunkBytes = 4096;
  const connect = new Map([
    ['app', 'live'],
    ['swfUrl', 'x'.repeat(3000)],
  ]);
  assert.equal(peer.command(0, 'connect', 1, connect)[0]?.type, 'connect');
});

test('a command before connect, and a second connect, end the connection', () => {
  const early = new TestPeer();
  early.handshake();
  assert.equal(closedCode(early.command(0, 'createStream', 2)), 'rtmp/not-connected');
  const twice = new TestPeer();
  twice.connect();
  assert.equal(closedCode(twice.command(0, 'connect', 2, new Map())), 'rtmp/connected-twice');
});

test('releaseStream, FCPublish, createStream in one go: one write with an answer to each', () => {
  const peer = new TestPeer();
  peer.connect();
  const { writer } = peer;
  peer.push(
    join(
      writer.write(3, commandMessage(0, 'releaseStream', 2, null, 'KEY')),
      writer.write(3, commandMessage(0, 'FCPublish', 3, null, 'KEY')),
      writer.write(3, commandMessage(0, 'createStream', 4, null)),
    ),
  );
  assert.deepEqual(commandRows(peer.replies()), [
    ['_result', 0, 2, undefined],
    ['_result', 0, 3, undefined],
    ['_result', 0, 4, 1],
  ]);
  assert.deepEqual(peer.replies(), []);
});

test('the rest of the orders: createStream first and twice, _checkbw, getStreamLength, FCSubscribe, unknown', () => {
  const peer = new TestPeer();
  peer.connect();
  peer.command(0, 'createStream', 2);
  peer.command(0, 'createStream', 3);
  peer.command(0, '_checkbw', 4);
  peer.command(0, 'getStreamLength', 5, null, 'KEY');
  peer.command(0, 'FCSubscribe', 6, null, 'KEY');
  peer.command(0, 'somethingElse', 7);
  peer.command(0, 'FCPublish', 8, null, 'KEY');
  assert.deepEqual(commandRows(peer.replies()), [
    ['_result', 0, 2, 1],
    ['_result', 0, 3, 2],
    ['_result', 0, 4, undefined],
    ['_result', 0, 5, 0],
    ['_result', 0, 6, undefined],
    ['_result', 0, 7, undefined],
    ['_result', 0, 8, undefined],
  ]);
});

test('transaction id 0, as GStreamer sends it, asks for no answer but is heard', () => {
  const peer = new TestPeer();
  peer.connect();
  peer.command(0, 'releaseStream', 0, null, 'KEY');
  peer.command(0, 'FCPublish', 0, null, 'KEY');
  assert.deepEqual(peer.replies(), []);
  const request = peer.ask('KEY', 0);
  peer.session.acceptPublish(request.id);
  assert.deepEqual(commandRows(peer.replies()), [
    ['onFCPublish', 0, 0, 'NetStream.Publish.Start'],
    ['onStatus', 1, 0, 'NetStream.Publish.Start'],
  ]);
});

test('Publish.Start goes out only after the accept, on the message stream that asked', () => {
  const peer = new TestPeer();
  peer.connect();
  const [request] = peer.command(7, 'publish', 5, null, 'KEY', 'live');
  assert.deepEqual(peer.replies(), []);
  assert.ok(request?.type === 'publish-request');
  assert.ok(peer.session.isDeciding(request.id));
  peer.session.acceptPublish(request.id);
  const replies = peer.replies();
  assert.deepEqual(replies[0], { type: 'user-control', event: USER_CONTROL.streamBegin, value: 7 });
  assert.deepEqual(commandRows(replies), [['onStatus', 7, 0, 'NetStream.Publish.Start']]);
});

for (const [reason, { code }] of Object.entries(PUBLISH_STATUS)) {
  test(`refused or ended as ${reason}: an error of code ${code}, then nothing more`, () => {
    const peer = new TestPeer();
    if (reason === 'replaced' || reason === 'stopped-by-operator' || reason === 'no-media') {
      peer.publish();
      peer.session.endPublish(reason);
    } else {
      peer.connect();
      peer.session.refusePublish(peer.ask().id, reason as keyof typeof PUBLISH_STATUS & 'revoked');
    }
    assert.deepEqual(commandRows(peer.replies()), [['onStatus', 1, 0, code]]);
    assert.equal(peer.session.state, 'closed');
    assert.deepEqual(peer.media(MESSAGE.audio, 0, bytes('af01')), []);
    assert.deepEqual(peer.replies(), []);
  });
}

test('an answer to a request that was taken back is not taken', () => {
  const peer = new TestPeer();
  peer.connect();
  const first = peer.ask();
  peer.command(1, 'closeStream', 0);
  const second = peer.ask();
  assert.ok(!peer.session.isDeciding(first.id));
  peer.replies();
  assert.deepEqual(peer.session.acceptPublish(first.id), []);
  peer.session.refusePublish(first.id, 'unknown-key');
  assert.deepEqual(peer.replies(), []);
  assert.ok(peer.session.isDeciding(second.id));
});

test('media before the accept is held, and bounded', () => {
  const peer = new TestPeer();
  peer.connect();
  assert.deepEqual(peer.media(MESSAGE.video, 1, bytes('17')), [], 'nobody asked yet: left out');
  const request = peer.ask();
  assert.deepEqual(peer.media(MESSAGE.video, 2, bytes('1701')), []);
  assert.deepEqual(
    peer.session.acceptPublish(request.id).map(({ type, timestampMs }) => [type, timestampMs]),
    [['video', 2]],
  );

  const greedy = new TestPeer();
  greedy.connect();
  greedy.ask();
  const large = new Uint8Array(MAX_HELD_MEDIA_BYTES / 2);
  greedy.media(MESSAGE.video, 1, large);
  greedy.media(MESSAGE.video, 2, large);
  assert.equal(closedCode(greedy.media(MESSAGE.video, 3, large)), 'rtmp/media-before-accept');

  const patient = new TestPeer();
  patient.connect();
  patient.ask();
  let code: string | undefined;
  for (let i = 0; i < 2000 && code === undefined; i++)
    code = closedCode(patient.media(MESSAGE.audio, i, bytes('af')));
  assert.equal(code, 'rtmp/media-before-accept');
});

test('only the accepted stream is heard', () => {
  const peer = new TestPeer();
  peer.publish();
  assert.deepEqual(peer.media(MESSAGE.audio, 5, bytes('af01'), 2), []);
  assert.deepEqual(peer.media(MESSAGE.audio, 5, bytes('af01'), 0), []);
  assert.deepEqual(mediaRows(peer.media(MESSAGE.audio, 6, bytes('af01'), 1)), [['audio', 6, 'af01']]);
});

test('a second publish while one goes on is refused, and disturbs nothing', () => {
  const peer = new TestPeer();
  peer.publish();
  assert.deepEqual(peer.command(2, 'publish', 6, null, 'OTHER', 'live'), []);
  assert.deepEqual(commandRows(peer.replies()), [['onStatus', 2, 0, 'NetStream.Publish.BadConnection']]);
  assert.equal(mediaRows(peer.media(MESSAGE.audio, 6, bytes('af01'))).length, 1);
});

const ENDS: readonly { readonly name: string; readonly end: (peer: TestPeer) => ServerEvent[] }[] = [
  { name: 'FCUnpublish', end: (peer) => peer.command(0, 'FCUnpublish', 6, null, 'KEY') },
  { name: 'closeStream', end: (peer) => peer.command(1, 'closeStream', 0) },
  { name: 'deleteStream', end: (peer) => peer.command(0, 'deleteStream', 7, null, 1) },
  { name: 'publish(false)', end: (peer) => peer.command(1, 'publish', 0, null, false) },
];
for (const { name, end } of ENDS) {
  test(`${name} ends the publish; the connection takes another one`, () => {
    const peer = new TestPeer();
    peer.publish();
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(end(peer), [{ type: 'publish-end' }]);
      assert.equal(peer.session.state, 'idle');
      assert.deepEqual(peer.media(MESSAGE.audio, 1, bytes('af01')), []);
      peer.command(0, 'deleteStream', 8, null, 1);
      peer.session.acceptPublish(peer.ask('SECOND').id);
      assert.equal(mediaRows(peer.media(MESSAGE.audio, 1, bytes('af01'))).length, 1);
    }
  });
}

test('deleteStream of another stream ends nothing', () => {
  const peer = new TestPeer();
  peer.publish();
  assert.deepEqual(peer.command(0, 'deleteStream', 7, null, 2), []);
  assert.equal(peer.session.state, 'publishing');
});

test('play and seek are refused politely; pause and the rest change nothing', () => {
  const peer = new TestPeer();
  peer.connect();
  peer.command(1, 'play', 5, null, 'anna');
  peer.command(1, 'seek', 6, null, 5000);
  peer.command(1, 'pause', 7, null, true, 0);
  peer.command(1, 'receiveAudio', 0, null, false);
  peer.command(1, 'receiveVideo', 0, null, false);
  assert.deepEqual(commandRows(peer.replies()), [
    ['onStatus', 1, 0, 'NetStream.Play.Failed'],
    ['onStatus', 1, 0, 'NetStream.Seek.Failed'],
  ]);
  assert.equal(peer.session.state, 'idle');
});

test('acknowledgements: at half the window, total bytes', () => {
  const peer = new TestPeer();
  peer.publish();
  peer.control({ type: 'window-ack-size', windowBytes: 100_000 });
  const before = peer.session.receivedBytes;
  const payload = new Uint8Array(30_000);
  const acks: unknown[] = [];
  let last = before;
  for (let i = 0; i < 10; i++) {
    peer.media(MESSAGE.video, i, payload);
    for (const reply of peer.replies()) {
      acks.push(reply);
      assert.deepEqual(reply, { type: 'acknowledgement', receivedBytes: peer.session.receivedBytes });
      assert.ok(peer.session.receivedBytes - last <= 50_000 + 31_000);
      last = peer.session.receivedBytes;
    }
  }
  assert.ok(acks.length >= 5);
});

test('acknowledgements: the window is clamped, the number wraps at 2^32', async () => {
  const { Acknowledger } = await import('./acknowledger.ts');
  const tiny = new Acknowledger();
  tiny.windowBytes = 1;
  assert.equal(tiny.received(1000), undefined);
  const huge = new Acknowledger();
  huge.windowBytes = 0xffffffff;
  assert.equal(huge.received(8 * 1024 * 1024), 8 * 1024 * 1024);
  const long = new Acknowledger();
  assert.equal(long.received(0x1_0000_0000 + 5), 5);
});

test('pings are answered; ours measure the way; unknown events and early pongs are ignored', () => {
  const peer = new TestPeer();
  peer.connect();
  peer.control({ type: 'user-control', event: USER_CONTROL.pingRequest, value: 0xfffffffe });
  assert.deepEqual(peer.replies(), [
    { type: 'user-control', event: USER_CONTROL.pingResponse, value: 0xfffffffe },
  ]);
  peer.control({ type: 'user-control', event: 99, value: 1 });
  peer.control({ type: 'user-control', event: USER_CONTROL.pingResponse, value: 1 });
  peer.send({ typeId: MESSAGE.userControl, streamId: 0, timestampMs: 0, payload: bytes('0020') }, 2);
  assert.deepEqual(peer.replies(), []);
  peer.session.ping(peer.nowMs);
  assert.deepEqual(peer.replies(), [
    { type: 'user-control', event: USER_CONTROL.pingRequest, value: peer.nowMs },
  ]);
  peer.nowMs += 42;
  peer.control({ type: 'user-control', event: USER_CONTROL.pingResponse, value: 1 });
  assert.equal(peer.session.roundTripMs, 42);
});

test('SetPeerBandwidth is answered with our window; acknowledgements are never asked for', () => {
  const peer = new TestPeer();
  peer.connect();
  peer.control({ type: 'set-peer-bandwidth', windowBytes: 5000, limit: 0 });
  assert.deepEqual(peer.replies(), [{ type: 'window-ack-size', windowBytes: OUR_WINDOW_BYTES }]);
  peer.control({ type: 'acknowledgement', receivedBytes: 1 });
  assert.deepEqual(peer.replies(), []);
});

test('AMF3 commands: a format byte, then AMF0, switching to AMF3', () => {
  const peer = new TestPeer();
  peer.handshake();
  const connect = join(
    bytes('00'),
    writeAmf0('connect', 1),
    bytes('11 0a 0b 01 07 617070 06 09 6c697665 01'),
  );
  const [event] = peer.send({ typeId: MESSAGE.commandAmf3, streamId: 0, timestampMs: 0, payload: connect });
  assert.equal(event?.type, 'connect');
  assert.equal(peer.ask().address.app, 'live');
});

test('data: with and without @setDataFrame, in AMF0 and AMF3', () => {
  const peer = new TestPeer();
  peer.publish();
  const bare = writeAmf0('onMetaData', new EcmaArray([['width', 1280]]));
  const wrapped = join(writeAmf0('@setDataFrame'), bare);
  const expected = [['data', 3, hex(bare)]];
  assert.deepEqual(mediaRows(peer.media(MESSAGE.dataAmf0, 3, bare)), expected);
  assert.deepEqual(mediaRows(peer.media(MESSAGE.dataAmf0, 3, wrapped)), expected);
  assert.deepEqual(mediaRows(peer.media(MESSAGE.dataAmf3, 3, join(bytes('00'), wrapped))), expected);
  assert.deepEqual(peer.media(MESSAGE.dataAmf0, 3, writeAmf0('@clearDataFrame', 'onMetaData')), []);
});

test('a message of audio or video without a byte is no error', () => {
  const peer = new TestPeer();
  peer.publish();
  assert.deepEqual(peer.media(MESSAGE.audio, 3, bytes('')), []);
  assert.deepEqual(peer.media(MESSAGE.video, 3, bytes('')), []);
  assert.equal(peer.session.state, 'publishing');
});

test('aggregates are split, times moved to that of the message', () => {
  const peer = new TestPeer();
  peer.publish();
  const tags = bytes(`
    08 000002 0003e8 00 000000 af01 0000000d
    09 000001 0003fc 00 000000 17   0000000c
    16 000001 0003fd 00 000000 ff   0000000c
    08 000000 0003fe 00 000000      0000000b
    12 000001 000410 01 000000 05`);
  assert.deepEqual(mediaRows(peer.media(MESSAGE.aggregate, 5000, tags)), [
    ['audio', 5000, 'af01'],
    ['video', 5020, '17'],
    ['data', 5000 + 0x1000410 - 1000, '05'],
  ]);
  assert.deepEqual(peer.media(MESSAGE.aggregate, 5000, tags, 9), [], 'of a stream nobody publishes on');
  assert.equal(
    closedCode(peer.media(MESSAGE.aggregate, 1, bytes('08 000009 000000 00 000000 01'))),
    'rtmp/aggregate-short',
  );
});

test('an aggregate of very many messages is refused', () => {
  const peer = new TestPeer();
  peer.publish();
  const tag = bytes('08 000001 000000 00 000000 af 0000000c');
  const payload = join(...Array.from({ length: 5000 }, () => tag));
  assert.equal(closedCode(peer.media(MESSAGE.aggregate, 1, payload)), 'rtmp/aggregate-too-many');
});

const HOSTILE: readonly { readonly name: string; readonly payload: Uint8Array; readonly code: string }[] = [
  { name: 'nothing in it', payload: bytes(''), code: 'rtmp/command-nameless' },
  { name: 'a number for a name', payload: writeAmf0(1, 2), code: 'rtmp/command-nameless' },
  { name: 'half a string', payload: bytes('02 0009 70'), code: 'amf/short' },
  { name: 'endless nesting', payload: bytes(`02 0001 78 ${'0a00000001'.repeat(100)}`), code: 'amf/too-deep' },
  {
    name: 'more than a command has',
    payload: new Uint8Array(MAX_COMMAND_BYTES + 1),
    code: 'rtmp/command-too-large',
  },
];
for (const { name, payload, code } of HOSTILE) {
  test(`a command with ${name}: closed with ${code}`, () => {
    const peer = new TestPeer();
    peer.publish();
    const events = peer.send({ typeId: MESSAGE.commandAmf0, streamId: 0, timestampMs: 0, payload });
    assert.equal(closedCode(events), code);
    assert.equal(peer.session.state, 'closed');
    assert.deepEqual(peer.push(bytes('ff')), [], 'deaf from then on');
  });
}

test('before anybody asks to publish, a message of 64 KiB and more is refused by its header', () => {
  const peer = new TestPeer();
  peer.connect();
  assert.equal(closedCode(peer.push(bytes('06 000000 010001 09 01000000'))), 'rtmp/message-too-large');
});

/** The types of the events that these pieces cause. */
function run(pieces: readonly Uint8Array[]): string[] {
  const session = new ServerSession(SESSION_OPTIONS);
  return pieces.flatMap((piece) => session.push(piece, 0)).map(({ type }) => type);
}

test('a whole publish, cut at each byte, means the same', () => {
  const whole = (() => {
    const peer = new TestPeer();
    const { writer } = peer;
    return join(
      SIMPLE_HANDSHAKE,
      writer.write(2, {
        typeId: MESSAGE.setChunkSize,
        streamId: 0,
        timestampMs: 0,
        payload: bytes('00001000'),
      }),
      writer.write(3, commandMessage(0, 'connect', 1, new Map([['app', 'live']]))),
      writer.write(3, commandMessage(0, 'createStream', 4, null)),
      writer.write(3, commandMessage(1, 'publish', 5, null, 'KEY', 'live')),
      writer.write(4, { typeId: MESSAGE.video, streamId: 1, timestampMs: 0, payload: bytes('1700000000') }),
    );
  })();
  const expected = run([whole]);
  assert.deepEqual(expected, ['connect', 'publish-request']);
  for (let at = SIMPLE_HANDSHAKE.length - 3; at < whole.length; at++) {
    assert.deepEqual(run([whole.subarray(0, at), whole.subarray(at)]), expected, `cut at ${at}`);
  }
});
