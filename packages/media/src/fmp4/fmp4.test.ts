/** Init segments and chunks, read back by mp4box: our own reader is no judge of our own writer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ISOFile, MP4BoxBuffer, createFile } from 'mp4box';
import { FormatError } from '../bytes/index.ts';
import {
  avcVideoConfig,
  mp3AudioConfig,
  parseAudioSpecificConfig,
  parseAvcC,
  parseMp3Header,
} from '../codec/index.ts';
import { AVC_RECORDS } from '../codec/testing/avc-records.ts';
import { hex, joined, mutate, seededRandom } from '../codec/testing/seeded.ts';
import type { Frame, TrackConfig } from '../frame.ts';
import { writeChunk } from './chunk.ts';
import { writeInitSegment } from './init.ts';
import { findBox, readBoxes } from './read-boxes.ts';

const VIDEO = avcVideoConfig(parseAvcC(hex(AVC_RECORDS[4]?.record ?? '')));
const AAC = parseAudioSpecificConfig(hex('11b056e500'));
const AAC_96K = parseAudioSpecificConfig(hex('101056e500'));
const MP3 = mp3AudioConfig(parseMp3Header(hex('fffb54c4')));

function frame(dts: number, size: number, more: Partial<Frame> = {}): Frame {
  const payload = Uint8Array.from({ length: size }, (_, i) => (dts + i) & 0xff);
  return {
    kind: 'video',
    dts,
    pts: dts,
    duration: 3000,
    key: false,
    discontinuity: false,
    payload,
    arrivalMs: 0,
    ...more,
  };
}

function parse(...parts: readonly Uint8Array[]): ISOFile {
  const file = createFile(true);
  const bytes = joined(...parts);
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes.slice().buffer, 0));
  file.flush();
  return file;
}

describe('init segments', () => {
  const rows: readonly (readonly [string, TrackConfig, string])[] = [
    ['AVC', VIDEO, 'avc1.64001e'],
    ['AAC', AAC, 'mp4a.40.2'],
    ['MP3', MP3, 'mp4a.6b'],
  ];
  for (const [name, config, codec] of rows) {
    test(`${name}: mp4box reads what was meant`, () => {
      const info = parse(writeInitSegment([{ trackId: 2, config }])).getInfo();
      assert.equal(info.isFragmented, true);
      assert.deepEqual(info.brands, ['iso6', 'iso6', 'cmfc', 'mp41']);
      const [track] = info.tracks;
      assert.ok(track);
      assert.equal(track.id, 2);
      assert.equal(track.codec.toLowerCase(), codec);
      assert.equal(track.timescale, config.timescale);
      assert.equal(track.nb_samples, 0);
      if (config.kind === 'video') {
        assert.deepEqual([track.video?.width, track.video?.height], [config.width, config.height]);
        // 720 × 64 / 45: with square pixels
        assert.deepEqual([track.track_width, track.track_height], [1024, 576]);
      } else {
        assert.equal(track.audio?.sample_rate, config.sampleRate);
        assert.equal(track.audio?.channel_count, config.channels);
      }
    });
  }

  test('two tracks under one header', () => {
    const info = parse(
      writeInitSegment([
        { trackId: 1, config: VIDEO },
        { trackId: 2, config: AAC },
      ]),
    ).getInfo();
    assert.deepEqual(
      info.tracks.map(({ id, type }) => [id, type]),
      [
        [1, 'video'],
        [2, 'audio'],
      ],
    );
    assert.ok(!info.brands.includes('cmfc'), 'a CMAF track file has one track');
  });

  test('the avcC box is the record, pasp and colr say what the SPS says', () => {
    const init = writeInitSegment([{ trackId: 1, config: VIDEO }]);
    const stsd = findBox(init, 'moov/trak/mdia/minf/stbl/stsd');
    const [avc1] = readBoxes(stsd?.payload.subarray(8) ?? new Uint8Array(0));
    const boxes = new Map(
      [...readBoxes(avc1?.payload.subarray(78) ?? new Uint8Array(0))].map((box) => [box.type, box.payload]),
    );
    assert.deepEqual([...boxes.keys()], ['avcC', 'pasp', 'colr']);
    assert.deepEqual(boxes.get('avcC'), VIDEO.record);
    assert.deepEqual(boxes.get('pasp'), hex('00000040 0000002d'));
    assert.deepEqual(boxes.get('colr'), hex('6e636c78 0005 0005 0005 00'));
  });

  test('a rate that 16.16 cannot hold is left to the codec', () => {
    const info = parse(writeInitSegment([{ trackId: 2, config: AAC_96K }])).getInfo();
    assert.equal(info.tracks[0]?.timescale, 96_000);
    assert.equal(info.tracks[0]?.audio?.sample_rate, 0);
  });
});

interface Sample {
  readonly dts: number;
  readonly cts: number;
  readonly duration: number;
  readonly size: number;
  readonly is_sync: boolean;
  readonly offset: number;
}

function samples(config: TrackConfig, chunks: readonly Uint8Array[]): Sample[] {
  const file = parse(writeInitSegment([{ trackId: 1, config }]), ...chunks);
  return file.getTrackById(1).samples.map(({ dts, cts, duration, size, is_sync, offset }) => ({
    dts,
    cts,
    duration,
    size,
    is_sync,
    offset,
  }));
}

describe('chunks', () => {
  const rows: readonly (readonly [string, readonly Frame[], readonly string[]])[] = [
    ['one key frame', [frame(90_000, 100, { key: true })], []],
    ['one other frame', [frame(90_000, 100)], []],
    [
      'a key frame and what depends on it',
      [frame(0, 900, { key: true }), frame(3000, 10), frame(6000, 20)],
      ['first', 'size'],
    ],
    [
      'other frames and then a key frame',
      [frame(0, 10), frame(3000, 10), frame(6000, 10, { key: true })],
      ['flags'],
    ],
    ['an other frame and then only key frames', [frame(0, 10), frame(3000, 10, { key: true })], ['first']],
    [
      'two key frames among others',
      [frame(0, 9, { key: true }), frame(3000, 9), frame(6000, 9, { key: true })],
      ['flags'],
    ],
    ['only key frames of one size', [frame(0, 9, { key: true }), frame(3000, 9, { key: true })], []],
    [
      'B-frames, with composition times on both sides',
      [
        frame(9000, 90, { key: true, pts: 15_000 }),
        frame(12_000, 20, { pts: 24_000 }),
        frame(15_000, 9, { pts: 12_000 }),
      ],
      ['first', 'size', 'composition'],
    ],
    [
      'durations that differ',
      [frame(0, 10), frame(2970, 10), frame(6030, 10, { duration: 2999 })],
      ['duration'],
    ],
    ['times beyond 32 bits', [frame(2 ** 40, 10), frame(2 ** 40 + 3000, 10)], []],
  ];
  for (const [name, frames, fields] of rows) {
    test(name, () => {
      const chunk = writeChunk({
        trackId: 1,
        sequenceNumber: 7,
        timescale: 90_000,
        frames,
        captureMs: 1_800_000_000_250,
      });
      const init = writeInitSegment([{ trackId: 1, config: VIDEO }]);
      const found = samples(VIDEO, [chunk.bytes]);
      const expected = frames.map((one, i) => ({
        dts: one.dts,
        cts: one.pts,
        duration: (frames[i + 1]?.dts ?? one.dts + one.duration) - one.dts,
        size: one.payload.length,
        is_sync: one.key,
      }));
      assert.deepEqual(
        found.map(({ dts, cts, duration, size, is_sync }) => ({ dts, cts, duration, size, is_sync })),
        expected,
      );
      for (const [i, { offset, size }] of found.entries()) {
        assert.deepEqual(
          chunk.bytes.subarray(offset - init.length, offset - init.length + size),
          frames[i]?.payload,
        );
      }
      assert.deepEqual(
        chunk.bytes.subarray(chunk.payloadOffset),
        joined(...frames.map(({ payload }) => payload)),
      );
      assert.equal(chunk.bytes.length, chunk.bytes.buffer.byteLength);
      // What all samples share is not written for each.
      const flags = trunFlags(chunk.bytes);
      const bits = { first: 0x4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 };
      for (const [field, bit] of Object.entries(bits))
        assert.equal((flags & bit) !== 0, fields.includes(field), field);
    });
  }

  test('sound of one size has no table at all', () => {
    const frames = [0, 1152, 2304].map((dts) =>
      frame(dts, 192, { kind: 'audio', key: true, duration: 1152 }),
    );
    const { bytes, payloadOffset } = writeChunk({ trackId: 1, sequenceNumber: 1, timescale: 48_000, frames });
    assert.equal(trunFlags(bytes), 0x1);
    assert.equal(payloadOffset, 108);
    assert.deepEqual(
      samples(MP3, [bytes]).map(({ dts, duration, size, is_sync }) => [dts, duration, size, is_sync]),
      [0, 1152, 2304].map((dts) => [dts, 1152, 192, true]),
    );
  });

  test('the capture clock is NTP, beside the presentation time of the first frame', () => {
    const frames = [frame(9000, 1, { pts: 15_000 })];
    const { bytes } = writeChunk({
      trackId: 1,
      sequenceNumber: 1,
      timescale: 90_000,
      frames,
      captureMs: 1_800_000_000_250,
    });
    // 1,800,000,000 + 2,208,988,800 seconds, a quarter of 2^32
    assert.deepEqual(
      bytes.subarray(0, 32),
      hex('00000020 70726674 01000018 00000001 eef45080 40000000 0000000000003a98'),
    );
    assert.deepEqual(
      [...readBoxes(bytes)].map(({ type }) => type),
      ['prft', 'moof', 'mdat'],
    );
  });

  test('many chunks in a row', () => {
    const chunks = Array.from({ length: 50 }, (_, i) => [
      frame(i * 6000, 50, { key: i % 10 === 0 }),
      frame(i * 6000 + 3000, 20),
    ]);
    const bytes = chunks.map(
      (frames, i) => writeChunk({ trackId: 1, sequenceNumber: i + 1, timescale: 90_000, frames }).bytes,
    );
    const found = samples(VIDEO, bytes);
    assert.deepEqual(
      found.map(({ dts }) => dts),
      Array.from({ length: 100 }, (_, i) => i * 3000),
    );
  });
});

function trunFlags(chunk: Uint8Array): number {
  const trun = findBox(chunk, 'moof/traf/trun')?.payload;
  assert.ok(trun);
  return new DataView(trun.buffer, trun.byteOffset).getUint32(0) & 0xffffff;
}

describe('the reader of boxes', () => {
  const chunk = writeChunk({
    trackId: 1,
    sequenceNumber: 1,
    timescale: 90_000,
    frames: [frame(0, 40), frame(3000, 9)],
  }).bytes;
  test('large sizes and sizes to the end', () => {
    const boxes = [...readBoxes(hex('00000001 66726565 0000000000000012 aabb 00000000 6d646174 cc'))];
    assert.deepEqual(
      boxes.map(({ type, start, end }) => [type, start, end]),
      [
        ['free', 0, 18],
        ['mdat', 18, 27],
      ],
    );
  });
  test('10,000 mutated chunks: boxes that fill the input, or a FormatError', () => {
    const random = seededRandom(0xb0c);
    for (let i = 0; i < 10_000; i++) {
      const bytes = mutate(chunk, random);
      try {
        let at = 0;
        for (const box of readBoxes(bytes)) {
          assert.equal(box.start, at);
          at = box.end;
        }
        assert.equal(at, bytes.length);
        findBox(bytes, 'moof/traf/trun');
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }
  });
});
