/**
 * What real encoders sent (test/fixtures/rtmp, made by record.ts there): understood the same whole and in pieces of
 * any size; and ten thousand broken copies, after which nothing is worse than a closed session.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../../tools/fuzz/mutate.ts';
import { recordedSession, rtmpTarget } from '../../../../tools/fuzz/rtmp.ts';
import { readAmf0 } from '../amf/index.ts';
import { ServerSession } from './server-session.ts';
import { hex } from './testing/bytes.ts';
import { SESSION_OPTIONS } from './testing/peers.ts';

/** Up to the first media, and not to the end: the goodbye in the same piece would take the request back. */
const PIECE_BYTES = 8192;

/** What a session came to: its events in short, publish requests accepted. */
function replay(recording: Uint8Array, pieceBytes: number): string[] {
  const session = new ServerSession(SESSION_OPTIONS);
  const rows: string[] = [];
  for (let at = 0; at < recording.length; at += pieceBytes) {
    for (const event of session.push(recording.subarray(at, at + pieceBytes), at)) {
      if (event.type === 'media') {
        const { type, timestampMs, payload } = event.message;
        rows.push(`${type} ${timestampMs} ${payload.length} ${hex(payload.subarray(0, 4))}`);
      } else if (event.type === 'connect') rows.push(`connect ${event.encoder}`);
      else if (event.type === 'publish-request') {
        rows.push(`publish ${event.address.app} ${event.address.key}`);
        for (const { type, timestampMs, payload } of session.acceptPublish(event.id)) {
          rows.push(`${type} ${timestampMs} ${payload.length} ${hex(payload.subarray(0, 4))}`);
        }
      } else if (event.type === 'closed') rows.push(`closed ${event.error.code}`);
      else rows.push(event.type);
    }
    session.takeOutput();
  }
  return rows;
}

const RECORDINGS: readonly { readonly name: string; readonly encoder: string; readonly end: RegExp }[] = [
  { name: 'ffmpeg', encoder: 'FMLE/3.0 (compatible; Lavf59.27.100)', end: /^publish-end$/ },
  { name: 'gstreamer', encoder: 'LNX 10,0,32,18', end: /^publish-end$/ },
  // OBS was killed, as its users do: the recording ends within its media.
  { name: 'obs', encoder: 'FMLE/3.0 (compatible; FMSc/1.0)', end: /^(audio|video) / },
];

for (const { name, encoder, end } of RECORDINGS) {
  test(`${name}: connect, publish, metadata, configurations, frames`, () => {
    const rows = replay(recordedSession(name), PIECE_BYTES);
    assert.deepEqual(rows.slice(0, 2), [`connect ${encoder}`, 'publish live live_good']);
    assert.match(rows[2] ?? '', /^data 0 /);
    assert.ok(
      rows.some((row) => /^video 0 \d+ 17000000$/.test(row)),
      'AVC sequence header',
    );
    assert.ok(
      rows.some((row) => /^audio 0 \d+ af00/.test(row)),
      'AAC sequence header',
    );
    assert.ok(
      rows.some((row) => /^video \d+ \d+ 1701/.test(row)),
      'key frame',
    );
    assert.ok(rows.length > 100);
    assert.match(rows.at(-1) ?? '', end);
  });

  test(`${name}: the same in pieces of any size`, () => {
    const recording = recordedSession(name);
    const expected = replay(recording, PIECE_BYTES);
    for (const pieceBytes of [1, 2, 3, 5, 11, 127, 128, 129, 1460, 4096, 4097]) {
      assert.deepEqual(replay(recording, pieceBytes), expected, `pieces of ${pieceBytes}`);
    }
  });

  test(`${name}: its metadata can be read`, () => {
    const session = new ServerSession(SESSION_OPTIONS);
    const events = session.push(recordedSession(name).subarray(0, PIECE_BYTES), 0);
    const request = events.find((event) => event.type === 'publish-request');
    assert.ok(request);
    const metadata = session.acceptPublish(request.id).find(({ type }) => type === 'data');
    assert.ok(metadata);
    const [handler, values] = readAmf0(metadata.payload);
    assert.equal(handler, 'onMetaData');
    assert.ok(values instanceof Map);
    assert.equal((values as ReadonlyMap<string, unknown>).get('videocodecid'), 7);
  });
}

test('ten thousand broken sessions: closed or understood, never worse', () => {
  const target = rtmpTarget();
  const outcomes = new Set<string>();
  for (let round = 0; round < 10_000; round++) {
    const random = new Random(round);
    outcomes.add(target.run(target.mutated(random), random));
  }
  // Enough kinds of endings that the mutations reach the parsers behind the handshake.
  assert.ok(outcomes.size >= 8, [...outcomes].join(', '));
});
