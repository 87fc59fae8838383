/**
 * Playlists against text files in `golden/`: what players read, as people can read it too. After an intended change
 * run with `MILLRACE_WRITE_GOLDEN=1` and read the difference.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Frame, TrackConfig } from '../frame.ts';
import type { SegmentWindow } from '../segment/window.ts';
import {
  AAC_CONFIG,
  MP3_CONFIG,
  SMALLER_VIDEO_CONFIG,
  VIDEO_CONFIG,
  audioFrames,
  fillWindow,
  interleave,
  videoFrames,
} from '../segment/testing/index.ts';
import { renderMediaPlaylist } from './media-playlist.ts';
import { multivariantInput, renderMultivariant } from './multivariant.ts';

function assertGolden(name: string, text: string | undefined): void {
  assert(text !== undefined);
  const file = new URL(`./golden/${name}.m3u8`, import.meta.url);
  if (process.env['MILLRACE_WRITE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}

const picture = (fromMs: number, toMs: number, more: { discontinuityAt?: number } = {}): Frame[] =>
  videoFrames({
    framesPerSecond: 25,
    fromMs,
    toMs,
    key: (index) => index % 50 === 0,
    rounded: false,
    payloadBytes: (key) => (key ? 20_000 : 4_000),
    ...more,
  });

function live(input: readonly (Frame | TrackConfig)[], listedMs = 8_000): SegmentWindow {
  return fillWindow(input, { open: true, window: { listedMs } });
}

const both = (toMs: number, audio = AAC_CONFIG): (Frame | TrackConfig)[] => [
  VIDEO_CONFIG,
  audio,
  ...interleave(picture(0, toMs), audioFrames(audio, 0, toMs)),
];

const multivariant = (window: SegmentWindow, queryParameter?: string): string =>
  renderMultivariant(multivariantInput(window, (kind) => `B/${kind}.m3u8`, queryParameter));

describe('golden playlists', () => {
  it('picture and sound', () => {
    const window = live(both(17_300));
    assertGolden('multivariant', multivariant(window));
    assertGolden('video', renderMediaPlaylist({ window, kind: 'video', delta: false }));
    assertGolden('audio', renderMediaPlaylist({ window, kind: 'audio', delta: false }));
  });

  it('with a token', () => {
    const window = live(both(5_300));
    assertGolden('multivariant-token', multivariant(window, 'token'));
    assertGolden(
      'video-token',
      renderMediaPlaylist({ window, kind: 'video', delta: false, queryParameter: 'token' }),
    );
  });

  it('a delta update', () => {
    const window = live(both(40_300), 36_000);
    assertGolden('video-delta', renderMediaPlaylist({ window, kind: 'video', delta: true }));
  });

  it('sound alone', () => {
    const window = live([AAC_CONFIG, ...audioFrames(AAC_CONFIG, 0, 9_000)]);
    assertGolden('multivariant-audio-only', multivariant(window));
  });

  it('MP3 beside a picture, and alone', () => {
    const window = live(both(7_300, MP3_CONFIG));
    assertGolden('multivariant-mp3', multivariant(window));
    assertGolden('audio-mp3', renderMediaPlaylist({ window, kind: 'audio', delta: false }));
    const alone = live([MP3_CONFIG, ...audioFrames(MP3_CONFIG, 0, 9_000)]);
    assertGolden('multivariant-mp3-only', multivariant(alone));
    assertGolden('audio-mp3-only', renderMediaPlaylist({ window: alone, kind: 'audio', delta: false }));
  });

  it('an encoder that came back with another picture size', () => {
    const window = live([
      VIDEO_CONFIG,
      ...picture(0, 5_000),
      SMALLER_VIDEO_CONFIG,
      ...picture(5_000, 8_100, { discontinuityAt: 5_000 }),
    ]);
    assertGolden('video-discontinuity', renderMediaPlaylist({ window, kind: 'video', delta: false }));
  });

  it('picture that vanished for a while', () => {
    const video = picture(0, 14_300).filter(({ dts }) => dts < 4_000 * 90 || dts >= 10_000 * 90);
    const window = live(
      [VIDEO_CONFIG, AAC_CONFIG, ...interleave(video, audioFrames(AAC_CONFIG, 0, 14_300))],
      20_000,
    );
    assertGolden('video-gap', renderMediaPlaylist({ window, kind: 'video', delta: false }));
  });

  it('after the end', () => {
    const window = fillWindow(both(7_300));
    assertGolden('video-ended', renderMediaPlaylist({ window, kind: 'video', delta: false }));
  });
});
