import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  get,
  request as httpRequest,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Frame, PackagerEvent, TrackConfig } from '@millrace/media';
import { Packager, SegmentWindow } from '@millrace/media/segment';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  AAC_CONFIG,
  MP3_CONFIG,
  VIDEO_CONFIG,
  audioFrames,
  interleave,
  videoFrames,
} from '@millrace/media/segment/testing';
import { type HlsSource, registerHls } from './hls.ts';

/** A broadcast that is fed by hand. */
class FakeBroadcast implements HlsSource {
  readonly id: string;
  readonly window = new SegmentWindow({ listedMs: 12_000 });
  readonly #packager = new Packager({ chunkMs: 100, partMs: 500, segmentMs: 2000 });
  readonly #listeners = new Set<(event: { readonly type: string }) => void>();
  readonly #counters = new Set<() => number>();
  readonly #frames: Frame[];
  wakes = 0;

  constructor(id: string, configs: readonly TrackConfig[], frames: Frame[]) {
    this.id = id;
    this.#frames = frames;
    for (const config of configs) this.#apply(this.#packager.configure(config));
  }

  subscribe(listener: (event: { readonly type: string }) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  addViewerCounter(count: () => number): () => void {
    this.#counters.add(count);
    return () => this.#counters.delete(count);
  }
  get viewers(): number {
    return [...this.#counters].reduce((sum, count) => sum + count(), 0);
  }
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Feeds frames until `done` or the frames are used up. */
  feedUntil(done: (window: SegmentWindow) => boolean): void {
    while (!done(this.window)) {
      const frame = this.#frames.shift();
      assert(frame !== undefined, 'there are frames enough');
      this.#apply(this.#packager.push(frame));
    }
  }
  end(): void {
    this.#apply(this.#packager.end());
  }
  #apply(events: readonly PackagerEvent[]): void {
    for (const event of events) {
      this.window.apply(event);
      for (const listener of this.#listeners) listener({ type: 'packaged' });
    }
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function broadcast(id: string, audio = AAC_CONFIG): FakeBroadcast {
  const video = videoFrames({ framesPerSecond: 30, toMs: 120_000, key: (index) => index % 60 === 0 });
  return new FakeBroadcast(id, [VIDEO_CONFIG, audio], interleave(video, audioFrames(audio, 0, 120_000)));
}

const segmentsWhole =
  (count: number) =>
  (window: SegmentWindow): boolean =>
    window.tracks.length === 2 && window.tracks.every((track) => track.findSegment(count - 1) !== undefined);

describe('HLS over HTTP', () => {
  const channels = new Map<string, FakeBroadcast>();
  let app: FastifyInstance;
  let origin = '';
  let nowMs = 1_000_000;

  before(async () => {
    app = Fastify();
    registerHls(app, { hub: { broadcast: (channel) => channels.get(channel) }, nowMs: () => nowMs });
    await app.listen({ port: 0, host: '127.0.0.1' });
    origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  });
  after(() => app.close());

  const fetchPath = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    read(get(`${origin}/live/${path}`, { headers }));
  const text = async (path: string): Promise<string> => (await fetchPath(path)).body.toString();

  it('says that a channel is not live', async () => {
    const answer = await fetchPath('nobody/index.m3u8');
    assert.equal(answer.status, 404);
    assert.deepEqual(JSON.parse(answer.body.toString()), {
      error: { code: 'not-found', message: 'The channel is not live.' },
    });
    assert.equal((await fetchPath('nobody/b1/video.m3u8')).status, 404);
    assert.equal((await fetchPath('nobody/b1/video/segment-0.m4s')).status, 404);
  });

  it('holds the first playlist until the first segment is whole', async () => {
    const live = broadcast('b-start');
    channels.set('start', live);
    live.feedUntil((window) => window.track('video')?.findPart(1) !== undefined);
    const answer = fetchPath('start/index.m3u8');
    const media = fetchPath('start/b-start/video.m3u8');
    while (live.listeners === 0) await new Promise(setImmediate);
    live.feedUntil((window) => window.playable);
    assert.match((await answer).body.toString(), /^#EXTM3U\n[^]*AUDIO="audio"[^]*\nb-start\/video\.m3u8\n$/);
    assert.match((await media).body.toString(), /segment-0\.m4s/);
  });

  it('leads from the multivariant playlist to bytes that are the chunks', async () => {
    const live = broadcast('b-way');
    channels.set('way', live);
    live.feedUntil(segmentsWhole(4));
    for (const kind of ['video', 'audio'] as const) {
      const playlist = await text(`way/b-way/${kind}.m3u8`);
      const map = /#EXT-X-MAP:URI="([^"]+)"/.exec(playlist)?.[1];
      const init = await fetchPath(`way/b-way/${map}`);
      assert.equal(init.headers['content-type'], `${kind}/mp4`);
      assert.deepEqual(init.body, Buffer.from(live.window.track(kind)?.init?.bytes ?? []));
      const segment = live.window.track(kind)?.findSegment(2);
      const answer = await fetchPath(`way/b-way/${kind}/segment-2.m4s`);
      const bytes = Buffer.concat(
        segment?.parts.flatMap((part) => part.chunks.map((chunk) => chunk.bytes)) ?? [],
      );
      assert.deepEqual(answer.body, bytes);
      assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal(answer.headers['content-length'], String(bytes.length));
      const parts = [...playlist.matchAll(/#EXT-X-PART:[^\n]*URI="([^"]+)"/g)];
      assert(parts.length >= 6);
      for (const [, uri] of parts) assert.equal((await fetchPath(`way/b-way/${uri}`)).status, 200);
    }
  });

  it('answers HEAD and byte ranges', async () => {
    const live = broadcast('b-range');
    channels.set('range', live);
    live.feedUntil(segmentsWhole(1));
    const path = 'range/b-range/video/segment-0.m4s';
    const whole = (await fetchPath(path)).body;
    const head = await read(httpRequest(`${origin}/live/${path}`, { method: 'HEAD' }).end());
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], String(whole.length));
    assert.equal(head.body.length, 0);
    const last = whole.length - 1;
    for (const [range, expected] of [
      ['bytes=0-0', whole.subarray(0, 1)],
      ['bytes=500-4000', whole.subarray(500, 4001)],
      [`bytes=${last}-`, whole.subarray(last)],
      ['bytes=-100', whole.subarray(-100)],
      [`bytes=10-${whole.length * 2}`, whole.subarray(10)],
    ] as const) {
      const answer = await fetchPath(path, { range });
      assert.equal(answer.status, 206, range);
      assert.deepEqual(answer.body, expected, range);
      assert.match(answer.headers['content-range'] ?? '', new RegExp(`/${whole.length}$`));
    }
    assert.equal((await fetchPath(path, { range: `bytes=${whole.length}-` })).status, 416);
    assert.equal((await fetchPath(path, { range: 'bytes=0-1,5-6' })).status, 200);
    assert.equal((await fetchPath(path, { range: 'bytes=9-2' })).status, 200);
  });

  it('knows nothing else', async () => {
    const live = broadcast('b-unknown');
    channels.set('unknown', live);
    live.feedUntil(segmentsWhole(2));
    for (const path of [
      'unknown/other/video.m3u8',
      'unknown/b-unknown/subtitles.m3u8',
      'unknown/b-unknown/video/segment-99.m4s',
      'unknown/b-unknown/video/segment-0.mp3',
      'unknown/b-unknown/video/part-9999.m4s',
      'unknown/b-unknown/video/init-7.mp4',
      'unknown/b-unknown/video/init-0.m4s',
      'unknown/b-unknown/video/segment--1.m4s',
      'unknown/b-unknown/video/segment-0.m4s.map',
      'unknown/b-unknown/video/..%2f..%2findex.m3u8',
    ]) {
      assert.equal((await fetchPath(path)).status, 404, path);
    }
  });

  it('blocks a reload until the part is there, and wakes a crowd once', async () => {
    const live = broadcast('b-block');
    channels.set('block', live);
    live.feedUntil((window) => segmentsWhole(2)(window) && window.track('video')?.newest?.parts.length === 2);
    const { number } = live.window.track('video')?.newest ?? { number: 0 };
    await text('block/b-block/video.m3u8');
    const listenersBefore = live.listeners;
    const answers = Array.from({ length: 100 }, () =>
      fetchPath(`block/b-block/video.m3u8?_HLS_msn=${number}&_HLS_part=2`, { 'accept-encoding': 'gzip' }),
    );
    const hint = live.window.track('video')?.nextPartNumber ?? 0;
    const part = fetchPath(`block/b-block/video/part-${hint}.m4s`);
    await arrived(app, 101);
    assert.equal(live.listeners, listenersBefore, 'viewers share one subscription');
    live.feedUntil((window) => window.track('video')?.findPart(hint + 1) !== undefined);
    assert.equal((await part).status, 200);
    for (const answer of await Promise.all(answers)) {
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-encoding'], 'gzip');
      const playlist = gunzipSync(answer.body).toString();
      assert(playlist.includes(`part-${hint}.m4s`));
    }
  });

  it('refuses what the specification refuses', async () => {
    const live = broadcast('b-refuse');
    channels.set('refuse', live);
    live.feedUntil((window) => segmentsWhole(3)(window) && window.track('video')?.newest?.parts.length === 2);
    const msn = live.window.track('video')?.newest?.number ?? 0;
    for (const query of [
      '_HLS_part=0',
      '_HLS_msn=x',
      '_HLS_msn=-1',
      `_HLS_msn=${msn + 3}`,
      `_HLS_msn=${msn}&_HLS_part=50`,
      `_HLS_msn=${msn}&_HLS_part=1.5`,
      `_HLS_msn=1&_HLS_msn=2`,
    ]) {
      assert.equal((await fetchPath(`refuse/b-refuse/video.m3u8?${query}`)).status, 400, query);
    }
    const past = await fetchPath(`refuse/b-refuse/video.m3u8?_HLS_msn=0&_HLS_part=9`);
    assert.equal(past.status, 200, 'an index past the end means part 0 of the next segment');
    assert.equal((await fetchPath('refuse/b-refuse/video.m3u8?_HLS_skip=YES')).status, 200);
  });

  it('lets go of a request whose client went away', async () => {
    const live = broadcast('b-abort');
    channels.set('abort', live);
    live.feedUntil(segmentsWhole(2));
    const hint = live.window.track('audio')?.nextPartNumber ?? 0;
    const request = get(`${origin}/live/abort/b-abort/audio/part-${hint}.m4s`);
    request.on('error', () => undefined);
    await arrived(app, 1);
    request.destroy();
    live.feedUntil((window) => window.track('audio')?.findPart(hint) !== undefined);
    assert.equal((await fetchPath(`abort/b-abort/audio/part-${hint}.m4s`)).status, 200);
  });

  it('does not hold requests that are sent behind a held one: one connection could take every place', async () => {
    const live = broadcast('b-pipe');
    channels.set('pipe', live);
    live.feedUntil(segmentsWhole(2));
    const { port } = app.server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1').on('error', () => undefined);
    let answers = '';
    client.on('data', (bytes: Buffer) => (answers += bytes.toString('latin1')));
    const next = (live.window.track('video')?.newest?.number ?? 0) + 1;
    const request = `GET /live/pipe/b-pipe/video.m3u8?_HLS_msn=${next} HTTP/1.1\r\nHost: x\r\n\r\n`;
    client.write(request.repeat(3));
    await arrived(app, 1);
    assert.equal(answers, '', 'the first is held, and answers keep their order');
    live.feedUntil((window) => window.track('video')?.findSegment(next) !== undefined);
    while (answers.split('HTTP/1.1 ').length < 4) await once(client, 'data');
    assert.deepEqual(
      [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
      ['200', '503', '503'],
    );
    client.destroy();
  });

  it('keeps cache rules and answers 304', async () => {
    const live = broadcast('b-cache');
    channels.set('cache', live);
    live.feedUntil(segmentsWhole(3));
    const plain = await fetchPath('cache/b-cache/video.m3u8');
    assert.equal(plain.headers['cache-control'], 'public, max-age=1');
    assert.equal(plain.headers['content-type'], 'application/vnd.apple.mpegurl');
    const blocked = await fetchPath('cache/b-cache/video.m3u8?_HLS_msn=1');
    assert.equal(blocked.headers['cache-control'], 'public, max-age=6');
    const again = await fetchPath('cache/b-cache/video.m3u8', { 'if-none-match': plain.headers.etag ?? '' });
    assert.equal(again.status, 304);
  });

  it('carries a token on', async () => {
    const live = broadcast('b-token');
    channels.set('token', live);
    live.feedUntil(segmentsWhole(1));
    const multivariant = await text('token/index.m3u8?token=abc');
    assert.match(multivariant, /#EXT-X-DEFINE:QUERYPARAM="token"\n/);
    assert.match(multivariant, /b-token\/video\.m3u8\?token=\{\$token\}/);
    assert(
      !multivariant.includes('abc'),
      'the token itself is never written, so that the playlist can be shared',
    );
    assert.match(await text('token/b-token/video.m3u8?token=abc'), /segment-0\.m4s\?token=\{\$token\}/);
  });

  it('ends with ENDLIST, and ignores directives from then on', async () => {
    const live = broadcast('b-end');
    channels.set('end', live);
    live.feedUntil(segmentsWhole(3));
    const hint = live.window.track('video')?.nextPartNumber ?? 0;
    const held = fetchPath(`end/b-end/video.m3u8?_HLS_msn=3`);
    await arrived(app, 1);
    live.end();
    assert.match((await held).body.toString(), /#EXT-X-ENDLIST\n$/);
    const lagging = await fetchPath('end/b-end/video.m3u8?_HLS_msn=999&_HLS_part=7');
    assert.equal(lagging.status, 200);
    assert.doesNotMatch(lagging.body.toString(), /EXT-X-PART:|PRELOAD-HINT|RENDITION-REPORT/);
    assert.equal((await fetchPath('end/b-end/video/segment-1.m4s')).status, 200);
    assert.equal((await fetchPath(`end/b-end/video/part-${hint + 5}.m4s`)).status, 404);
    assert.equal(live.listeners, 0, 'nothing listens any more');
  });

  it('serves MP3 as packed audio with its media time in front', async () => {
    const live = broadcast('b-mp3', MP3_CONFIG);
    channels.set('mp3', live);
    live.feedUntil(segmentsWhole(2));
    assert.doesNotMatch(await text('mp3/index.m3u8'), /CODECS=/);
    const playlist = await text('mp3/b-mp3/audio.m3u8');
    assert.doesNotMatch(playlist, /EXT-X-MAP|EXT-X-PART/);
    assert.match(playlist, /\naudio\/part-4\.mp3\n/);
    const next = live.window.track('audio')?.nextPartNumber ?? 0;
    const reload = fetchPath(`mp3/b-mp3/audio.m3u8?_HLS_msn=${next}`);
    await arrived(app, 1);
    live.feedUntil((window) => window.track('audio')?.findPart(next) !== undefined);
    assert((await reload).body.includes(`audio/part-${next}.mp3`));
    const answer = await fetchPath('mp3/b-mp3/audio/part-4.mp3');
    assert.equal(answer.headers['content-type'], 'audio/mpeg');
    assert.equal(answer.body.subarray(0, 3).toString(), 'ID3');
    assert(answer.body.includes('com.apple.streaming.transportStreamTimestamp'));
    const [chunk] = live.window.track('audio')?.findPart(4)?.chunks ?? [];
    const time = answer.body.readBigUInt64BE(answer.body.indexOf('transportStreamTimestamp') + 25);
    assert.equal(Number(time), Math.round(((chunk?.dts ?? 0) * 90_000) / 44_100));
  });

  it('counts viewers by address and user agent', async () => {
    const live = broadcast('b-count');
    channels.set('count', live);
    live.feedUntil(segmentsWhole(1));
    for (const agent of ['a', 'b', 'a']) {
      await fetchPath('count/b-count/video.m3u8', { 'user-agent': agent });
      await fetchPath('count/b-count/audio.m3u8', { 'user-agent': agent });
    }
    assert.equal(live.viewers, 2);
    nowMs += 60_000;
    assert.equal(live.viewers, 0);
  });
});

async function read(request: ClientRequest): Promise<Answer> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) };
}

/** Waits until `count` requests were taken in and are being worked on. */
async function arrived(app: FastifyInstance, count: number): Promise<void> {
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      app.server.getConnections((error, open) => (error === null ? resolve(open) : reject(error)));
    });
  while ((await connections()) < count) await new Promise(setImmediate);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}
