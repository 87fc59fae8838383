import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeAmf0 } from '../amf/index.ts';
import { AVC_RECORDS } from '../codec/testing/avc-records.ts';
import { hex, joined, mutate, seededRandom } from '../codec/testing/seeded.ts';
import type { RawFrame, TagEvent } from '../frame.ts';
import { TagReader } from './tag-reader.ts';

const AVC_HEADER = joined(hex('17 00 000000'), hex(AVC_RECORDS[0]?.record ?? ''));
const OTHER_AVC_HEADER = joined(hex('17 00 000000'), hex(AVC_RECORDS[2]?.record ?? ''));
const KEY_FRAME = hex('17 01 000042 00000002 65 88');
const INTER_FRAME = hex('27 01 ffffd6 00000002 41 9a');
const AAC_HEADER = hex('af 00 1210');
const AAC_FRAME = hex('af 01 211004608c1c');

type Type = 'audio' | 'video' | 'data';

function read(reader: TagReader, type: Type, body: Uint8Array, timestampMs = 0): TagEvent[] {
  return reader.read(type, timestampMs, body);
}

/** One word an event: `config`, `frame`, or the code of what was dropped. */
function words(events: readonly TagEvent[]): string[] {
  return events.map((event) => (event.type === 'dropped' ? event.code : event.type));
}

function onlyFrame(events: readonly TagEvent[]): RawFrame {
  const event = events[0];
  assert.ok(event?.type === 'frame' && events.length === 1, JSON.stringify(words(events)));
  return event.frame;
}

/** A NAL unit behind its length. */
function nal(bytes: Uint8Array): Uint8Array {
  return joined(hex('000000'), Uint8Array.of(bytes.length), bytes);
}

/** The parameter sets of a record with one of each, as NAL units of a frame. */
function parameterSets(record: Uint8Array): Uint8Array {
  const spsEnd = 8 + (record[7] ?? 0);
  const ppsStart = spsEnd + 3;
  return joined(
    nal(record.subarray(8, spsEnd)),
    nal(record.subarray(ppsStart, ppsStart + (record[ppsStart - 1] ?? 0))),
  );
}

/** A key frame that carries the parameter sets of a record. */
function keyWith(record: string): Uint8Array {
  return joined(hex('17 01 000000'), parameterSets(hex(record)), hex('00000002 65 88'));
}

function ready(): TagReader {
  const reader = new TagReader();
  assert.deepEqual(words(read(reader, 'video', AVC_HEADER)), ['config']);
  assert.deepEqual(words(read(reader, 'audio', AAC_HEADER)), ['config']);
  return reader;
}

describe('video', () => {
  test('frames carry signed composition times and views of the body', () => {
    const reader = ready();
    const key = onlyFrame(read(reader, 'video', KEY_FRAME, 40));
    assert.deepEqual(
      { ...key, payload: undefined },
      { kind: 'video', dtsMs: 40, compositionOffsetMs: 0x42, key: true, payload: undefined },
    );
    assert.equal(key.payload.buffer, KEY_FRAME.buffer);
    const inter = onlyFrame(read(reader, 'video', INTER_FRAME, 80));
    assert.equal(inter.compositionOffsetMs, -42);
    assert.equal(inter.key, false);
  });

  test('an identical sequence header is dropped, a changed one is a configuration that waits for a key frame', () => {
    const reader = ready();
    assert.deepEqual(words(read(reader, 'video', KEY_FRAME)), ['frame']);
    assert.deepEqual(words(read(reader, 'video', AVC_HEADER)), []);
    assert.deepEqual(words(read(reader, 'video', INTER_FRAME)), ['frame']);
    assert.deepEqual(words(read(reader, 'video', OTHER_AVC_HEADER)), ['config']);
    assert.deepEqual(words(read(reader, 'video', INTER_FRAME)), ['flv/video-before-key']);
    assert.deepEqual(words(read(reader, 'video', KEY_FRAME)), ['frame']);
  });

  test('frames before the header and before the first key frame are dropped', () => {
    const reader = new TagReader();
    assert.deepEqual(words(read(reader, 'video', KEY_FRAME)), ['flv/video-before-config']);
    read(reader, 'video', AVC_HEADER);
    assert.deepEqual(words(read(reader, 'video', INTER_FRAME)), ['flv/video-before-key']);
    assert.deepEqual(words(read(reader, 'video', KEY_FRAME)), ['frame']);
  });

  test('a broken header is dropped and the configuration before it stays', () => {
    const reader = ready();
    assert.deepEqual(words(read(reader, 'video', hex('17 00 000000 0142'))), ['codec/avcc-short']);
    assert.deepEqual(words(read(reader, 'video', KEY_FRAME)), ['frame']);
  });

  const odd: readonly (readonly [string, string, string[]])[] = [
    ['a NAL unit longer than the tag', '17 01 000000 00000009 65 88', ['codec/avc-nal-length']],
    ['delimiter and SEI without a picture', '27 01 000000 00000002 09 f0', ['flv/avc-no-picture']],
    ['a seek mark', '57 00', ['flv/video-info-frame']],
    ['a cut tag header', '17 01 00', ['flv/video-tag-short']],
    ['an unknown packet type', '17 07 000000', ['flv/video-packet-type']],
    ['the end of the sequence', '17 02 000000', ['end']],
    ['nothing at all', '', []],
    ['a frame header and nothing else', '17', []],
    ['a frame without bytes', '27 01 000000', []],
  ];
  for (const [name, body, expected] of odd) {
    test(name, () => {
      const reader = ready();
      read(reader, 'video', KEY_FRAME);
      assert.deepEqual(words(read(reader, 'video', hex(body))), expected);
      assert.deepEqual(words(read(reader, 'video', INTER_FRAME)), ['frame']);
    });
  }

  test('a picture that only calls itself a key frame is none', () => {
    const reader = ready();
    assert.deepEqual(words(read(reader, 'video', hex('17 01 000000 00000002 41 9a'))), [
      'flv/video-before-key',
    ]);
    assert.equal(onlyFrame(read(reader, 'video', hex('27 01 000000 00000002 65 88'))).key, true);
  });

  test('new parameter sets inside a key frame are a configuration; known ones are not', () => {
    const same = keyWith(AVC_RECORDS[0]?.record ?? '');
    const other = keyWith(AVC_RECORDS[2]?.record ?? '');
    const reader = ready();
    assert.deepEqual(words(read(reader, 'video', same)), ['frame']);
    const events = read(reader, 'video', other);
    assert.deepEqual(words(events), ['config', 'frame']);
    assert.ok(events[0]?.type === 'config' && events[0].config.codecString === 'avc1.64002A');
    assert.deepEqual(words(read(reader, 'video', other)), ['frame']);
    // The encoder repeats its first sequence header, which it does without meaning it.
    assert.deepEqual(words(read(reader, 'video', AVC_HEADER)), []);
  });

  test('a key frame with a broken SPS is left out with all that depends on it', () => {
    const reader = ready();
    assert.deepEqual(words(read(reader, 'video', hex('17 01 000000 00000003 67 64 00 00000002 65 88'))), [
      'codec/avc-set-short',
    ]);
    assert.deepEqual(words(read(reader, 'video', INTER_FRAME)), ['flv/video-before-key']);
    assert.deepEqual(words(read(reader, 'video', KEY_FRAME)), ['frame']);
  });
});

describe('audio', () => {
  test('AAC', () => {
    const reader = ready();
    const frame = onlyFrame(read(reader, 'audio', AAC_FRAME, 23));
    assert.deepEqual(frame.payload, hex('211004608c1c'));
    assert.equal(frame.dtsMs, 23);
    assert.deepEqual(words(read(reader, 'audio', AAC_HEADER)), []);
    assert.deepEqual(words(read(reader, 'audio', hex('af 00 1190'))), ['config']);
    assert.deepEqual(words(read(reader, 'audio', hex('af 01'))), []);
    assert.deepEqual(words(read(reader, 'audio', hex('af'))), []);
    assert.deepEqual(words(read(new TagReader(), 'audio', AAC_FRAME)), ['flv/audio-before-config']);
    assert.deepEqual(words(read(reader, 'audio', hex('af 00 ff'))), ['codec/aac-config-short']);
  });

  test('an ADTS header in front of the raw frame is taken off', () => {
    const frame = onlyFrame(read(ready(), 'audio', hex('af 01 fff15080 01bffc 2110')));
    assert.deepEqual(frame.payload, hex('2110'));
  });

  // MPEG-1, 32 kbit/s, 48 kHz, mono: 96 bytes, 24 ms.
  const mp3Frame = joined(hex('fffb14c4'), new Uint8Array(92));

  test('MP3 has its configuration in the first frame', () => {
    for (const first of ['2f', 'ef']) {
      const events = read(new TagReader(), 'audio', joined(hex(first), mp3Frame));
      assert.deepEqual(words(events), ['config', 'frame']);
      assert.ok(events[0]?.type === 'config' && events[0].config.kind === 'audio');
      assert.equal(events[0].config.codecString, 'mp4a.6B');
      assert.equal(events[0].config.frameTicks, 1152);
    }
  });

  test('several MP3 frames in a tag come out one by one', () => {
    const events = read(new TagReader(), 'audio', joined(hex('2f'), mp3Frame, mp3Frame, mp3Frame), 100);
    const times = events.flatMap((event) => (event.type === 'frame' ? [event.frame.dtsMs] : []));
    assert.deepEqual(times, [100, 124, 148]);
    const cut = read(new TagReader(), 'audio', joined(hex('2f'), mp3Frame, mp3Frame.subarray(0, 50)));
    assert.deepEqual(words(cut), ['config', 'frame', 'flv/mp3-frame-short']);
    const many = read(
      new TagReader(),
      'audio',
      joined(hex('2f'), ...Array.from({ length: 20 }, () => mp3Frame)),
    );
    assert.equal(words(many).at(-1), 'flv/mp3-frame-count');
  });

  test('a publisher may change from MP3 to AAC', () => {
    const reader = new TagReader();
    assert.deepEqual(words(read(reader, 'audio', joined(hex('2f'), mp3Frame))), ['config', 'frame']);
    assert.deepEqual(words(read(reader, 'audio', AAC_HEADER)), ['config']);
    assert.deepEqual(words(read(reader, 'audio', AAC_FRAME)), ['frame']);
  });
});

describe('refused by name, once', () => {
  const rows: readonly (readonly [Type, string, RegExp])[] = [
    ['audio', 'b6 00', /Speex/],
    ['audio', '76 00', /G\.711 A-law/],
    ['audio', '90 4f707573', /Opus/],
    ['video', '1c 01', /HEVC.*12/],
    ['video', '90 68766331', /HEVC/],
    ['video', '90 01020304', /FourCC "\?\?\?\?"/],
    ['video', '12 00', /Sorenson/],
    ['video', '1f 00', /video codec 15/],
  ];
  for (const [type, body, name] of rows) {
    test(`${type} ${body}`, () => {
      const reader = new TagReader();
      const [event, ...more] = read(reader, type, hex(body));
      assert.ok(event?.type === 'dropped' && more.length === 0);
      assert.equal(event.code, `flv/${type}-codec-unsupported`);
      assert.equal(event.kind, type);
      assert.match(event.message, name);
      assert.deepEqual(read(reader, type, hex(body)), []);
    });
  }
});

describe('metadata', () => {
  const values = new Map<string, number | string>([
    ['width', 1280],
    ['encoder', 'obs-output module'],
  ]);
  for (const names of [['@setDataFrame', 'onMetaData'], ['onMetaData']]) {
    test(names.join(' '), () => {
      const [event] = read(new TagReader(), 'data', writeAmf0(...names, values));
      assert.ok(event?.type === 'metadata');
      assert.deepEqual([...event.values], [...values]);
    });
  }
  test('other messages say nothing, broken ones are dropped', () => {
    assert.deepEqual(read(new TagReader(), 'data', writeAmf0('onCuePoint', values)), []);
    assert.deepEqual(words(read(new TagReader(), 'data', hex('02 00ff 61'))), ['amf/short']);
  });
});

test('10,000 mutated tags: events, never an exception', () => {
  const random = seededRandom(0xf1f);
  const tags: readonly (readonly [Type, Uint8Array])[] = [
    ['video', AVC_HEADER],
    ['video', KEY_FRAME],
    ['video', INTER_FRAME],
    ['video', OTHER_AVC_HEADER],
    ['audio', AAC_HEADER],
    ['audio', AAC_FRAME],
    ['audio', joined(hex('2f fffb14c4'), new Uint8Array(92))],
    ['data', writeAmf0('@setDataFrame', 'onMetaData', new Map([['width', 1280]]))],
  ];
  const reader = new TagReader();
  const seen = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    const [type, body] = tags[Math.floor(random() * tags.length)] ?? ['video', KEY_FRAME];
    for (const word of words(read(reader, type, mutate(body, random), i))) seen.add(word);
  }
  for (const word of ['config', 'frame', 'metadata', 'codec/avc-nal-length', 'codec/avcc-short'])
    assert.ok(seen.has(word), word);
});
