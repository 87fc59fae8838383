import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_SEGMENTS } from './window.ts';
import {
  AAC_CONFIG,
  SMALLER_VIDEO_CONFIG,
  VIDEO_CONFIG,
  audioFrames,
  fillWindow,
  interleave,
  videoFrames,
} from './testing/index.ts';

const input = (toMs: number, payloadBytes = 100, arrivalDriftPpm = 0) => [
  VIDEO_CONFIG,
  AAC_CONFIG,
  ...interleave(
    videoFrames({
      framesPerSecond: 30,
      toMs,
      key: (index) => index % 60 === 0,
      payloadBytes: () => payloadBytes,
    }),
    audioFrames(AAC_CONFIG, 0, toMs),
  ).map((frame) => ({ ...frame, arrivalMs: frame.arrivalMs * (1 + arrivalDriftPpm / 1e6) })),
];

describe('the window', () => {
  it('lists what was asked for, and keeps it as long again', () => {
    const window = fillWindow(input(120_000), { open: true, window: { listedMs: 20_000 } });
    for (const track of window.tracks) {
      const first = track.listed[0]?.number ?? 0;
      const wholeMs = track.listed.reduce(
        (sum, segment) => sum + (segment.complete ? segment.durationMs : 0),
        0,
      );
      assert(wholeMs >= 20_000 && wholeMs < 22_100, `${wholeMs} ms listed`);
      assert.equal(track.findSegment(first - 1)?.number, first - 1, 'the one before is still fetchable');
      assert.equal(track.findSegment(first - 10)?.number, first - 10);
      assert.equal(track.findSegment(first - 13), undefined, 'older ones are gone');
      assert.equal(track.at(first - 13), undefined);
    }
  });

  it('lists at least three target durations', () => {
    const window = fillWindow(input(60_000), { open: true, window: { listedMs: 1 } });
    const listed = window.track('video')?.listed ?? [];
    assert(listed.filter((segment) => segment.complete).length >= 6);
  });

  it('is bounded by bytes: the oldest segments go first, on both tracks alike', () => {
    const maxBytes = 1_000_000;
    let most = 0;
    const window = fillWindow(input(60_000, 5_000), {
      open: true,
      window: { maxBytes },
      onChange: (_events, filled) => {
        most = Math.max(most, filled.byteLength);
      },
    });
    // One open segment may come on top.
    assert(most < maxBytes + 60 * 5_400 + 100_000, `${most} bytes`);
    const [video, audio] = window.tracks;
    assert(Math.abs((video?.oldestStartMs ?? 0) - (audio?.oldestStartMs ?? 0)) < 2_100);
    const counted = window.tracks
      .flatMap((track) => track.listed)
      .reduce((sum, segment) => sum + segment.byteLength, 0);
    assert.equal(window.byteLength, counted);
  });

  it('finds parts by their number in the broadcast', () => {
    const window = fillWindow(input(30_000), { open: true });
    const track = window.track('video');
    assert(track !== undefined);
    const numbers = track.listed.flatMap((segment) => segment.parts.map((part) => part.number));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] ?? 0) + index),
    );
    for (const number of numbers.slice(0, -1)) assert.equal(track.findPart(number)?.number, number);
    assert.equal(track.findPart(track.nextPartNumber), undefined);
  });

  it('dates follow media time, and slowly the capture clock', () => {
    const window = fillWindow(input(300_000, 100, 0.001), { open: true });
    const listed = window.track('video')?.listed ?? [];
    for (const [index, segment] of listed.entries()) {
      const before = listed[index - 1];
      if (before === undefined) continue;
      const stepMs = segment.programDateTimeMs - before.programDateTimeMs;
      assert(Math.abs(stepMs - before.durationMs) <= 5.001, `${stepMs} ms`);
      const [chunk] = segment.parts[0]?.chunks ?? [];
      assert(Math.abs(segment.programDateTimeMs - (chunk?.captureMs ?? 0)) < 10);
    }
  });

  it('a burst at the start does not date the broadcast late', () => {
    const [video, audio, ...frames] = input(10_000);
    assert(video !== undefined && audio !== undefined);
    const startMs = Math.min(...frames.map((frame) => ('arrivalMs' in frame ? frame.arrivalMs : Infinity)));
    const late = frames.map((frame) =>
      'arrivalMs' in frame ? { ...frame, arrivalMs: Math.max(frame.arrivalMs, startMs + 500) } : frame,
    );
    const window = fillWindow([video, audio, ...late], { open: true });
    for (const track of window.tracks) {
      for (const segment of track.listed) {
        const lateMs = segment.programDateTimeMs - startMs - segment.startMs;
        assert(Math.abs(lateMs) < 50, `segment ${segment.number} is dated ${lateMs} ms late`);
      }
    }
  });

  it('measures rates and the frame rate', () => {
    const window = fillWindow(input(30_000, 1_000), { open: true });
    const video = window.track('video');
    assert(video !== undefined);
    assert(Math.abs((video.frameRate ?? 0) - 30) < 0.01);
    // 30 frames of 1,000 bytes a second, and the boxes around them.
    assert(video.averageBitsPerSecond > 240_000 && video.averageBitsPerSecond < 265_000);
    assert(video.peakBitsPerSecond >= video.averageBitsPerSecond);
  });

  it('is bounded by the number of segments: a configuration that changes with each frame makes one each time', () => {
    const frames = videoFrames({ framesPerSecond: 500, toMs: 4_000, key: () => true });
    const window = fillWindow(
      frames.flatMap((frame, index) => [index % 2 === 0 ? VIDEO_CONFIG : SMALLER_VIDEO_CONFIG, frame]),
    );
    const track = window.track('video');
    assert.equal(track?.newest?.number, frames.length - 1);
    assert.equal(track?.segmentCount, MAX_SEGMENTS);
    assert.equal(track?.listed.length, MAX_SEGMENTS);
  });
});
