/**
 * A whole broadcast by real ffmpeg, followed as an LL-HLS player does: every playlist of every blocking reload, every part
 * and every segment. Judges: hls-parser in strict mode, our checker for what it misses, mp4box for every chunk.
 *
 * Half a minute in the suite; `MILLRACE_RUN_SECONDS=300 node --test test/conformance/live-run.test.ts` for five minutes.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import HLS from 'hls-parser';
import { MP4BoxBuffer, createFile, type ISOFile } from 'mp4box';
import { until } from '../harness/browser.ts';
import { pushWithFfmpeg, type Encoder } from '../harness/encoder.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { PlaylistChecker, checkMultivariant, readPlaylist, type Playlist } from './hls-checker.ts';

HLS.setOptions({ strictMode: true, silent: true });

const RUN_SECONDS = Number(process.env['MILLRACE_RUN_SECONDS'] ?? 30);
const SLOW_MS = 60_000;
/** A start is not seen from its first frame on: the playlist begins with the first whole segment, but lists it. */
const FRAMES_PER_SECOND = 30;

let server: TestServer;
let encoder: Encoder;
let multivariantUrl: string;

before(async () => {
  server = await startServer(['--grace-ms', '1500']);
  const { pushUrl } = await server.addChannel('run');
  encoder = pushWithFfmpeg(pushUrl, { encoding: 'avcAac', seconds: RUN_SECONDS });
  multivariantUrl = `${server.origin}/live/run/index.m3u8`;
  await until(
    'a playlist',
    async () => (await fetch(multivariantUrl)).status,
    (status) => status === 200,
    SLOW_MS,
  );
});
after(async () => {
  await encoder?.kill();
  await server?.stop();
});

async function fetchBytes(url: URL): Promise<Uint8Array> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, `${url.pathname}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Feeds one track's header and parts to mp4box, in order, and counts what it found. */
class Mp4Judge {
  readonly file: ISOFile = createFile();
  readonly problems: string[] = [];
  chunks = 0;
  #at = 0;

  constructor() {
    this.file.onError = (_module, message) => this.problems.push(message);
  }

  append(bytes: Uint8Array): void {
    const copy = new Uint8Array(bytes).buffer;
    this.file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(copy, this.#at));
    this.#at += bytes.length;
    this.chunks = this.file.moofs?.length ?? 0;
  }
}

interface Followed {
  readonly playlists: number;
  readonly parts: number;
  readonly segments: number;
  readonly samples: number;
  readonly last: Playlist;
}

/** Reloads a media playlist part by part until ENDLIST. */
async function follow(url: URL): Promise<Followed> {
  const checker = new PlaylistChecker({});
  const judge = new Mp4Judge();
  const partBytes = new Map<string, Uint8Array>();
  const checkedSegments = new Set<number>();
  let header: string | undefined;
  let playlists = 0;
  let next: { readonly msn: number; readonly part: number } | undefined;
  for (;;) {
    const reload = new URL(url);
    if (next !== undefined) {
      reload.searchParams.set('_HLS_msn', String(next.msn));
      reload.searchParams.set('_HLS_part', String(next.part));
    }
    const text = new TextDecoder().decode(await fetchBytes(reload));
    playlists++;
    checker.check(text);
    HLS.parse(text);
    assert.deepEqual(checker.problems, [], text);
    const playlist = readPlaylist(text);
    for (const segment of playlist.segments) {
      if (segment.map !== undefined && segment.map !== header) {
        assert.equal(header, undefined, 'one header for a broadcast that never changes');
        header = segment.map;
        judge.append(await fetchBytes(new URL(header, url)));
      }
      for (const part of segment.parts) {
        if (partBytes.has(part.uri)) continue;
        const bytes = await fetchBytes(new URL(part.uri, url));
        partBytes.set(part.uri, bytes);
        judge.append(bytes);
      }
      if (segment.uri === undefined || checkedSegments.has(segment.msn) || segment.parts.length === 0)
        continue;
      checkedSegments.add(segment.msn);
      const whole = await fetchBytes(new URL(segment.uri, url));
      const joined = Buffer.concat(segment.parts.map((part) => partBytes.get(part.uri) ?? new Uint8Array()));
      assert.ok(joined.equals(whole), `segment ${segment.msn} is its parts, byte for byte`);
    }
    if (playlist.ended) {
      assert.deepEqual(judge.problems, []);
      const samples = judge.file.getTrackSamplesInfo(judge.file.getInfo().tracks[0]?.id ?? 0).length;
      return { playlists, parts: partBytes.size, segments: checkedSegments.size, samples, last: playlist };
    }
    const newest = playlist.segments.at(-1);
    assert.ok(newest !== undefined);
    next =
      newest.uri === undefined
        ? { msn: newest.msn, part: newest.parts.length }
        : { msn: newest.msn + 1, part: 0 };
  }
}

test(
  `every playlist, part and chunk of a broadcast of ${RUN_SECONDS} s`,
  { timeout: (RUN_SECONDS + 120) * 1000 },
  async () => {
    const multivariant = new TextDecoder().decode(await fetchBytes(new URL(multivariantUrl)));
    HLS.parse(multivariant);
    assert.deepEqual(checkMultivariant(multivariant, { codecs: true }), []);
    const uris = [...multivariant.matchAll(/URI="([^"]+)"|^([^#\n]+)$/gm)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    assert.equal(uris.length, 2, multivariant);
    const followed = await Promise.all(uris.map((uri) => follow(new URL(uri, multivariantUrl))));
    for (const [index, { playlists, parts, segments, samples }] of followed.entries()) {
      console.log(
        `${uris[index]}: ${playlists} playlists, ${parts} parts, ${segments} segments, ${samples} frames`,
      );
      assert.ok(playlists > RUN_SECONDS, 'a reload for each part');
    }
    const video = followed[uris.findIndex((uri) => uri.includes('video'))];
    assert.equal(video?.samples, RUN_SECONDS * FRAMES_PER_SECOND, 'every frame that was pushed');
  },
);
