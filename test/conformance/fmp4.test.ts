/**
 * The way of a frame from FLV to CMAF, judged by ffprobe: what ffmpeg puts into an FLV must come out of our fMP4 with
 * the same frames, key frames, and times (on a timeline that starts elsewhere), and without a warning.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Frame, TRACK_IDS, type TrackConfig, type TrackKind } from '@millrace/media';
import { TagReader, parseFlvFile } from '@millrace/media/flv';
import { writeChunk, writeInitSegment } from '@millrace/media/fmp4';
import { Timeline } from '@millrace/media/time';

const directory = mkdtempSync(join(tmpdir(), 'millrace-fmp4-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=size=192x108:rate=25:duration=4'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=4'];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-pix_fmt', 'yuv420p'];
const AAC = ['-c:a', 'aac', '-b:a', '64k'];

/** What is published, and the tracks' sizes within the file as ffmpeg is told to make them. */
const CASES: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly codecs: readonly string[];
}[] = [
  {
    name: 'H.264 with B-frames and AAC',
    args: [...PICTURE, ...SOUND, ...X264, '-bf', '3', '-b_strategy', '0', ...AAC],
    codecs: ['h264', 'aac'],
  },
  {
    name: 'H.264 high 4:2:2 with open GOPs and AAC at 48 kHz stereo',
    args: [
      ...PICTURE,
      ...SOUND,
      ...X264,
      '-pix_fmt',
      'yuv422p',
      '-bf',
      '2',
      '-x264-params',
      'open-gop=1',
      ...AAC,
      '-ar',
      '48000',
      '-ac',
      '2',
    ],
    codecs: ['h264', 'aac'],
  },
  {
    name: 'H.264 baseline at 29.97 with MP3, as in the old tutorial',
    args: [
      ...PICTURE,
      ...SOUND,
      ...X264,
      '-profile:v',
      'baseline',
      '-r',
      '30000/1001',
      '-c:a',
      'libmp3lame',
      '-ar',
      '44100',
      '-ac',
      '1',
    ],
    codecs: ['h264', 'mp3'],
  },
  {
    name: 'MP3 of MPEG-2 at 22,050 Hz',
    args: [...SOUND, '-c:a', 'libmp3lame', '-ar', '22050'],
    codecs: ['mp3'],
  },
  { name: 'audio only', args: [...SOUND, ...AAC, '-ac', '2'], codecs: ['aac'] },
  {
    name: 'video only, anamorphic, with colours said',
    args: [
      ...PICTURE,
      ...X264,
      '-aspect',
      '16:9',
      '-s',
      '160x120',
      '-colorspace',
      'bt709',
      '-color_primaries',
      'bt709',
      '-color_trc',
      'bt709',
      '-color_range',
      'tv',
    ],
    codecs: ['h264'],
  },
  {
    name: 'filler data for a constant bit rate',
    args: [
      ...PICTURE,
      ...X264,
      '-x264-params',
      'nal-hrd=cbr',
      '-b:v',
      '600k',
      '-maxrate',
      '600k',
      '-bufsize',
      '600k',
    ],
    codecs: ['h264'],
  },
];

describe('FLV to CMAF, judged by ffprobe', () => {
  for (const [index, { name, args, codecs }] of CASES.entries()) {
    test(name, () => {
      const flv = join(directory, `${index}.flv`);
      run('ffmpeg', ['-v', 'error', ...args, '-f', 'flv', flv]);
      const repackaged = repackage(readFileSync(flv));
      const mp4 = join(directory, `${index}.mp4`);
      writeFileSync(mp4, repackaged.bytes);
      assert.deepEqual(repackaged.dropped, []);

      const before = probe(flv);
      const now = probe(mp4);
      assert.equal(now.warnings, '');
      assert.deepEqual(
        now.streams.map((stream) => stream['codec_name']),
        codecs,
      );
      for (const stream of now.streams) {
        const source = before.streams.find((candidate) => candidate['codec_type'] === stream['codec_type']);
        assert.ok(source);
        for (const field of [
          'profile',
          'width',
          'height',
          'sample_rate',
          'channels',
          'pix_fmt',
          'color_space',
          'color_primaries',
          'sample_aspect_ratio',
        ]) {
          assert.equal(stream[field], source[field], field);
        }
        comparePackets(
          before.packets.filter((packet) => packet.codec_type === source['codec_type']),
          now.packets.filter((packet) => packet.codec_type === source['codec_type']),
          offsetMs(before.packets[0], now.packets, before.packets),
          name.startsWith('filler'),
        );
      }
      // Decodes from end to end: no warning, no error.
      assert.equal(run('ffmpeg', ['-v', 'warning', '-i', mp4, '-f', 'null', '-']).stderr, '');
    });
  }
});

interface Packet {
  readonly codec_type: string;
  readonly pts_time: string;
  readonly dts_time: string;
  readonly size: string;
  readonly flags: string;
}

/** One distance between the two timelines for all tracks: that is what keeps audio and video together. */
function offsetMs(
  firstSource: Packet | undefined,
  packets: readonly Packet[],
  source: readonly Packet[],
): number {
  assert.ok(firstSource);
  const kind = source[0]?.codec_type;
  const first = packets.find((packet) => packet.codec_type === kind);
  assert.ok(first);
  return (Number(first.dts_time) - Number(firstSource.dts_time)) * 1000;
}

function comparePackets(
  source: readonly Packet[],
  ours: readonly Packet[],
  offset: number,
  smaller: boolean,
): void {
  assert.equal(ours.length, source.length);
  for (const [index, packet] of ours.entries()) {
    const expected = source[index];
    assert.ok(expected);
    // FLV rounds to ms; audio is counted in samples from a rounded first timestamp.
    const tolerance = packet.codec_type === 'audio' ? 2.1 : 0.6;
    near(
      Number(packet.dts_time) * 1000,
      Number(expected.dts_time) * 1000 + offset,
      tolerance,
      `dts of ${index}`,
    );
    near(
      Number(packet.pts_time) * 1000,
      Number(expected.pts_time) * 1000 + offset,
      tolerance,
      `pts of ${index}`,
    );
    assert.equal(packet.flags.startsWith('K'), expected.flags.startsWith('K'), `key flag of ${index}`);
    if (smaller) assert.ok(Number(packet.size) <= Number(expected.size), `size of ${index}`);
    else assert.equal(packet.size, expected.size, `size of ${index}`);
  }
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual}, expected ${expected} ± ${tolerance}`,
  );
}

/** The whole core, without a server: tags, timeline, chunks of about 100 ms, one file. */
function repackage(flv: Uint8Array): { readonly bytes: Uint8Array; readonly dropped: readonly string[] } {
  const reader = new TagReader();
  const timeline = new Timeline();
  const configs = new Map<TrackKind, TrackConfig>();
  const pending: Record<TrackKind, Frame[]> = { video: [], audio: [] };
  const chunks: Uint8Array[] = [];
  const dropped: string[] = [];
  let sequenceNumber = 0;

  const flush = (kind: TrackKind): void => {
    const config = configs.get(kind);
    const frames = pending[kind];
    if (config === undefined || frames.length === 0) return;
    pending[kind] = [];
    const captureMs = frames[0]?.arrivalMs;
    const trackId = TRACK_IDS[kind];
    chunks.push(
      writeChunk({
        trackId,
        sequenceNumber: ++sequenceNumber,
        timescale: config.timescale,
        frames,
        captureMs,
      }).bytes,
    );
  };

  for (const tag of parseFlvFile(flv)) {
    for (const event of reader.read(tag.type, tag.timestampMs, tag.body)) {
      if (event.type === 'config') {
        configs.set(event.config.kind, event.config);
        timeline.configure(event.config);
      } else if (event.type === 'dropped') {
        dropped.push(event.code);
      } else if (event.type === 'frame') {
        for (const frame of timeline.push(event.frame, 1_800_000_000_000 + tag.timestampMs)) {
          const frames = pending[frame.kind];
          const timescale = configs.get(frame.kind)?.timescale ?? 1;
          if (frames[0] !== undefined && frame.dts - frames[0].dts >= timescale / 10) flush(frame.kind);
          pending[frame.kind].push(frame);
        }
      }
    }
  }
  flush('video');
  flush('audio');
  const init = writeInitSegment(
    [...configs.values()].map((config) => ({ trackId: TRACK_IDS[config.kind], config })),
  );
  return { bytes: Buffer.concat([init, ...chunks]), dropped };
}

function probe(file: string): {
  readonly streams: readonly Readonly<Record<string, unknown>>[];
  readonly packets: readonly Packet[];
  readonly warnings: string;
} {
  const { stdout, stderr } = run('ffprobe', [
    '-v',
    'warning',
    '-of',
    'json',
    '-show_streams',
    '-show_packets',
    file,
  ]);
  const { streams, packets } = JSON.parse(stdout) as {
    readonly streams: readonly Readonly<Record<string, unknown>>[];
    readonly packets: readonly Packet[];
  };
  return {
    streams: [...streams].sort((a, b) => String(b['codec_type']).localeCompare(String(a['codec_type']))),
    packets,
    warnings: stderr,
  };
}

function run(program: string, args: readonly string[]): { readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}
