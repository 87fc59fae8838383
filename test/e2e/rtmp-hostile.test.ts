/**
 * The RTMP port under attack: each mistake that ended or bloated another server, at the real socket. After each, a
 * good encoder still publishes.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openSocket, RtmpClient, whenClosed } from '../../packages/server/src/ingest/testing/rtmp-client.ts';
import {
  GOOD_KEY,
  startRtmp,
  type RtmpFixture,
} from '../../packages/server/src/ingest/testing/rtmp-fixture.ts';

let rtmp: RtmpFixture;
before(async () => {
  rtmp = await startRtmp();
});
after(() => rtmp.close());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

afterEach(async () => {
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY });
  assert.deepEqual(await client.answer(), { type: 'publishing' });
  client.goodbye();
  await client.closed;
});

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}
const HANDSHAKE = Buffer.concat([hex('03'), Buffer.alloc(2 * 1536)]);

function amfText(text: string): string {
  return `02${text.length.toString(16).padStart(4, '0')}${Buffer.from(text).toString('hex')}`;
}
/** A command in one chunk of its own size. */
function command(payloadHex: string, streamId = 0): Buffer {
  const payload = hex(payloadHex);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(Math.max(128, payload.length));
  const header = Buffer.alloc(12);
  header.writeUInt8(3, 0);
  header.writeUIntBE(payload.length, 4, 3);
  header.writeUInt8(20, 7);
  header.writeUInt32LE(streamId, 8);
  return Buffer.concat([hex('02000000 000004 01 00000000'), size, header, payload]);
}
const ONE = '003ff0000000000000';
const property = (name: string, valueHex: string): string =>
  name.length.toString(16).padStart(4, '0') + Buffer.from(name).toString('hex') + valueHex;
const connectWith = (properties: string): Buffer =>
  command(`${amfText('connect')}${ONE}03${properties}000009`);
const CONNECT = connectWith(property('app', amfText('live')));
const publish = (nameHex: string): Buffer => command(`${amfText('publish')}${ONE}05${nameHex}`, 1);

/** These are no reason to end a connection: each is answered like any other client. */
const HARMLESS: readonly { readonly name: string; readonly bytes: readonly Buffer[] }[] = [
  { name: 'a tcUrl that is no address', bytes: [connectWith(property('tcUrl', amfText('http://[:::1')))] },
  { name: 'a tcUrl that is a number', bytes: [connectWith(property('tcUrl', ONE))] },
  { name: 'a connect without an object', bytes: [command(`${amfText('connect')}${ONE}`)] },
  {
    name: 'a property named __proto__',
    bytes: [connectWith(property('__proto__', `03${property('app', '0101')}000009`))],
  },
  { name: 'a path that climbs', bytes: [connectWith(property('app', amfText('../../../../etc')))] },
  { name: 'a publish without a name', bytes: [CONNECT, command(`${amfText('publish')}${ONE}05`, 1)] },
  { name: 'a publish whose name is an object', bytes: [CONNECT, publish('03000009')] },
  { name: 'a publish whose name climbs', bytes: [CONNECT, publish(amfText('../../x/../%2e%2e/'))] },
];
for (const { name, bytes } of HARMLESS) {
  test(`${name}: answered, refused at most`, async () => {
    const before = rtmp.publishes.length;
    const socket = await openSocket(rtmp.port);
    let said = Buffer.alloc(0);
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    socket.on('data', (more: Buffer) => {
      said = Buffer.concat([said, more]);
      if (said.includes(bytes.length > 1 ? 'BadName' : 'NetConnection.Connect.Success')) resolve();
    });
    socket.write(Buffer.concat([HANDSHAKE, ...bytes]));
    await answered;
    socket.destroy();
    assert.equal(rtmp.publishes.length, before);
  });
}

const CLOSED: readonly { readonly name: string; readonly bytes: Buffer; readonly code: string }[] = [
  { name: 'HTTP', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), code: 'rtmp/not-rtmp' },
  { name: 'TLS', bytes: hex('16030100 c8 0100'), code: 'rtmp/not-rtmp' },
  { name: 'zeros', bytes: Buffer.alloc(5000), code: 'rtmp/not-rtmp' },
  {
    name: 'chunk size 0',
    bytes: Buffer.concat([HANDSHAKE, hex('02000000 000004 01 00000000 00000000')]),
    code: 'rtmp/chunk-size-zero',
  },
  {
    name: 'a publish before connect',
    bytes: Buffer.concat([HANDSHAKE, publish(amfText('x'))]),
    code: 'rtmp/not-connected',
  },
  {
    name: 'AMF nested 10,000 deep',
    bytes: Buffer.concat([HANDSHAKE, command(amfText('connect') + ONE + '0a00000001'.repeat(10_000))]),
    code: 'amf/too-deep',
  },
  {
    name: 'objects nested 5,000 deep',
    bytes: Buffer.concat([HANDSHAKE, command(amfText('connect') + ONE + '03000161'.repeat(5_000))]),
    code: 'amf/too-deep',
  },
  {
    name: 'an array of 4 billion',
    bytes: Buffer.concat([HANDSHAKE, command(`${amfText('connect')}${ONE}0affffffff`)]),
    code: 'amf/short',
  },
  {
    name: 'a string of 4 GB',
    bytes: Buffer.concat([HANDSHAKE, command(`${amfText('connect')}${ONE}0cffffffff`)]),
    code: 'amf/short',
  },
  {
    name: 'a message of 16 MB',
    bytes: Buffer.concat([HANDSHAKE, CONNECT, hex('04000000 ffffff 09 01000000')]),
    code: 'rtmp/message-too-large',
  },
  {
    name: 'a type 3 out of nowhere',
    bytes: Buffer.concat([HANDSHAKE, hex('c9')]),
    code: 'rtmp/chunk-without-header',
  },
];
for (const { name, bytes, code } of CLOSED) {
  test(`${name}: closed with ${code}`, async () => {
    rtmp.logged.length = 0;
    const socket = await openSocket(rtmp.port);
    socket.write(bytes);
    await whenClosed(socket);
    assert.ok(
      rtmp.logged.some((line) => line.includes(code)),
      rtmp.logged.join('\n'),
    );
  });
}

/** Every chunk stream id there is, each announcing a message and bringing one chunk of it. */
function manyChunkStreams(announcedBytes: number, chunkPayload: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let id = 64; id < 65_000; id++) {
    const header = Buffer.alloc(3 + 11);
    header.writeUInt8(1, 0);
    header.writeUInt16LE(id - 64, 1);
    header.writeUIntBE(announcedBytes, 6, 3);
    header.writeUInt8(9, 9);
    header.writeUInt32LE(1, 10);
    pieces.push(header, chunkPayload);
  }
  return Buffer.concat(pieces);
}

for (const [announced, stage] of [
  [0xffffff, 'connected'],
  [0xffffff, 'publishing'],
  [10 * 1024 * 1024, 'publishing'],
] as const) {
  test(`65,000 chunk streams of ${announced} bytes each, ${stage}: closed, at most 16 MB more`, async () => {
    const attack = manyChunkStreams(announced, Buffer.alloc(128));
    const socket = await openSocket(rtmp.port);
    let highest = 0;
    const { promise: published, resolve } = Promise.withResolvers<void>();
    socket.on('data', (more: Buffer) => {
      if (more.includes(stage === 'publishing' ? 'Publish.Start' : 'Connect.Success')) resolve();
    });
    const start = stage === 'publishing' ? [CONNECT, publish(amfText(GOOD_KEY))] : [CONNECT];
    socket.write(Buffer.concat([HANDSHAKE, ...start, hex('02000000 000004 01 00000000 00000080')]));
    await published;
    collectGarbage();
    const before = process.memoryUsage.rss();
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 1);
    socket.write(attack);
    await whenClosed(socket);
    clearInterval(watch);
    highest = Math.max(highest, process.memoryUsage.rss());
    assert.ok(highest - before <= 16 * 1024 * 1024, `${Math.round((highest - before) / 1024)} KiB more`);
  });
}

/** One publisher's life; every other one leaves without a goodbye. */
async function round(i: number): Promise<void> {
  const client = new RtmpClient({ port: rtmp.port, key: GOOD_KEY, encoder: `round ${i}` });
  await client.answer();
  client.send('video', 0, new Uint8Array(50_000));
  client.send('audio', 0, new Uint8Array(300));
  if (i % 2 === 0) client.goodbye();
  else client.socket.destroy();
  await client.closed;
}

/** What is still referenced once all is over. */
async function heldBytes(): Promise<number> {
  while (rtmp.server.connectionCount > 0) await new Promise((resolve) => setImmediate(resolve));
  for (const kept of [rtmp.publishes, rtmp.logged, rtmp.requests]) kept.length = 0;
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('1,000 publishers come and go, some with a goodbye, some without: nothing stays', async () => {
  for (let i = 0; i < 300; i++) await round(i);
  const before = await heldBytes();
  for (let i = 0; i < 1000; i++) await round(i);
  const grownBy = (await heldBytes()) - before;
  assert.ok(
    grownBy <= before * 0.05,
    `${Math.round(grownBy / 1024)} KiB of ${Math.round(before / 1024)} more`,
  );
});
