/**
 * Real encoders against the RTMP port, with a hub in memory: what comes out is, byte for byte and millisecond for
 * millisecond, what went in.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ByteReader } from '@millrace/media';
import type { MediaMessage } from '../../packages/server/src/live/ports.ts';
import {
  GOOD_KEY,
  startRtmp,
  type Published,
  type RtmpFixture,
} from '../../packages/server/src/ingest/testing/rtmp-fixture.ts';

let folder: string;
let rtmp: RtmpFixture;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-ingest-'));
  rtmp = await startRtmp();
});
after(async () => {
  await rtmp.close();
  rmSync(folder, { recursive: true });
});

const QUIET = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'];
const SOURCE = '-f lavfi -i testsrc2=s=320x180:r=30:d=3 -f lavfi -i sine=r=44100:d=3'.split(' ');

/** An FLV file to push with `-c copy`, and to compare with. */
function encode(name: string, output: readonly string[]): string {
  const file = join(folder, `${name}.flv`);
  const { status, stderr } = spawnSync('ffmpeg', [...QUIET, ...SOURCE, ...output, '-f', 'flv', file]);
  assert.equal(status, 0, String(stderr));
  return file;
}

type Row = readonly [type: string, timestampMs: number, payloadHex: string];

/** Audio and video of an FLV file, read here independently: FLV 10.1 §E.2 to §E.4. */
function flvRows(file: string): Row[] {
  const reader = new ByteReader(new Uint8Array(readFileSync(file)));
  reader.skip(9 + 4);
  const rows: Row[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8();
    const size = reader.u24();
    const timestampMs = reader.u24() + reader.u8() * 0x1000000;
    reader.skip(3);
    const body = Buffer.from(reader.view(size)).toString('hex');
    reader.skip(4);
    if (type === 8 || type === 9) rows.push([type === 8 ? 'audio' : 'video', timestampMs, body]);
  }
  return rows;
}

function rowsOf(messages: readonly MediaMessage[]): Row[] {
  return messages
    .filter(({ type }) => type !== 'data')
    .map(({ type, timestampMs, payload }) => [type, timestampMs, Buffer.from(payload).toString('hex')]);
}

async function push(
  command: string,
  args: readonly string[],
): Promise<{ code: number | null; said: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += String(bytes)));
  child.stderr.on('data', (bytes: Buffer) => (said += String(bytes)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

async function pushAccepted(command: string, args: readonly string[]): Promise<Published> {
  const publishing = rtmp.nextPublish();
  const pushed = push(command, args);
  const failed = pushed.then(({ said }) => Promise.reject(new Error(said)));
  failed.catch(() => {}); // counts only while nothing was published
  const published = await Promise.race([publishing, failed]);
  await pushed;
  await rtmp.ended(published);
  return published;
}

const url = (path = `live/${GOOD_KEY}`): string => `rtmp://127.0.0.1:${rtmp.port}/${path}`;

const ENCODINGS: readonly { readonly name: string; readonly output: readonly string[] }[] = [
  {
    name: 'H.264 with B-frames and AAC',
    output: '-c:v libx264 -preset veryfast -bf 3 -g 30 -pix_fmt yuv420p -c:a aac'.split(' '),
  },
  {
    name: 'H.264 baseline and MP3',
    output: '-vcodec libx264 -vprofile baseline -acodec libmp3lame -ar 44100 -ac 1 -pix_fmt yuv420p'.split(
      ' ',
    ),
  },
  { name: 'sound alone', output: '-vn -c:a aac'.split(' ') },
  {
    name: 'a picture alone, large frames',
    output: '-an -c:v libx264 -preset ultrafast -qp 1 -g 10 -pix_fmt yuv444p'.split(' '),
  },
];
for (const { name, output } of ENCODINGS) {
  test(`ffmpeg pushes ${name}: the file comes out as it went in`, async () => {
    const file = encode(name.replaceAll(/\W+/g, '-'), output);
    const published = await pushAccepted('ffmpeg', [...QUIET, '-i', file, '-c', 'copy', '-f', 'flv', url()]);
    assert.equal(published.ended, 'unpublished');
    assert.match(published.info.encoder, /Lavf/);
    assert.equal(published.messages[0]?.type, 'data');
    const sent = flvRows(file);
    const came = rowsOf(published.messages);
    assert.ok(sent.length > 80);
    assert.deepEqual(
      came.map(([type, , body]) => type + body.slice(0, 40)),
      sent.map(([type, , body]) => type + body.slice(0, 40)),
    );
    assert.deepEqual(came, sent);
  });
}

test('ffmpeg across 16,777,215 ms: extended timestamps', async () => {
  const file = encode(
    'extended',
    '-c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -c:a aac'.split(' '),
  );
  const offset = ['-output_ts_offset', '16776'];
  const published = await pushAccepted('ffmpeg', [
    ...QUIET,
    '-i',
    file,
    '-c',
    'copy',
    ...offset,
    '-f',
    'flv',
    url(),
  ]);
  const times = published.messages
    .filter(({ payload }) => payload[1] === 1)
    .map(({ timestampMs }) => timestampMs);
  assert.ok((times[0] ?? 0) >= 16_776_000 && (times[0] ?? 0) < 0xffffff, `begins at ${times[0]}`);
  assert.ok((times.at(-1) ?? 0) > 0xffffff + 1000, `ends at ${times.at(-1)}`);
  assert.deepEqual(
    rowsOf(published.messages).map(([, , body]) => body),
    flvRows(file).map(([, , body]) => body),
  );
});

test('ffmpeg with a wrong key fails and says why', async () => {
  const { code, said } = await push('ffmpeg', [
    ...QUIET,
    ...SOURCE,
    ...'-c:v libx264 -c:a aac -f flv'.split(' '),
    url('live/wrong'),
  ]);
  assert.notEqual(code, 0);
  assert.match(said, /This stream key is not known here/);
});

const ADDRESSES = [
  `live/${GOOD_KEY}?bandwidthtest=true`,
  `live/anna?token=${GOOD_KEY}`,
  `live/${GOOD_KEY}/b`,
  GOOD_KEY,
];
for (const path of ADDRESSES) {
  test(`ffmpeg publishes to /${path.replace(GOOD_KEY, 'KEY')}`, async () => {
    await pushAccepted('ffmpeg', [
      ...QUIET,
      ...SOURCE,
      '-t',
      '0.5',
      ...'-vn -c:a aac -f flv'.split(' '),
      url(path),
    ]);
    assert.match(rtmp.requests.at(-1)?.key ?? '', new RegExp(`^${GOOD_KEY}(/b)?$`));
  });
}
