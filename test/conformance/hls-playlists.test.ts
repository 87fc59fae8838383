/**
 * Every playlist of five-minute broadcasts (in virtual time), judged by hls-parser in strict mode and by our checker.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import HLS from 'hls-parser';
import type { Frame, TrackConfig, TrackKind } from '@millrace/media';
import {
  multivariantInput,
  reloadAction,
  renderMediaPlaylist,
  renderMultivariant,
  trackPosition,
} from '@millrace/media/hls';
import {
  AAC_CONFIG,
  HE_AAC_CONFIG,
  MP3_CONFIG,
  SMALLER_VIDEO_CONFIG,
  VIDEO_CONFIG,
  audioFrames,
  fillWindow,
  interleave,
  videoFrames,
} from '@millrace/media/segment/testing';
import { PlaylistChecker, checkMultivariant, readPlaylist, sameAfterMerge } from './hls-checker.ts';

HLS.setOptions({ strictMode: true, silent: true });

const FIVE_MINUTES_MS = 300_000;

interface Run {
  readonly name: string;
  readonly input: () => (Frame | TrackConfig)[];
  readonly irregular?: boolean;
  readonly listedMs?: number;
  readonly packedAudio?: boolean;
}

const rate = (framesPerSecond: number, gopMs: number, toMs = FIVE_MINUTES_MS) =>
  videoFrames({
    framesPerSecond,
    toMs,
    key: (index) => index % Math.round((gopMs * framesPerSecond) / 1000) === 0,
    payloadBytes: (key) => (key ? 400 : 100),
  });

const RUNS: readonly Run[] = [
  {
    name: '30 fps, GOP 2 s, AAC',
    input: () => [
      VIDEO_CONFIG,
      AAC_CONFIG,
      ...interleave(rate(30, 2000), audioFrames(AAC_CONFIG, 0, FIVE_MINUTES_MS)),
    ],
  },
  {
    name: '29.97 fps, GOP 4.004 s, HE-AAC, a long window',
    listedMs: 120_000,
    input: () => [
      VIDEO_CONFIG,
      HE_AAC_CONFIG,
      ...interleave(rate(30_000 / 1001, 4004), audioFrames(HE_AAC_CONFIG, 0, FIVE_MINUTES_MS)),
    ],
  },
  {
    name: '24 fps, GOP of a minute, MP3',
    packedAudio: true,
    input: () => [
      VIDEO_CONFIG,
      MP3_CONFIG,
      ...interleave(rate(24, 60_000), audioFrames(MP3_CONFIG, 0, FIVE_MINUTES_MS)),
    ],
  },
  {
    name: 'MP3 only',
    packedAudio: true,
    input: () => [MP3_CONFIG, ...audioFrames(MP3_CONFIG, 0, FIVE_MINUTES_MS)],
  },
  { name: 'audio only', input: () => [AAC_CONFIG, ...audioFrames(AAC_CONFIG, 0, FIVE_MINUTES_MS)] },
  { name: 'video only, 60 fps', input: () => [VIDEO_CONFIG, ...rate(60, 1000)] },
  {
    name: 'an encoder that comes back with another picture size, and late audio',
    irregular: true,
    input: () => {
      const again = videoFrames({
        framesPerSecond: 30,
        fromMs: 150_000,
        toMs: FIVE_MINUTES_MS,
        key: (index) => index % 60 === 0,
        discontinuityAt: 150_000,
      });
      const before = interleave(rate(30, 2000, 150_000), audioFrames(AAC_CONFIG, 5_000, 150_000));
      const after = interleave(again, audioFrames(AAC_CONFIG, 150_010, FIVE_MINUTES_MS, 150_010));
      return [VIDEO_CONFIG, AAC_CONFIG, ...before, SMALLER_VIDEO_CONFIG, ...after];
    },
  },
  {
    name: 'video that vanishes for half a minute',
    irregular: true,
    input: () => {
      const video = rate(30, 2000).filter((frame) => frame.dts < 60_000 * 90 || frame.dts >= 90_000 * 90);
      return [VIDEO_CONFIG, AAC_CONFIG, ...interleave(video, audioFrames(AAC_CONFIG, 0, FIVE_MINUTES_MS))];
    },
  },
];

describe('every playlist of a five-minute broadcast', () => {
  for (const run of RUNS) {
    it(run.name, () => {
      const checkers: Record<TrackKind, PlaylistChecker> = {
        video: new PlaylistChecker({ irregular: run.irregular === true }),
        audio: new PlaylistChecker({ irregular: run.irregular === true, packed: run.packedAudio === true }),
      };
      const versions: Record<TrackKind, number> = { video: -1, audio: -1 };
      let multivariants = 0;
      let skips = 0;
      fillWindow(run.input(), {
        window: run.listedMs === undefined ? {} : { listedMs: run.listedMs },
        onChange(events, window) {
          if (!window.playable) return;
          for (const kind of ['video', 'audio'] as const) {
            const track = window.track(kind);
            if (track === undefined || window.targets === undefined || versions[kind] === track.version)
              continue;
            versions[kind] = track.version;
            const full = renderMediaPlaylist({ window, kind, delta: false });
            const delta = renderMediaPlaylist({ window, kind, delta: true });
            assert(full !== undefined && delta !== undefined);
            checkers[kind].check(full);
            HLS.parse(full);
            HLS.parse(delta);
            const difference = sameAfterMerge(full, delta);
            assert.equal(difference, undefined);
            skips += readPlaylist(delta).skipped;

            const position = trackPosition(track);
            const reload = {
              msn: position.msn,
              part: position.part < 0 ? undefined : position.part,
              delta: false,
            };
            if (!window.ended) {
              assert.equal(
                reloadAction(reload, track, window.targets).action,
                'answer',
                'the report is true',
              );
            }
          }
          if (events.some((event) => event.type === 'segment-end')) {
            const text = renderMultivariant(multivariantInput(window, (kind) => `b/${kind}.m3u8`));
            assert.deepEqual(checkMultivariant(text, { codecs: run.packedAudio !== true }), []);
            HLS.parse(text);
            multivariants++;
          }
        },
      });
      assert.deepEqual(checkers.video.problems, []);
      assert.deepEqual(checkers.audio.problems, []);
      assert(checkers.video.checked + checkers.audio.checked > 500);
      assert(multivariants > 25);
      if (run.listedMs !== undefined) assert(skips > 0, 'delta updates leave something out');
    });
  }
});
