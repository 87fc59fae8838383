import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPlayerMessage } from './player-message.ts';

const CURSOR = { broadcast: 'b', epoch: 1, sequences: { 1: 5, 2: 6 } };

const GOOD = [
  { type: 'hello', versions: [1] },
  { type: 'hello', versions: [1, 2], canPlay: ['video/mp4; codecs="avc1.64001F"'], token: 't', paused: true },
  { type: 'hello', versions: [1], resume: CURSOR },
  { type: 'play', from: 'live' },
  { type: 'play', from: { offsetMs: 3000 } },
  { type: 'play', from: { cursor: CURSOR } },
  { type: 'pause' },
  { type: 'switch', rendition: 2 },
  { type: 'tracks', video: false, audio: true },
  { type: 'token', token: 'abc' },
  { type: 'ping', clientTime: 12.5 },
  { type: 'report', latencyMs: 800, stalls: 1, droppedFrames: 0 },
  { type: 'report' },
];

for (const message of GOOD) {
  test(`reads ${JSON.stringify(message)}`, () => {
    assert.deepEqual(readPlayerMessage(JSON.stringify(message)), message);
  });
}

test('fields nobody knows are left out', () => {
  assert.deepEqual(readPlayerMessage('{"type":"pause","why":"lunch"}'), { type: 'pause' });
});

const BAD = [
  '',
  'null',
  '[]',
  '"hello"',
  '{"type":"constructor"}',
  '{"type":"__proto__"}',
  '{"type":5}',
  '{"type":"hello"}',
  '{"type":"hello","versions":"1"}',
  '{"type":"hello","versions":[-1]}',
  '{"type":"hello","versions":[1],"canPlay":[5]}',
  '{"type":"hello","versions":[1],"paused":"yes"}',
  '{"type":"hello","versions":[1],"resume":{"broadcast":"b","epoch":0}}',
  '{"type":"hello","versions":[1],"resume":{"broadcast":"b","epoch":0,"sequences":{"__proto__x":1}}}',
  '{"type":"hello","versions":[1],"resume":{"broadcast":"b","epoch":0,"sequences":{"1":1.5}}}',
  '{"type":"play"}',
  '{"type":"play","from":"dead"}',
  '{"type":"play","from":{"offsetMs":-1}}',
  '{"type":"play","from":{"offsetMs":1e400}}',
  '{"type":"tracks","video":true}',
  '{"type":"ping"}',
  '{"type":"ping","clientTime":"now"}',
  '{"type":"report","stalls":-1}',
  `{"type":"token","token":"${'x'.repeat(5000)}"}`,
];

for (const text of BAD) {
  test(`refuses ${text.slice(0, 80)}`, () => {
    assert.equal(readPlayerMessage(text), undefined);
  });
}
