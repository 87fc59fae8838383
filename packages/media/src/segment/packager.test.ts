import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Frame, TrackConfig, TrackKind } from '../frame.ts';
import { ticksToMs } from '../time/units.ts';
import type { Chunk, PackagerEvent, PackagerOptions, Targets } from './events.ts';
import { Packager } from './packager.ts';
import { SegmentWindow } from './window.ts';
import type { WindowSegment } from './window.ts';
import {
  AAC_CONFIG,
  HE_AAC_CONFIG,
  MP3_CONFIG,
  SMALLER_VIDEO_CONFIG,
  VIDEO_CONFIG,
  audioFrames,
  interleave,
  seededRandom,
  videoFrames,
} from './testing/frames.ts';

const OPTIONS: PackagerOptions = { chunkMs: 100, partMs: 500, segmentMs: 2000 };

interface Packaged {
  readonly events: readonly PackagerEvent[];
  readonly chunks: Readonly<Record<TrackKind, Chunk[]>>;
  readonly segments: Readonly<Record<TrackKind, readonly WindowSegment[]>>;
  readonly targets: Targets;
}

type Input = Frame | TrackConfig;

function packageAll(input: readonly Input[], options: PackagerOptions = OPTIONS): Packaged {
  const packager = new Packager(options);
  const window = new SegmentWindow({ listedMs: 3_600_000 });
  const events: PackagerEvent[] = [];
  const chunks: Record<TrackKind, Chunk[]> = { video: [], audio: [] };
  const take = (list: readonly PackagerEvent[]): void => {
    for (const event of list) {
      events.push(event);
      window.apply(event);
      if (event.type === 'chunk') chunks[event.chunk.kind].push(event.chunk);
    }
  };
  for (const item of input) take('payload' in item ? packager.push(item) : packager.configure(item));
  take(packager.end());
  const { targets } = window;
  assert(targets !== undefined, 'targets are known at the end');
  return {
    events,
    chunks,
    segments: { video: window.track('video')?.listed ?? [], audio: window.track('audio')?.listed ?? [] },
    targets,
  };
}

function startMs(chunk: Chunk): number {
  return ticksToMs(chunk.dts, chunk.init.config.timescale);
}

/** Rules that hold for whatever comes in. */
function assertWhole({ chunks, segments, targets, events }: Packaged): void {
  for (const kind of ['video', 'audio'] as const) {
    for (const [index, chunk] of chunks[kind].entries()) {
      const before = chunks[kind][index - 1];
      assert.equal(chunk.sequence, index, 'chunks are counted');
      if (before !== undefined) assert(chunk.dts >= before.dts + before.duration, 'chunks do not overlap');
      assert(chunk.duration > 0);
    }
    for (const [index, segment] of segments[kind].entries()) {
      if (index > 0) assert.equal(segment.number, (segments[kind][index - 1]?.number ?? 0) + 1);
      assert(
        Math.round(segment.durationMs / 1000) <= targets.targetDurationSeconds,
        `${kind} segment ${segment.number} of ${segment.durationMs} ms is within ${targets.targetDurationSeconds} s`,
      );
      for (const [at, part] of segment.parts.entries()) {
        const where = `${kind} part ${segment.number}.${at} of ${part.durationMs} ms`;
        assert(part.durationMs <= targets.partTargetMs + 1e-6, `${where} is within ${targets.partTargetMs}`);
      }
    }
  }
  const at = events.findIndex((event) => event.type === 'targets');
  const firstEnd = events.findIndex((event) => event.type === 'segment-end');
  assert(at < firstEnd, 'targets are known before a segment ends');
}

/** Rules for input without holes. */
function assertRegular(packaged: Packaged): void {
  assertWhole(packaged);
  const { segments, targets, chunks } = packaged;
  for (const kind of ['video', 'audio'] as const) {
    for (const [index, chunk] of chunks[kind].entries()) {
      const before = chunks[kind][index - 1];
      if (before !== undefined) assert.equal(chunk.dts, before.dts + before.duration, 'dts are contiguous');
    }
    for (const segment of segments[kind]) {
      for (const [at, part] of segment.parts.entries()) {
        if (at === segment.parts.length - 1 || part.independent) continue;
        assert(
          part.durationMs >= 0.85 * targets.partTargetMs,
          `${kind} part ${segment.number}.${at} of ${part.durationMs} ms is 85 % of ${targets.partTargetMs}`,
        );
      }
    }
  }
}

/** Each audio segment and part begins at the frame that sounds when the video's begins. */
function assertSameTimes({ segments }: Packaged, audioFrameMs: number): void {
  const audio = new Map(segments.audio.map((segment) => [segment.number, segment]));
  let compared = 0;
  for (const video of segments.video) {
    const sound = audio.get(video.number);
    if (sound === undefined) continue;
    const leadMs = video.startMs - sound.startMs;
    assert(
      leadMs > -0.02 && leadMs < audioFrameMs + 0.02,
      `segment ${video.number}: audio leads by ${leadMs} ms`,
    );
    compared++;
    for (const [index, part] of video.parts.entries()) {
      const [first] = part.chunks;
      const [other] = sound.parts[index]?.chunks ?? [];
      if (first === undefined || other === undefined) continue;
      const partLeadMs = startMs(first) - startMs(other);
      assert(
        partLeadMs > -0.02 && partLeadMs < audioFrameMs + 0.02,
        `part ${video.number}.${index}: ${partLeadMs}`,
      );
    }
  }
  assert(compared > 0);
}

const AAC_MS = (1024 / 44_100) * 1000;
const everyMs = (ms: number, framesPerSecond: number) => {
  const frames = Math.round((ms * framesPerSecond) / 1000);
  return (index: number): boolean => index % frames === 0;
};

describe('frame rates and key frame intervals', () => {
  for (const framesPerSecond of [5, 15, 24, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 60]) {
    for (const gopMs of [500, 1000, 2000, 3000, 10_000]) {
      for (const rounded of [true, false]) {
        const name = `${framesPerSecond.toFixed(2)} fps, GOP ${gopMs} ms, ${rounded ? 'ms' : 'exact'} times`;
        it(name, () => {
          const video = videoFrames({
            framesPerSecond,
            toMs: 24_000,
            key: everyMs(gopMs, framesPerSecond),
            rounded,
          });
          const packaged = packageAll([
            VIDEO_CONFIG,
            AAC_CONFIG,
            ...interleave(video, audioFrames(AAC_CONFIG, 0, 24_000)),
          ]);
          assertRegular(packaged);
          assertSameTimes(packaged, AAC_MS);
          assert(
            packaged.segments.video.every((segment) => segment.independent),
            'each segment starts with a key frame',
          );
          const wholeGopMs = (Math.round((gopMs * framesPerSecond) / 1000) * 1000) / framesPerSecond;
          const expectedMs = Math.ceil(2000 / wholeGopMs - 0.01) * wholeGopMs;
          const first = packaged.segments.video[0];
          assert(Math.abs((first?.durationMs ?? 0) - expectedMs) < 2, `${first?.durationMs} ms a segment`);
        });
      }
    }
  }
});

describe('kinds of audio', () => {
  for (const config of [AAC_CONFIG, MP3_CONFIG, HE_AAC_CONFIG]) {
    for (const framesPerSecond of [24, 30, 60]) {
      it(`${config.codecString} beside ${framesPerSecond} fps`, () => {
        const video = videoFrames({ framesPerSecond, toMs: 20_000, key: everyMs(2000, framesPerSecond) });
        const packaged = packageAll([
          VIDEO_CONFIG,
          config,
          ...interleave(video, audioFrames(config, 0, 20_000)),
        ]);
        assertRegular(packaged);
        assertSameTimes(packaged, ticksToMs(config.frameTicks, config.timescale));
      });
    }
  }

  it('audio alone leads itself', () => {
    const packaged = packageAll([AAC_CONFIG, ...audioFrames(AAC_CONFIG, 0, 20_000)]);
    assertRegular(packaged);
    assert.equal(packaged.chunks.video.length, 0);
    assert(packaged.segments.audio.length >= 9);
    const frames = packaged.chunks.audio.reduce((sum, chunk) => sum + chunk.frameCount, 0);
    assert.equal(frames, audioFrames(AAC_CONFIG, 0, 20_000).length, 'no frame is lost');
  });

  it('audio that joins late starts in the segment of the moment', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 12_000, key: everyMs(2000, 30) });
    const [configured, rest] = [video.slice(0, 90), video.slice(90)];
    const packaged = packageAll([
      VIDEO_CONFIG,
      ...configured,
      AAC_CONFIG,
      ...interleave(rest, audioFrames(AAC_CONFIG, 3_100, 12_000)),
    ]);
    assertWhole(packaged);
    assert.equal(packaged.segments.audio[0]?.number, 1);
    assert.equal(packaged.segments.audio.at(-1)?.number, packaged.segments.video.at(-1)?.number);
  });

  it('audio before the first picture is left out', () => {
    const video = videoFrames({ framesPerSecond: 30, fromMs: 700, toMs: 6_000, key: everyMs(2000, 30) });
    const packaged = packageAll([
      VIDEO_CONFIG,
      AAC_CONFIG,
      ...interleave(video, audioFrames(AAC_CONFIG, 0, 6_000)),
    ]);
    assertRegular(packaged);
    assertSameTimes(packaged, AAC_MS);
  });

  it('audio may arrive a second before its picture', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 10_000, key: everyMs(2000, 30) });
    const late = video.map((frame) => ({ ...frame, arrivalMs: frame.arrivalMs + 1000 }));
    const packaged = packageAll([
      VIDEO_CONFIG,
      AAC_CONFIG,
      ...interleave(late, audioFrames(AAC_CONFIG, 0, 10_000)),
    ]);
    assertRegular(packaged);
    assertSameTimes(packaged, AAC_MS);
  });
});

describe('key frames', () => {
  it('frames before the first key frame are dropped', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 8_000, key: (index) => index % 60 === 20 });
    const { chunks } = packageAll([VIDEO_CONFIG, ...video]);
    assert.equal(chunks.video[0]?.dts, video[20]?.dts);
    assert.equal(chunks.video[0]?.key, true);
  });

  it('a GOP of a minute is cut at the longest segment, and the next key frame mends it', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 130_000, key: everyMs(60_000, 30) });
    const packaged = packageAll([
      VIDEO_CONFIG,
      AAC_CONFIG,
      ...interleave(video, audioFrames(AAC_CONFIG, 0, 130_000)),
    ]);
    assertRegular(packaged);
    assertSameTimes(packaged, AAC_MS);
    assert.equal(packaged.targets.targetDurationSeconds, 10);
    const independent = packaged.segments.video.filter((segment) => segment.independent);
    assert.deepEqual(
      independent.map((segment) => Math.round(segment.startMs / 1000)),
      [0, 60, 120],
    );
  });

  it('irregular key frames, seeded', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 20; round++) {
      const video = videoFrames({
        framesPerSecond: 30,
        toMs: 40_000,
        key: (i) => i === 0 || random() < 0.01,
      });
      const packaged = packageAll([
        VIDEO_CONFIG,
        AAC_CONFIG,
        ...interleave(video, audioFrames(AAC_CONFIG, 0, 40_000)),
      ]);
      assertRegular(packaged);
      assertSameTimes(packaged, AAC_MS);
      for (const segment of packaged.segments.video) {
        const [first] = segment.parts[0]?.chunks ?? [];
        assert.equal(segment.independent, first?.key);
      }
    }
  });

  it('B-frames keep their presentation times', () => {
    const video = videoFrames({
      framesPerSecond: 30,
      toMs: 6_000,
      key: everyMs(2000, 30),
      reorder: (index) => [2, 4, 1, 1][index % 4] ?? 0,
    });
    assertRegular(packageAll([VIDEO_CONFIG, ...video]));
  });
});

describe('chunks', () => {
  it('leave when they are full, not when the next frame comes', () => {
    const packager = new Packager(OPTIONS);
    packager.configure(VIDEO_CONFIG);
    const video = videoFrames({
      framesPerSecond: 30,
      toMs: 1000,
      key: (index) => index === 0,
      rounded: false,
    });
    const counts = video.map(
      (frame) => packager.push(frame).filter((event) => event.type === 'chunk').length,
    );
    assert.deepEqual(counts.slice(0, 9), [0, 0, 1, 0, 0, 1, 0, 0, 1]);
  });

  it('of one frame leave with each frame', () => {
    const packaged = packageAll(
      [
        VIDEO_CONFIG,
        AAC_CONFIG,
        ...interleave(
          videoFrames({ framesPerSecond: 30, toMs: 6000, key: everyMs(2000, 30) }),
          audioFrames(AAC_CONFIG, 0, 6000),
        ),
      ],
      { ...OPTIONS, chunkMs: 0 },
    );
    assertRegular(packaged);
    assertSameTimes(packaged, AAC_MS);
    assert(packaged.chunks.video.every((chunk) => chunk.frameCount === 1));
    assert(packaged.chunks.audio.every((chunk) => chunk.frameCount === 1));
  });

  it('carry each payload once, and the window holds the same bytes', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 6000, key: everyMs(2000, 30) });
    const { chunks, segments } = packageAll([VIDEO_CONFIG, ...video]);
    const held = segments.video.flatMap((segment) => segment.parts.flatMap((part) => part.chunks));
    assert.deepEqual(
      held.map((chunk) => chunk.bytes.buffer),
      chunks.video.map((chunk) => chunk.bytes.buffer),
    );
    for (const [index, chunk] of held.entries()) assert.equal(chunk.bytes, chunks.video[index]?.bytes);
    const payloadBytes = held.reduce((sum, chunk) => sum + chunk.bytes.length - chunk.payloadOffset, 0);
    assert.equal(payloadBytes, video.length * 16);
  });
});

describe('changes in mid-stream', () => {
  it('a new configuration waits for a key frame and opens a discontinuity on both tracks', () => {
    const before = videoFrames({ framesPerSecond: 30, toMs: 5_000, key: everyMs(2000, 30) });
    const after = videoFrames({
      framesPerSecond: 30,
      fromMs: 5_000,
      toMs: 11_000,
      key: (index) => index % 60 === 3,
    });
    const audio = audioFrames(AAC_CONFIG, 0, 11_000);
    const all = interleave(before, after, audio);
    const at = all.findIndex((frame) => frame === after[0]);
    const packaged = packageAll([
      VIDEO_CONFIG,
      AAC_CONFIG,
      ...all.slice(0, at),
      SMALLER_VIDEO_CONFIG,
      ...all.slice(at),
    ]);
    assertWhole(packaged);
    assertSameTimes(packaged, AAC_MS);
    const inits = packaged.events.flatMap((event) => (event.type === 'init' ? [event.init] : []));
    assert.deepEqual(
      inits.map((init) => `${init.kind} ${init.version}`),
      ['video 0', 'audio 0', 'video 1'],
    );
    for (const kind of ['video', 'audio'] as const) {
      const marked = packaged.chunks[kind].filter((chunk) => chunk.discontinuity);
      assert.equal(marked.length, 1);
      assert.equal(marked[0]?.epoch, 1);
      assert.equal(marked[0]?.segment, 3);
      assert(Math.abs(startMs(marked[0]) - 5100) < AAC_MS);
    }
  });

  it('the same configuration again changes nothing', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 5_000, key: everyMs(2000, 30) });
    const packaged = packageAll([
      VIDEO_CONFIG,
      ...video.slice(0, 50),
      { ...VIDEO_CONFIG, record: VIDEO_CONFIG.record.slice() },
      ...video.slice(50),
    ]);
    assertRegular(packaged);
    assert.equal(packaged.events.filter((event) => event.type === 'init').length, 1);
  });

  it('an encoder that comes back opens a discontinuity on both tracks at its first key frame', () => {
    for (const audioAt of [4_900, 5_000, 5_060]) {
      const video = [
        ...videoFrames({ framesPerSecond: 30, toMs: 5_000, key: everyMs(2000, 30) }),
        ...videoFrames({
          framesPerSecond: 30,
          fromMs: 5_000,
          toMs: 11_000,
          key: everyMs(2000, 30),
          discontinuityAt: 5_000,
        }),
      ];
      const packaged = packageAll([
        VIDEO_CONFIG,
        AAC_CONFIG,
        ...interleave(video, audioFrames(AAC_CONFIG, 0, 11_000, audioAt)),
      ]);
      assertWhole(packaged);
      assertSameTimes(packaged, AAC_MS);
      for (const kind of ['video', 'audio'] as const) {
        const marked = packaged.chunks[kind].filter((chunk) => chunk.discontinuity);
        assert.deepEqual(
          marked.map((chunk) => [chunk.segment, chunk.epoch]),
          [[3, 1]],
          `${kind}, audio restarts at ${audioAt}`,
        );
      }
    }
  });

  it('a discontinuity of audio alone is one', () => {
    const packaged = packageAll([AAC_CONFIG, ...audioFrames(AAC_CONFIG, 0, 10_000, 5_000)]);
    assertWhole(packaged);
    assert.equal(packaged.chunks.audio.filter((chunk) => chunk.discontinuity).length, 1);
    assert.equal(packaged.chunks.audio.at(-1)?.epoch, 1);
  });

  it('a jump of the audio clock beside a steady picture is none', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 10_000, key: everyMs(2000, 30) });
    const packaged = packageAll([
      VIDEO_CONFIG,
      AAC_CONFIG,
      ...interleave(video, audioFrames(AAC_CONFIG, 0, 10_000, 5_000)),
    ]);
    assertRegular(packaged);
    assert(packaged.chunks.audio.every((chunk) => chunk.epoch === 0));
    assert.equal(
      packaged.chunks.audio.reduce((sum, chunk) => sum + chunk.frameCount, 0),
      audioFrames(AAC_CONFIG, 0, 10_000).length,
    );
  });

  it('video that vanishes leaves the lead to audio and takes it back; its missed segments are gaps', () => {
    const video = videoFrames({
      framesPerSecond: 30,
      toMs: 24_000,
      key: everyMs(2000, 30),
      leaveOut: (ms) => ms > 5_200 && ms < 13_000,
    });
    const packaged = packageAll([
      VIDEO_CONFIG,
      AAC_CONFIG,
      ...interleave(video, audioFrames(AAC_CONFIG, 0, 24_000)),
    ]);
    assertWhole(packaged);
    const audioFramesOut = packaged.chunks.audio.reduce((sum, chunk) => sum + chunk.frameCount, 0);
    assert.equal(audioFramesOut, audioFrames(AAC_CONFIG, 0, 24_000).length, 'no sound is lost');
    const gaps = packaged.segments.video.filter((segment) => segment.gap);
    assert(gaps.length >= 2, `${gaps.length} gaps`);
    assert.equal(packaged.segments.video.at(-1)?.number, packaged.segments.audio.at(-1)?.number);
  });

  it('audio that vanishes does not hold back video, and joins again', () => {
    const video = videoFrames({ framesPerSecond: 30, toMs: 24_000, key: everyMs(2000, 30) });
    const audio = [...audioFrames(AAC_CONFIG, 0, 5_000), ...audioFrames(AAC_CONFIG, 15_000, 24_000)];
    const packaged = packageAll([VIDEO_CONFIG, AAC_CONFIG, ...interleave(video, audio)]);
    assertWhole(packaged);
    assert.equal(packaged.segments.audio.at(-1)?.number, packaged.segments.video.at(-1)?.number);
    assert(packaged.segments.audio.some((segment) => segment.gap));
  });

  it('a picture that freezes for a second bridges the hole or ends the segment', () => {
    for (const holeMs of [100, 400, 1000]) {
      const video = videoFrames({
        framesPerSecond: 30,
        toMs: 14_000,
        key: everyMs(2000, 30),
        leaveOut: (ms) => ms > 5_200 && ms < 5_200 + holeMs,
      });
      const packaged = packageAll([
        VIDEO_CONFIG,
        AAC_CONFIG,
        ...interleave(video, audioFrames(AAC_CONFIG, 0, 14_000)),
      ]);
      assertWhole(packaged);
      assertSameTimes(packaged, AAC_MS);
    }
  });
});

it('whatever comes, seeded: no rule of lengths is broken and nothing throws', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const framesPerSecond = [5, 12, 24, 30, 60][Math.floor(random() * 5)] ?? 30;
    const keyShare = random() * 0.05;
    const holes = Array.from({ length: 3 }, () => ({ at: random() * 30_000, ms: random() * 4000 }));
    const inHole = (ms: number): boolean => holes.some((hole) => ms > hole.at && ms < hole.at + hole.ms);
    const video = videoFrames({
      framesPerSecond,
      fromMs: random() * 2000,
      toMs: 30_000,
      key: () => random() < keyShare,
      leaveOut: (ms) => inHole(ms),
      ...(random() < 0.5 ? { discontinuityAt: random() * 30_000 } : {}),
    });
    const soundHole = { at: random() * 30_000, ms: random() * 8000 };
    const audio = audioFrames(
      AAC_CONFIG,
      random() * 4000,
      30_000,
      random() < 0.5 ? random() * 30_000 : undefined,
    ).filter((frame) => {
      const ms = ticksToMs(frame.dts, 44_100);
      return ms < soundHole.at || ms > soundHole.at + soundHole.ms;
    });
    const input: Input[] = [VIDEO_CONFIG, AAC_CONFIG, ...interleave(video, audio)];
    if (random() < 0.5) input.splice(Math.floor(random() * input.length), 0, SMALLER_VIDEO_CONFIG);
    if (random() < 0.5) input.splice(Math.floor(random() * input.length), 0, HE_AAC_CONFIG);
    const chunkMs = [0, 33, 100, 350][Math.floor(random() * 4)] ?? 100;
    try {
      assertWhole(packageAll(input, { ...OPTIONS, chunkMs }));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
