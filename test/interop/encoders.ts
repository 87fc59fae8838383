/**
 * Every way of pushing that the interoperability table lists: a program, its command, and what arrives.
 *
 * Clips that a command reads are made once, by ffmpeg, in a folder that the caller gives.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd, type Encoder } from '../harness/encoder.ts';
import type { Display } from './display.ts';
import { pushWithObs } from './obs.ts';
import { startProgram } from './programs.ts';

const CLIP_TIMEOUT_MS = 60_000;
const CLIP_SECONDS = 10;

export interface PushTo {
  /** `rtmp://HOST:PORT/live` */
  readonly server: string;
  readonly key: string;
  /** For the clips. */
  readonly folder: string;
  /** A screen, for the programs that want one. */
  readonly display: () => Promise<Display>;
}

export interface EncoderCase {
  readonly name: string;
  /** Programs and GStreamer elements. */
  readonly needs: readonly string[];
  readonly video: boolean;
  readonly audio: boolean;
  readonly start: (to: PushTo) => Promise<Encoder>;
}

const TEST_PICTURE = '-f lavfi -i testsrc2=size=320x180:rate=30';
const TEST_SOUND = '-f lavfi -i sine=frequency=440';
const X264 = '-c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p';

/** Makes the clip when it is not there yet. */
async function clip(folder: string, name: string, encoding: string): Promise<string> {
  const path = join(folder, name);
  const isMade = await access(path).then(
    () => true,
    () => false,
  );
  if (isMade) return path;
  const command = `-v error -nostdin ${TEST_PICTURE} ${TEST_SOUND} -t ${CLIP_SECONDS} ${encoding}`;
  const made = await runToEnd('ffmpeg', [...command.split(' '), path], CLIP_TIMEOUT_MS);
  if (made.code !== 0) throw new Error(`ffmpeg did not make ${name}: ${made.stderr}`);
  return path;
}

const avcAacClip = (folder: string): Promise<string> =>
  clip(folder, 'clip.mp4', `${X264} -bf 2 -c:a aac -b:a 96k`);

/** `-re` before each input: read it at its own pace. */
function ffmpeg(inputs: readonly string[], output: string, { server, key }: PushTo): Encoder {
  const read = inputs.map((input) => `-re ${input}`).join(' ');
  return startProgram('ffmpeg', [
    ...`-hide_banner -loglevel warning -nostdin ${read} ${output} -f flv`.split(' '),
    `${server}/${key}`,
  ]);
}

function gstreamer(branches: string, { server, key }: PushTo): Encoder {
  const pipeline = `flvmux name=mux streamable=true ! rtmp2sink location=${server}/${key} ${branches}`;
  return startProgram('gst-launch-1.0', pipeline.split(' '));
}
const GST_PICTURE =
  'videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=180,framerate=30/1 ! ' +
  'x264enc speed-preset=ultrafast key-int-max=30 bitrate=500 ! h264parse ! mux.';
const gstSound = (encoder: string, channels = 2): string =>
  `audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=${channels} ! audioconvert ! ${encoder} ! mux.`;

const GST = ['gst-launch-1.0', 'rtmp2sink'];

export const ENCODERS: readonly EncoderCase[] = [
  {
    name: 'OBS 29',
    needs: ['obs', 'Xvfb', 'ffmpeg'],
    video: true,
    audio: true,
    start: async ({ server, key, folder, display }) =>
      pushWithObs({ server, key, clip: await avcAacClip(folder), display: await display() }),
  },
  {
    name: 'GStreamer x264enc + voaacenc',
    needs: [...GST, 'x264enc', 'voaacenc'],
    video: true,
    audio: true,
    start: async (to) => gstreamer(`${GST_PICTURE} ${gstSound('voaacenc bitrate=96000 ! aacparse')}`, to),
  },
  {
    name: 'GStreamer x264enc + avenc_aac',
    needs: [...GST, 'x264enc', 'avenc_aac'],
    video: true,
    audio: true,
    start: async (to) => gstreamer(`${GST_PICTURE} ${gstSound('avenc_aac bitrate=96000 ! aacparse')}`, to),
  },
  {
    name: 'GStreamer x264enc + lamemp3enc',
    needs: [...GST, 'x264enc', 'lamemp3enc'],
    video: true,
    audio: true,
    start: async (to) =>
      gstreamer(
        `${GST_PICTURE} ${gstSound('lamemp3enc target=bitrate bitrate=96 cbr=true ! mpegaudioparse', 1)}`,
        to,
      ),
  },
  {
    name: 'ffmpeg copies an MP4',
    needs: ['ffmpeg'],
    video: true,
    audio: true,
    start: async (to) => ffmpeg([`-stream_loop -1 -i ${await avcAacClip(to.folder)}`], '-c copy', to),
  },
  {
    name: 'ffmpeg, B-frames and AAC',
    needs: ['ffmpeg'],
    video: true,
    audio: true,
    start: async (to) => ffmpeg([TEST_PICTURE, TEST_SOUND], `${X264} -bf 3 -c:a aac -b:a 96k -ar 44100`, to),
  },
  {
    name: 'ffmpeg, no B-frames, AAC 48 kHz stereo',
    needs: ['ffmpeg'],
    video: true,
    audio: true,
    start: async (to) =>
      ffmpeg([TEST_PICTURE, TEST_SOUND], `${X264} -tune zerolatency -c:a aac -b:a 96k -ar 48000 -ac 2`, to),
  },
  {
    name: 'ffmpeg, an AVI as H.264 baseline and MP3',
    needs: ['ffmpeg'],
    video: true,
    audio: true,
    start: async (to) => {
      const movie = await clip(to.folder, 'movie.avi', '-c:v mpeg4 -q:v 4 -c:a mp2 -b:a 128k');
      const command = '-vcodec libx264 -vprofile baseline -acodec libmp3lame -ar 44100 -ac 1';
      return ffmpeg([`-stream_loop -1 -i ${movie}`], command, to);
    },
  },
  {
    name: 'ffmpeg, sound only',
    needs: ['ffmpeg'],
    video: false,
    audio: true,
    start: async (to) => ffmpeg([TEST_SOUND], '-vn -c:a aac -b:a 96k -ar 44100', to),
  },
  {
    name: 'ffmpeg, picture only',
    needs: ['ffmpeg'],
    video: true,
    audio: false,
    start: async (to) => ffmpeg([TEST_PICTURE], `-an ${X264} -bf 2`, to),
  },
  {
    name: 'ffmpeg, sound begins after 3 s',
    needs: ['ffmpeg'],
    video: true,
    audio: true,
    // Without the last option ffmpeg holds the picture back until there is sound.
    start: async (to) =>
      ffmpeg(
        [TEST_PICTURE, `-itsoffset 3 ${TEST_SOUND}`],
        `${X264} -c:a aac -b:a 96k -ar 44100 -max_interleave_delta 1`,
        to,
      ),
  },
];
