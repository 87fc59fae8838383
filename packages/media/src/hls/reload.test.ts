import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AAC_CONFIG,
  VIDEO_CONFIG,
  audioFrames,
  fillWindow,
  interleave,
  videoFrames,
} from '../segment/testing/index.ts';
import type { Targets } from '../segment/events.ts';
import type { WindowTrack } from '../segment/window.ts';
import { packedAudioPieces, timestampTag } from './packed-audio.ts';
import { parseReload, reloadAction, trackPosition } from './reload.ts';

describe('delivery directives', () => {
  const cases: readonly [query: Record<string, unknown>, expected: unknown][] = [
    [{}, { msn: undefined, part: undefined, delta: false }],
    [{ _HLS_msn: '7' }, { msn: 7, part: undefined, delta: false }],
    [
      { _HLS_msn: '7', _HLS_part: '0', _HLS_skip: 'YES' },
      { msn: 7, part: 0, delta: true },
    ],
    [{ _HLS_skip: 'v2' }, { msn: undefined, part: undefined, delta: true }],
    [
      { _HLS_skip: 'maybe', other: 'x' },
      { msn: undefined, part: undefined, delta: false },
    ],
    [{ _HLS_part: '1' }, '_HLS_part needs _HLS_msn'],
    [{ _HLS_msn: '' }, '_HLS_msn is not a decimal integer'],
    [{ _HLS_msn: '1e3' }, '_HLS_msn is not a decimal integer'],
    [{ _HLS_msn: ['1', '2'] }, '_HLS_msn is not a decimal integer'],
    [{ _HLS_msn: '99999999999999999999' }, '_HLS_msn is not a decimal integer'],
    [{ _HLS_msn: '1', _HLS_part: '-1' }, '_HLS_part is not a decimal integer'],
  ];
  for (const [query, expected] of cases) {
    it(JSON.stringify(query), () => {
      const parsed = parseReload(query, false);
      assert.deepEqual(parsed.ok ? parsed.reload : parsed.message, expected);
    });
  }
  it('are ignored after the end', () => {
    const parsed = parseReload({ _HLS_part: 'x' }, true);
    assert(parsed.ok);
    assert.equal(parsed.reload.msn, undefined);
  });
});

describe('blocking reload', () => {
  // Three whole segments of four parts, and two parts of the fourth: the newest position is (3, 1).
  const video = videoFrames({
    framesPerSecond: 25,
    toMs: 7_300,
    key: (index) => index % 50 === 0,
    rounded: false,
  });
  const input = [VIDEO_CONFIG, AAC_CONFIG, ...interleave(video, audioFrames(AAC_CONFIG, 0, 7_300))];
  const window = fillWindow(input, { open: true });
  const track = window.track('video');
  assert(track !== undefined && window.targets !== undefined);
  const known: { readonly track: WindowTrack; readonly targets: Targets } = {
    track,
    targets: window.targets,
  };

  it('knows where the playlist ends', () =>
    assert.deepEqual(trackPosition(known.track), { msn: 3, part: 1 }));

  const cases: readonly [msn: number, part: number | undefined, expected: string, why: string][] = [
    [0, undefined, 'answer', 'listed'],
    [2, 3, 'answer', 'listed'],
    [3, 1, 'answer', 'the newest part'],
    [2, 4, 'answer', 'past the end: part 0 of the next segment, which is there'],
    [3, 2, 'wait', 'the hinted part'],
    [3, undefined, 'wait', 'the open segment'],
    [4, 0, 'wait', 'the next segment'],
    [5, undefined, 'wait', 'two ahead'],
    [6, undefined, 'refuse', 'three ahead'],
    [3, 7, 'wait', 'within the advance part limit'],
    [3, 8, 'refuse', 'past the advance part limit'],
    [4, 9, 'refuse', 'past it in the next segment'],
  ];
  for (const [msn, part, expected, why] of cases) {
    it(`${msn}.${part ?? '–'}: ${expected}, ${why}`, () => {
      assert.equal(reloadAction({ msn, part, delta: false }, known.track, known.targets).action, expected);
    });
  }

  it('packed audio starts with its time, and copies no frame', () => {
    const tag = timestampTag(44_100, 44_100);
    assert.equal(tag.length, 73);
    const hex = Array.from(tag, (byte) => byte.toString(16).padStart(2, '0')).join('');
    // ID3, version 4.0, no flags, size 63; PRIV, size 53, no flags.
    assert.equal(hex.slice(0, 40), '4944330400000000003f50524956000000350000');
    assert.equal(hex.slice(-16), '0000000000015f90');
    const wrapped = timestampTag(2 ** 33 + 90_000, 90_000);
    assert.deepEqual(wrapped, tag);
    const chunks = window.track('audio')?.findPart(0)?.chunks ?? [];
    const pieces = packedAudioPieces(chunks);
    for (const [index, chunk] of chunks.entries())
      assert.equal(pieces[index + 1]?.buffer, chunk.bytes.buffer);
  });
});
