import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../codec/testing/seeded.ts';
import type { AudioConfig, Frame, RawFrame, TrackKind, VideoConfig } from '../frame.ts';
import { TIMELINE_START_MS, Timeline } from './timeline.ts';
import { type Ms, ticksToMs } from './units.ts';

const VIDEO: VideoConfig = {
  kind: 'video',
  codec: 'avc',
  codecString: 'avc1.42C01F',
  record: new Uint8Array(0),
  width: 1280,
  height: 720,
  sampleAspectRatio: [1, 1],
  frameRate: 30,
  timescale: 90_000,
};
const AUDIO: AudioConfig = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  record: new Uint8Array(0),
  sampleRate: 44_100,
  channels: 2,
  frameTicks: 1024,
  timescale: 44_100,
};
const PAYLOAD = new Uint8Array(0);

/** What an encoder meant (true time in ms from its start) and what came of it. */
interface Placed {
  readonly trueMs: Ms;
  readonly frame: Frame;
}

function raw(kind: TrackKind, dtsMs: Ms, compositionOffsetMs: Ms = 0): RawFrame {
  return { kind, dtsMs, compositionOffsetMs, key: true, payload: PAYLOAD };
}

function mediaMs({ kind, dts }: Frame): Ms {
  return ticksToMs(dts, kind === 'video' ? VIDEO.timescale : AUDIO.timescale);
}

function newTimeline(): Timeline {
  const timeline = new Timeline();
  timeline.configure(VIDEO);
  timeline.configure(AUDIO);
  return timeline;
}

/** The times at which an encoder makes frames, both tracks interleaved: 30 pictures a second and 1,024 samples. */
function* encoderTimes(
  fromMs: Ms,
  toMs: Ms,
  audioRate = AUDIO.sampleRate,
): Generator<readonly [TrackKind, Ms]> {
  let picture = 0;
  let packet = 0;
  for (;;) {
    const videoMs = fromMs + (picture * 1000) / 30;
    const audioMs = fromMs + (packet * 1024 * 1000) / audioRate;
    if (Math.min(videoMs, audioMs) >= toMs) return;
    if (videoMs <= audioMs) {
      picture++;
      yield ['video', videoMs];
    } else {
      packet++;
      yield ['audio', audioMs];
    }
  }
}

/** Pushes an encoder's frames; `stamp` is what its clock says for a true time. */
function run(
  timeline: Timeline,
  times: Iterable<readonly [TrackKind, Ms]>,
  stamp: (trueMs: Ms, kind: TrackKind) => Ms,
): Placed[] {
  const placed: Placed[] = [];
  for (const [kind, trueMs] of times) {
    const dtsMs = ((Math.round(stamp(trueMs, kind)) % 2 ** 32) + 2 ** 32) % 2 ** 32;
    for (const frame of timeline.push(raw(kind, dtsMs), trueMs)) placed.push({ trueMs, frame });
  }
  return placed;
}

function increasing(placed: readonly Placed[]): void {
  const last: Record<TrackKind, number> = { video: -1, audio: -1 };
  for (const { frame } of placed) {
    assert.ok(
      Number.isInteger(frame.dts) && Number.isInteger(frame.pts) && frame.pts >= 0 && frame.duration > 0,
    );
    assert.ok(frame.dts > last[frame.kind], `${frame.kind} dts ${frame.dts} after ${last[frame.kind]}`);
    last[frame.kind] = frame.dts;
  }
}

/** The greatest distance between what sounds and what is seen, against what the encoder meant. */
function worstOffsetMs(placed: readonly Placed[]): Ms {
  let worst = 0;
  const shift: Record<TrackKind, Ms | undefined> = { video: undefined, audio: undefined };
  for (const { trueMs, frame } of placed) {
    shift[frame.kind] = mediaMs(frame) - trueMs;
    if (shift.video !== undefined && shift.audio !== undefined)
      worst = Math.max(worst, Math.abs(shift.video - shift.audio));
  }
  return worst;
}

const kinds = (placed: readonly Placed[], kind: TrackKind): Frame[] =>
  placed.flatMap(({ frame }) => (frame.kind === kind ? [frame] : []));
const cuts = (placed: readonly Placed[]): number => placed.filter(({ frame }) => frame.discontinuity).length;

describe('a steady encoder', () => {
  const placed = run(newTimeline(), encoderTimes(0, 20_000), (ms) => ms + 777);
  test('starts near 0 and goes on without a cut', () => {
    increasing(placed);
    assert.equal(mediaMs(placed[0]?.frame ?? assert.fail()), TIMELINE_START_MS);
    assert.equal(cuts(placed), 0);
  });
  test('has sound without a seam', () => {
    const audio = kinds(placed, 'audio');
    for (const [i, frame] of audio.entries()) assert.equal(frame.dts, (audio[0]?.dts ?? 0) + i * 1024);
  });
  test('has pictures where the encoder put them, and durations that are about a frame', () => {
    for (const { trueMs, frame } of placed) {
      if (frame.kind === 'audio') continue;
      assert.ok(Math.abs(mediaMs(frame) - TIMELINE_START_MS - trueMs) <= 1);
      assert.ok(Math.abs(frame.duration - 3000) <= 60);
    }
  });
});

test('audio that comes before or three seconds after the first picture lands at its place', () => {
  for (const audioFrom of [-200, 3_000]) {
    const times = [...encoderTimes(0, 5_000)].filter(([kind, ms]) => kind === 'video' || ms >= audioFrom);
    const early =
      audioFrom < 0
        ? ([
            ['video', 0],
            ['audio', audioFrom],
          ] as const)
        : [];
    const placed = run(
      newTimeline(),
      [...early, ...times.slice(early.length === 0 ? 0 : 1)],
      (ms) => ms + 5_000,
    );
    increasing(placed);
    const [audio] = placed.filter(({ frame }) => frame.kind === 'audio');
    assert.ok(audio);
    assert.ok(Math.abs(mediaMs(audio.frame) - TIMELINE_START_MS - audio.trueMs) <= 1);
    assert.equal(cuts(placed), 0);
  }
});

test('composition times are signed and never lead before 0', () => {
  const timeline = newTimeline();
  const offsets = [80, 0, -80, -5_000];
  const frames = offsets.flatMap((offset, i) => timeline.push(raw('video', i * 40, offset), 0));
  assert.deepEqual(
    frames.map(({ dts, pts }) => (pts - dts) / 90),
    [80, 0, -80, -TIMELINE_START_MS - 120],
  );
});

describe('clocks that jump', () => {
  const random = seededRandom(0x71e);
  const jumps: readonly (readonly [string, Ms])[] = [
    ['10 s ahead', 10_000],
    ['10 s back', -10_000],
    ['1 h ahead', 3_600_000],
    ['1 h back', -3_600_000],
    ['just over the limit ahead', 3_050],
    ['half a second back', -500],
    ...Array.from({ length: 30 }, (): readonly [string, Ms] => {
      const size = 3_200 + random() * 10 ** (3 + random() * 6);
      return ['of a seeded size', random() < 0.5 ? size : -size];
    }),
  ];
  for (const [name, jumpMs] of jumps) {
    test(`${name} (${Math.round(jumpMs)} ms): rebased once, both tracks together`, () => {
      const timeline = newTimeline();
      const placed = run(
        timeline,
        encoderTimes(0, 10_000),
        (ms) => ms + 2_000_000_000 + (ms >= 5_000 ? jumpMs : 0),
      );
      increasing(placed);
      assert.equal(cuts(placed), 2, 'a discontinuity a track');
      assert.equal(timeline.stats().rebases, 1);
      // Nothing is lost and nothing is added but the seam between the tracks.
      assert.ok(worstOffsetMs(placed) <= 40, `audio and video ${worstOffsetMs(placed)} ms apart`);
      const end = placed.at(-1);
      assert.ok(end && Math.abs(mediaMs(end.frame) - TIMELINE_START_MS - end.trueMs) < 60);
      const { droppedFrames } = timeline.stats();
      assert.equal(droppedFrames, 0);
    });
  }

  test('one track alone that jumps and comes back keeps its place', () => {
    for (const jumpMs of [-700, -20_000, 20_000]) {
      const slipped = (ms: Ms, kind: TrackKind): Ms =>
        100_000 + ms + (kind === 'audio' && ms > 3_000 && ms < 6_000 ? jumpMs : 0);
      const placed = run(newTimeline(), encoderTimes(0, 9_000), slipped);
      increasing(placed);
      assert.equal(kinds(placed, 'video').filter((frame) => frame.discontinuity).length, 0);
      assert.ok(worstOffsetMs(placed) <= 40, `${worstOffsetMs(placed)}`);
    }
  });

  test('a single stray timestamp does not move what follows', () => {
    const placed = run(newTimeline(), encoderTimes(0, 6_000), (ms) => (ms === 3_000 ? 900_000 : ms));
    increasing(placed);
    assert.ok(worstOffsetMs(placed) <= 60);
  });

  test('audio and video on clocks that have nothing to do with each other', () => {
    const timeline = newTimeline();
    const placed = run(timeline, encoderTimes(0, 6_000), (ms, kind) =>
      kind === 'audio' ? ms : ms + 50_000_000,
    );
    increasing(placed);
    assert.ok(worstOffsetMs(placed) <= 40);
    assert.equal(timeline.stats().rebases, 1);
  });
});

describe('counters that wrap', () => {
  for (const bits of [24, 31, 32]) {
    test(`at 2^${bits}: no cut`, () => {
      const timeline = newTimeline();
      const placed = run(
        timeline,
        encoderTimes(0, 10_000),
        (ms) => (Math.round(ms) + 2 ** bits - 5_000) % 2 ** bits,
      );
      increasing(placed);
      assert.equal(cuts(placed), 0);
      assert.equal(timeline.stats().rebases, 0);
      assert.ok(worstOffsetMs(placed) <= 3);
    });
    test(`past 2^${bits} without wrapping: no cut`, () => {
      const placed = run(newTimeline(), encoderTimes(0, 10_000), (ms) => Math.round(ms) + 2 ** bits - 5_000);
      assert.equal(cuts(placed), 0);
    });
  }
});

describe('jitter and small steps', () => {
  test('jitter of the audio timestamps is not heard', () => {
    const random = seededRandom(0x417);
    const timeline = newTimeline();
    const placed = run(
      timeline,
      encoderTimes(0, 60_000),
      (ms, kind) => 500 + ms + (kind === 'audio' ? (random() - 0.5) * 80 : 0),
    );
    increasing(placed);
    assert.equal(timeline.stats().droppedFrames, 0);
    assert.ok(timeline.stats().audioResyncs <= 1);
    assert.ok(worstOffsetMs(placed) <= 80);
  });

  test('equal and backward video timestamps still advance', () => {
    const timeline = newTimeline();
    const placed = run(
      timeline,
      encoderTimes(0, 5_000),
      (ms, kind) => 500 + (kind === 'video' && ms % 1000 > 900 ? ms - 60 : ms),
    );
    increasing(placed);
    assert.equal(cuts(placed), 0);
    assert.ok(timeline.stats().backwardSteps > 0);
  });

  test('sound that was lost leaves a gap, sound that comes twice is left out', () => {
    const lost = [...encoderTimes(0, 10_000)].filter(
      ([kind, ms]) => kind === 'video' || ms < 4_000 || ms > 4_400,
    );
    const afterLoss = run(newTimeline(), lost, (ms) => ms);
    increasing(afterLoss);
    assert.ok(worstOffsetMs(afterLoss) <= 3);

    const timeline = newTimeline();
    const twice = run(timeline, encoderTimes(0, 10_000), (ms, kind) =>
      kind === 'audio' && ms > 4_000 ? ms - 200 : ms,
    );
    increasing(twice);
    assert.ok(timeline.stats().droppedFrames >= 7 && timeline.stats().droppedFrames <= 10);
  });
});

describe('an encoder whose sound card and clock part', () => {
  for (const ppm of [-500, -200, 200, 500]) {
    test(`by ${ppm} parts in a million: within 40 ms over ten minutes`, () => {
      const timeline = newTimeline();
      // The sound card makes samples faster or slower; timestamps are those of the encoder's clock.
      const placed = run(timeline, encoderTimes(0, 600_000, AUDIO.sampleRate * (1 + ppm / 1e6)), (ms) => ms);
      increasing(placed);
      assert.ok(worstOffsetMs(placed) <= 40, `${worstOffsetMs(placed)} ms`);
      assert.ok(
        Math.abs(timeline.stats().driftMs - ppm * 0.6) <= 5,
        `measured ${timeline.stats().driftMs} ms`,
      );
      assert.equal(cuts(placed), 0);
    });
  }
});

describe('the encoder comes back', () => {
  const random = seededRandom(0x4e5);
  for (let round = 0; round < 20; round++) {
    const firstEndMs = 2_000 + random() * 3_000;
    const startMs = round % 2 === 0 ? 0 : Math.floor(random() * 2 ** 32);
    test(`after ${Math.round(firstEndMs)} ms, from ${startMs}`, () => {
      const timeline = newTimeline();
      const before = run(timeline, encoderTimes(0, firstEndMs), (ms) => ms);
      timeline.resume();
      timeline.configure(VIDEO);
      const after = run(
        timeline,
        encoderTimes(0, 5_000),
        (ms, kind) => startMs + ms + (kind === 'audio' ? 0 : 7),
      );
      increasing([...before, ...after]);
      assert.equal(cuts(after), 2);
      for (const kind of ['video', 'audio'] as const)
        assert.equal(kinds(after, kind)[0]?.discontinuity, true);
      assert.ok(worstOffsetMs(after) <= 10, `audio and video ${worstOffsetMs(after)} ms apart`);
      const end = Math.max(...before.map(({ frame }) => mediaMs(frame)));
      const first = Math.min(...after.map(({ frame }) => mediaMs(frame)));
      assert.ok(first - end >= 0 && first - end < 60, `${first - end} ms between`);
      assert.equal(timeline.stats().droppedFrames, 0);
    });
  }

  test('with sound that is interleaved late: both tracks move on, nothing is lost', () => {
    const timeline = newTimeline();
    const before = run(timeline, encoderTimes(0, 3_000), (ms) => ms);
    timeline.resume();
    const times = [...encoderTimes(0, 5_000)]
      .filter(([kind, ms]) => kind === 'audio' || ms >= 50)
      .sort(
        ([aKind, a], [bKind, b]) => a + (aKind === 'audio' ? 200 : 0) - b - (bKind === 'audio' ? 200 : 0),
      );
    const after = run(timeline, times, (ms) => ms);
    increasing([...before, ...after]);
    assert.equal(after.length, times.length);
    const settled = after.filter(({ trueMs }) => trueMs > 300);
    assert.ok(worstOffsetMs(settled) <= 3, `audio and video ${worstOffsetMs(settled)} ms apart`);
  });

  test('with another sample rate', () => {
    const timeline = newTimeline();
    const before = run(timeline, encoderTimes(0, 3_000), (ms) => ms);
    timeline.resume();
    timeline.configure({ ...AUDIO, sampleRate: 48_000, timescale: 48_000 });
    const [frame] = timeline.push(raw('audio', 0), 0);
    const lastMs = Math.max(...before.map((placed) => mediaMs(placed.frame)));
    assert.ok(frame && ticksToMs(frame.dts, 48_000) >= lastMs && ticksToMs(frame.dts, 48_000) < lastMs + 60);
  });

  test('before it ever sent anything', () => {
    const timeline = newTimeline();
    timeline.resume();
    const [frame] = timeline.push(raw('video', 5_000), 0);
    assert.equal(frame?.discontinuity, false);
  });
});

test('whatever timestamps come: whole, increasing times', () => {
  const random = seededRandom(0xbad);
  for (let round = 0; round < 50; round++) {
    const timeline = newTimeline();
    const last: Record<TrackKind, number> = { video: -1, audio: -1 };
    for (let i = 0; i < 200; i++) {
      const kind = random() < 0.5 ? 'video' : 'audio';
      const dtsMs = Math.floor(random() * 2 ** (4 + random() * 28));
      const offset = Math.floor((random() - 0.5) * 2 ** 24);
      if (random() < 0.02) timeline.resume();
      for (const frame of timeline.push(raw(kind, dtsMs, offset), i)) {
        assert.ok(Number.isInteger(frame.dts) && frame.dts > last[kind] && frame.duration > 0);
        assert.ok(Number.isInteger(frame.pts) && frame.pts >= 0);
        last[kind] = frame.dts;
      }
    }
  }
});
