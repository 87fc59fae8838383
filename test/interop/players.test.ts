/**
 * Players that are no browsers: FFmpeg's and GStreamer's, on HLS and on HTTP-fMP4, with H.264 and AAC, with MP3, with
 * sound alone.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runToEnd } from '../harness/encoder.ts';
import { ENCODERS } from './encoders.ts';
import { missing } from './programs.ts';
import { Stage } from './stage.ts';

const PLAY_TIMEOUT_MS = 60_000;

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

interface PlayerCase {
  readonly name: string;
  readonly needs: readonly string[];
  readonly paths: readonly ('/index.m3u8' | '.mp4')[];
  readonly play: (url: string, tracks: { readonly video: boolean; readonly audio: boolean }) => Promise<void>;
}

/** FFmpeg 5.1 says this of itself whenever it reloads a live playlist with an EXT-X-MAP. */
const ITS_OWN = /Found duplicated MOOV Atom\. Skipped it$/;
const complaints = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line !== '' && !ITS_OWN.test(line));

/** gst-launch ends a live stream only when a sink has seen enough; the counts of both sinks are read from `-v`. */
function playWithGstreamer(element: string): PlayerCase['play'] {
  return async (url, { video, audio }) => {
    // The picture's sink ends the pipeline after 5 s of it; without a picture the sound's sink does.
    const sink = (count: number): string => `fakesink sync=true silent=false num-buffers=${count}`;
    const { stdout, stderr } = await runToEnd(
      'gst-launch-1.0',
      [
        ...['-v', element, `uri=${url}`],
        `video-sink=${sink(150)} name=picture`,
        `audio-sink=${sink(video ? -1 : 200)} name=sound`,
      ],
      PLAY_TIMEOUT_MS,
    );
    const chains = (name: string): number => stdout.match(new RegExp(`:${name}: last-message = chain`, 'g'))?.length ?? 0;
    const said = `${stderr}\n${stdout.slice(-500)}`;
    assert.doesNotMatch(`${stdout}${stderr}`, /ERROR/);
    if (video) assert.ok(chains('picture') >= 150, `${chains('picture')} pictures: ${said}`);
    if (audio) assert.ok(chains('sound') >= 50, `${chains('sound')} pieces of sound: ${said}`);
  };
}

const PLAYERS: readonly PlayerCase[] = [
  {
    name: 'ffmpeg decodes',
    needs: ['ffmpeg'],
    paths: ['/index.m3u8', '.mp4'],
    async play(url) {
      const { code, stderr } = await runToEnd(
        'ffmpeg',
        ['-hide_banner', '-nostdin', '-v', 'warning', '-i', url, '-t', '5', '-f', 'null', '-'],
        PLAY_TIMEOUT_MS,
      );
      assert.equal(code, 0, stderr);
      assert.deepEqual(complaints(stderr), []);
    },
  },
  {
    name: 'ffplay shows',
    needs: ['ffplay'],
    paths: ['/index.m3u8', '.mp4'],
    async play(url) {
      const { code, stderr } = await runToEnd(
        'env',
        [
          ...['SDL_VIDEODRIVER=dummy', 'SDL_AUDIODRIVER=dummy', 'ffplay'],
          ...['-hide_banner', '-v', 'warning', '-autoexit', '-t', '5', url],
        ],
        PLAY_TIMEOUT_MS,
      );
      assert.equal(code, 0, stderr);
      assert.deepEqual(complaints(stderr), []);
    },
  },
  {
    name: 'GStreamer playbin3 (hlsdemux2)',
    needs: ['gst-launch-1.0', 'hlsdemux2'],
    paths: ['/index.m3u8', '.mp4'],
    play: playWithGstreamer('playbin3'),
  },
  {
    name: 'GStreamer playbin (hlsdemux)',
    needs: ['gst-launch-1.0', 'hlsdemux'],
    paths: ['/index.m3u8'],
    play: playWithGstreamer('playbin'),
  },
];

const PLAYED = [
  'ffmpeg, B-frames and AAC',
  'ffmpeg, an AVI as H.264 baseline and MP3',
  'ffmpeg, sound only',
  'GStreamer x264enc + voaacenc',
];

for (const encoderCase of ENCODERS.filter(({ name }) => PLAYED.includes(name))) {
  test(encoderCase.name, { skip: missing(...encoderCase.needs) }, async (t) => {
    const { name, to } = await stage.channel();
    const encoder = await stage.push(encoderCase, name, to);
    t.after(() => encoder.kill());
    // Some players do not ask again when a playlist is not there yet.
    await stage.playlist(name);
    for (const { name: player, needs, paths, play } of PLAYERS) {
      for (const path of paths) {
        await t.test(`${player} ${path}`, { skip: missing(...needs) }, () =>
          play(`${stage.server.origin}/live/${name}${path}`, encoderCase),
        );
      }
    }
  });
}
