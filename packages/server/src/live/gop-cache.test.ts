import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame, TrackKind } from '@millrace/media';
import { FrameOutputs } from './frame-outputs.ts';
import { GopCache } from './gop-cache.ts';
import { INITS } from './testing/chunks.ts';

const LIMITS = { maxMs: 1000, maxBytes: 10_000, audioOnlyMs: 200 };

function frameOf(kind: TrackKind, dts: number, key = kind === 'audio', bytes = 10): Frame {
  return {
    kind,
    dts,
    pts: dts,
    duration: 40,
    key,
    discontinuity: false,
    payload: new Uint8Array(bytes),
    arrivalMs: 0,
  };
}

function cache(): GopCache {
  const gop = new GopCache(LIMITS);
  gop.config(INITS.video.config);
  gop.config(INITS.audio.config);
  return gop;
}

const times = (frames: readonly Frame[]) => frames.map((frame) => `${frame.kind[0]}${frame.dts}`).join(' ');

test('it holds the group of pictures since the last key frame, sound included', () => {
  const gop = cache();
  for (const frame of [
    frameOf('audio', 0),
    frameOf('video', 0),
    frameOf('video', 40, true),
    frameOf('audio', 60),
    frameOf('video', 80),
    frameOf('video', 120, true),
    frameOf('audio', 130),
  ])
    gop.push(frame);
  assert.equal(times(gop.frames()), 'v120 a130');
});

test('a group that outgrows its limits is given up until the next key frame', () => {
  for (const frame of [frameOf('video', 1001), frameOf('video', 40, false, 20_000)]) {
    const gop = cache();
    gop.push(frameOf('video', 0, true));
    gop.push(frame);
    assert.equal(gop.heldBytes, 0);
    gop.push(frameOf('video', 1100));
    gop.push(frameOf('audio', 1100));
    assert.equal(times(gop.frames()), '');
    gop.push(frameOf('video', 1200, true));
    assert.equal(times(gop.frames()), 'v1200');
  }
});

test('without video it keeps a short run of sound', () => {
  const gop = new GopCache(LIMITS);
  gop.config(INITS.audio.config);
  for (let dts = 0; dts <= 1000; dts += 100) gop.push(frameOf('audio', dts));
  assert.equal(times(gop.frames()), 'a800 a900 a1000');
});

test('frames are kept only when somebody asked for them once', () => {
  const outputs = new FrameOutputs();
  outputs.config(INITS.video.config);
  outputs.push(frameOf('video', 0, true));
  const got: string[] = [];
  const receiver = {
    onConfig: () => got.push('config'),
    onFrame: (frame: Frame) => got.push(times([frame])),
  };
  const leave = outputs.subscribe(receiver);
  assert.deepEqual(got, ['config']);
  outputs.push(frameOf('video', 40, true));
  leave();
  outputs.push(frameOf('video', 80));
  assert.deepEqual(got, ['config', 'v40']);
  outputs.subscribe(receiver);
  assert.deepEqual(got.slice(2), ['config', 'v40', 'v80']);
});
