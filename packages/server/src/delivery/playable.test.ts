import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InitSegment } from '@millrace/media';
import { initOf } from '../live/testing/chunks.ts';
import { canPlayTrack } from './playable.ts';

const avc = initOf('video');
const aac = initOf('audio');
const mp3: InitSegment = {
  ...aac,
  config: { ...aac.config, codec: 'mp3', codecString: 'mp4a.6B' } as InitSegment['config'],
};

const CASES: readonly (readonly [readonly string[], InitSegment, boolean])[] = [
  [[], avc, true],
  [['video/mp4; codecs="avc1.640028"'], avc, true],
  [['video/mp4;codecs=avc1.64001F'], avc, true],
  [['video/mp4; codecs="avc1.42E01E, mp4a.40.2"'], aac, true],
  [['video/mp4; codecs="hvc1.1.6.L93.B0"'], avc, false],
  [['audio/mp4; codecs="mp4a.40.2"'], mp3, false],
  [['audio/mp4; codecs="mp4a.6B"'], mp3, true],
  [['audio/mpeg'], mp3, true],
  [['audio/mpeg'], aac, false],
];

for (const [canPlay, init, expected] of CASES) {
  test(`${init.config.codecString} with ${JSON.stringify(canPlay)}: ${expected}`, () => {
    assert.equal(canPlayTrack(canPlay, init), expected);
  });
}
