/**
 * What ffmpeg's own readers say of our output: every address is read without a warning, with the tracks, times and
 * A/V offset that were pushed.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../harness/browser.ts';
import { pushWithFfmpeg, runToEnd, type Encoder } from '../harness/encoder.ts';
import { startServer, type TestServer } from '../harness/server.ts';

const READ_MS = 60_000;
let server: TestServer;
let encoder: Encoder;

before(async () => {
  server = await startServer();
  const { pushUrl } = await server.addChannel('reader');
  encoder = pushWithFfmpeg(pushUrl, { encoding: 'avcAac' });
  await until(
    'the first playlist',
    async () => (await fetch(`${server.origin}/live/reader/index.m3u8`)).status,
    (status) => status === 200,
    READ_MS,
  );
});
after(async () => {
  await encoder?.kill();
  await server?.stop();
});

/**
 * FFmpeg 5.1 reads the EXT-X-MAP again whenever it reloads a live playlist, and then says so of itself; every fMP4 live
 * stream gets this line. Any other line, about timestamps above all, is ours.
 */
const ITS_OWN = /Found duplicated MOOV Atom\. Skipped it$/;
const complaints = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line !== '' && !ITS_OWN.test(line));

interface Packet {
  readonly codec_type: 'video' | 'audio';
  readonly pts_time: string;
  readonly dts_time: string;
}

for (const path of ['/live/reader/index.m3u8', '/live/reader.mp4']) {
  test(`ffprobe reads ${path} without a warning, both tracks, times in order`, async () => {
    const { stdout, stderr, code } = await runToEnd(
      'ffprobe',
      [
        ...'-v warning -read_intervals %+4 -show_entries packet=codec_type,pts_time,dts_time'.split(' '),
        '-show_streams',
        '-of',
        'json',
        `${server.origin}${path}`,
      ],
      READ_MS,
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(complaints(stderr), []);
    const answer = JSON.parse(stdout) as { streams: { codec_name: string }[]; packets: Packet[] };
    assert.deepEqual(answer.streams.map((stream) => stream.codec_name).sort(), ['aac', 'h264']);
    for (const type of ['video', 'audio'] as const) {
      const times = answer.packets
        .filter((packet) => packet.codec_type === type)
        .map((packet) => Number(packet.dts_time));
      assert.ok(times.length > 30, `${times.length} ${type} packets`);
      for (let i = 1; i < times.length; i++) {
        const step = (times[i] ?? 0) - (times[i - 1] ?? 0);
        assert.ok(step > 0 && step < 0.2, `${type} packet ${i} comes ${step} s after the one before`);
      }
    }
  });

  test(`ffmpeg decodes ${path} to the end of five seconds without a warning`, async () => {
    const { stderr, code } = await runToEnd(
      'ffmpeg',
      [
        '-hide_banner',
        '-nostdin',
        '-v',
        'warning',
        '-i',
        `${server.origin}${path}`,
        '-t',
        '5',
        '-f',
        'null',
        '-',
      ],
      READ_MS,
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(complaints(stderr), []);
  });
}
