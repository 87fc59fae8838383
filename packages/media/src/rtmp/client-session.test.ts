/** Our client against our server, without a socket between them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAmf0 } from '../amf/index.ts';
import { ClientSession, type ClientEvent, type ClientSessionOptions } from './client-session.ts';
import type { ServerEvent } from './server-event.ts';
import { ServerSession } from './server-session.ts';
import { bytes } from './testing/bytes.ts';
import { hmacSha256, seededBytes, SESSION_OPTIONS } from './testing/peers.ts';

const OPTIONS: ClientSessionOptions = {
  app: 'live',
  tcUrl: 'rtmp://localhost/live',
  streamKey: 'KEY',
  encoder: 'Millrace test',
  randomBytes: seededBytes(5),
};

class Wire {
  readonly server = new ServerSession(SESSION_OPTIONS);
  readonly client: ClientSession;
  readonly serverEvents: ServerEvent[] = [];
  readonly clientEvents: ClientEvent[] = [];

  constructor(options: ClientSessionOptions) {
    this.client = new ClientSession(options);
  }

  /** Carries bytes both ways until neither side has any, in pieces of this size. */
  run(pieceBytes: number): void {
    for (;;) {
      const up = this.client.takeOutput();
      const down = this.server.takeOutput();
      if (up === undefined && down === undefined) return;
      for (const piece of cut(up, pieceBytes)) this.serverEvents.push(...this.server.push(piece, 0));
      for (const piece of cut(down, pieceBytes)) this.clientEvents.push(...this.client.push(piece));
    }
  }

  accept(): void {
    const request = this.serverEvents.find((event) => event.type === 'publish-request');
    assert.ok(request);
    this.server.acceptPublish(request.id);
  }
}

function* cut(output: Uint8Array | undefined, pieceBytes: number): Iterable<Uint8Array> {
  for (let at = 0; at < (output?.length ?? 0); at += pieceBytes) {
    const piece = output?.subarray(at, at + pieceBytes);
    if (piece) yield piece;
  }
}

for (const handshake of ['simple', 'digest'] as const) {
  for (const pieceBytes of [1, 1000, 1_000_000]) {
    test(`client and server, ${handshake} handshake, pieces of ${pieceBytes}: publish, media, goodbye`, () => {
      const wire = new Wire({ ...OPTIONS, hmacSha256: handshake === 'digest' ? hmacSha256 : undefined });
      wire.run(pieceBytes);
      wire.accept();
      wire.run(pieceBytes);
      assert.deepEqual(wire.clientEvents, [{ type: 'publishing' }]);

      const large = new Uint8Array(10_000).fill(7);
      const metadata = writeAmf0('onMetaData', new Map([['width', 1]]));
      const sent = [
        wire.client.publishMessage('data', 0, metadata),
        wire.client.publishMessage('audio', 0, bytes('af00')),
        wire.client.publishMessage('video', 40, large),
        wire.client.publishMessage('audio', 0x1_0000_0005, bytes('af01')),
      ];
      const events = sent
        .flatMap((message) => [...cut(message, pieceBytes)])
        .flatMap((piece) => wire.server.push(piece, 0));
      assert.deepEqual(
        events.map((event) =>
          event.type === 'media' ? [event.message.type, event.message.timestampMs] : event.type,
        ),
        [
          ['data', 0],
          ['audio', 0],
          ['video', 40],
          ['audio', 5],
        ],
      );
      assert.deepEqual(events[0]?.type === 'media' && events[0].message.payload, metadata);
      assert.deepEqual(events[2]?.type === 'media' && events[2].message.payload, large);

      wire.serverEvents.length = 0;
      wire.client.unpublish();
      wire.run(pieceBytes);
      assert.deepEqual(wire.serverEvents, [{ type: 'publish-end' }]);
    });
  }
}

test('a refusal reaches the client with its code', () => {
  const wire = new Wire(OPTIONS);
  wire.run(1000);
  const request = wire.serverEvents.find((event) => event.type === 'publish-request');
  assert.ok(request);
  wire.server.refusePublish(request.id, 'unknown-key');
  wire.run(1000);
  assert.deepEqual(wire.clientEvents, [
    { type: 'refused', code: 'NetStream.Publish.BadName', description: 'This stream key is not known here.' },
  ]);
  assert.equal(wire.client.state, 'closed');
});

test('a server that does not speak RTMP closes the client', () => {
  const client = new ClientSession(OPTIONS);
  const [event] = client.push(new Uint8Array(4000).fill(0x48));
  assert.ok(event?.type === 'closed');
  assert.equal(event.error.code, 'rtmp/not-rtmp');
});
