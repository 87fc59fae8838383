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
const ITS_OWN = /Found duplicated MOOV Atom\. Skipped it$|^\s*Last message repeated/;
const complaints = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line !== '' && !ITS_OWN.test(line));

/** A live stream has no end: each player is stopped after this long, most of which it spends playing. */
const PLAY_MS = 15_000;
/** Of video at 30 frames a second: five seconds. */
const MIN_PICTURES = 150;
/** AAC frames of 1024 samples at 44.1 kHz, or what a decoder makes of them: over two seconds. */
const MIN_SOUNDS = 100;

/** What its sinks were given is counted from what `-v` prints. */
function playWithGstreamer(element: string): PlayerCase['play'] {
  return async (url, { video, audio }) => {
    const { stdout, stderr } = await runToEnd(
      'gst-launch-1.0',
      [
        '-v',
        element,
        `uri=${url}`,
        'video-sink=fakesink sync=true silent=false name=picture',
        'audio-sink=fakesink sync=true silent=false name=sound',
      ],
      PLAY_MS,
    );
    const count = (sink: string): number =>
      stdout.match(new RegExp(`:${sink}: last-message = chain`, 'g'))?.length ?? 0;
    const pictures = count('picture');
    const sounds = count('sound');
    assert.doesNotMatch(`${stdout}${stderr}`, /^ERROR/m);
    if (video) assert.ok(pictures >= MIN_PICTURES, `${pictures} pictures; ${stderr}`);
    if (audio) assert.ok(sounds >= MIN_SOUNDS, `${sounds} pieces of sound; ${stderr}`);
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
      const { stderr } = await runToEnd(
        'env',
        [
          ...'SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy'.split(' '),
          ...'ffplay -hide_banner -v warning -stats'.split(' '),
          url,
        ],
        PLAY_MS,
      );
      // The clock is written over itself: `   5.31 A-V: -0.002 fd=   0 aq=…`.
      const said = stderr.split(/[\r\n]+/);
      const clocks = said
        .flatMap((line) => /^\s*([\d.]+) (?:A-V|M-V|M-A):/.exec(line)?.[1] ?? [])
        .map(Number);
      const played = (clocks.at(-1) ?? 0) - (clocks[0] ?? 0);
      assert.ok(played > 5, `played ${played} s: ${stderr.slice(-2000)}`);
      const worries = said.filter((line) => !/ fd= .* f=\d|hardware accelerated renderer|^\s*$/.test(line));
      assert.deepEqual(complaints(worries.join('\n')), []);
    },
  },
  {
    name: 'GStreamer playbin3 (hlsdemux2)',
    needs: ['gst-launch-1.0', 'hlsdemux2'],
    paths: ['/index.m3u8', '.mp4'],
    play: playWithGstreamer('playbin3'),
  },
  {
    name: 'GStreamer hlsdemux, the picture alone',
    needs: ['gst-launch-1.0', 'hlsdemux'],
    paths: ['/index.m3u8'],
    async play(url, { video }) {
      if (!video) return;
      const { stdout, stderr } = await runToEnd(
        'gst-launch-1.0',
        `-v souphttpsrc location=${url} ! hlsdemux ! qtdemux ! fakesink silent=false name=picture`.split(' '),
        PLAY_MS,
      );
      const pictures = stdout.match(/:picture: last-message = chain/g)?.length ?? 0;
      assert.ok(pictures >= MIN_PICTURES, `${pictures} pictures; ${stderr}`);
    },
  },
];

/** Known not to work, and why; the table of docs/interop.md says the same. */
const KNOWN: Readonly<Record<string, string>> = {
  'ffmpeg, an AVI as H.264 baseline and MP3, ffplay shows /index.m3u8':
    'ffplay 5.1 plays bare MP3 of HLS twelve seconds away from the picture',
};

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
        const skip = missing(...needs) || (KNOWN[`${encoderCase.name}, ${player} ${path}`] ?? false);
        await t.test(`${player} ${path}`, { skip }, () =>
          play(`${stage.server.origin}/live/${name}${path}`, encoderCase),
        );
      }
    }
  });
}
