import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contiguousAheadS, planGapJump, planQuotaRelief, planRemoval } from './buffer-plan.ts';
import { CaptureMap } from './capture-map.ts';
import { chunkPayload } from './chunk-payload.ts';
import { DateHeaderClock } from './clock.ts';
import { ERROR_RULES, type PlayerErrorCode } from './errors.ts';
import { playerState, type PlayerFacts } from './player-state.ts';
import { sourceChoices, sourceUrl } from './source-choice.ts';
import { wordsFor, type WordKey } from './words.ts';

test('what was watched long ago is removed, in batches', () => {
  assert.equal(planRemoval([], 100), undefined);
  assert.equal(planRemoval([{ start: 88, end: 101 }], 100), undefined);
  assert.deepEqual(planRemoval([{ start: 80, end: 101 }], 100), { start: 0, end: 90 });
});

test('a full buffer gives up all but the last second', () => {
  assert.deepEqual(planQuotaRelief([{ start: 5, end: 30 }], 20), { start: 0, end: 19 });
  assert.equal(planQuotaRelief([{ start: 19, end: 30 }], 20), undefined);
});

test('ranges that touch count as one, a hole ends them', () => {
  const ranges = [
    { start: 0, end: 2 },
    { start: 2.01, end: 3 },
    { start: 4, end: 5 },
  ];
  assert.equal(contiguousAheadS(ranges, 1), 2);
  assert.equal(contiguousAheadS(ranges, 3.5), 0);
  assert.equal(contiguousAheadS([], 1), 0);
});

test('a hole is jumped, but only after its data had time to come', () => {
  const ranges = [
    { start: 0, end: 2 },
    { start: 2.4, end: 5 },
  ];
  assert.equal(planGapJump(ranges, 1.98, 100), undefined);
  assert.equal(planGapJump(ranges, 1.98, 300)?.toFixed(3), '2.410');
  assert.equal(planGapJump(ranges, 1, 300), undefined);
  assert.equal(planGapJump([{ start: 0.07, end: 5 }], 0, 300), 0.07 + 0.01);
  assert.equal(planGapJump([{ start: 0, end: 2 }], 1.99, 9999), undefined);
});

test('capture time follows media time within a chunk, and a replayed group replaces what was known', () => {
  const map = new CaptureMap();
  assert.equal(map.captureMsAt(1), undefined);
  map.add(10, 1_000);
  map.add(10.1, 1_100);
  assert.equal(map.captureMsAt(9), undefined);
  assert.equal(Math.round(map.captureMsAt(10.05) ?? 0), 1_050);
  assert.equal(Math.round(map.captureMsAt(10.2) ?? 0), 1_200);
  map.add(10, 5_000);
  assert.equal(Math.round(map.captureMsAt(10.1) ?? 0), 5_100);
  for (let index = 0; index < 2000; index += 1) map.add(20 + index, index);
  assert.equal(map.captureMsAt(2019), 1999);
});

function box(type: string, body: readonly number[]): number[] {
  return [0, 0, 0, 8 + body.length, ...new TextEncoder().encode(type), ...body];
}

test('the payload of a chunk is found behind any boxes, and never past its end', () => {
  const chunk = Uint8Array.from([...box('prft', [1, 2, 3]), ...box('moof', [9]), ...box('mdat', [7, 8])]);
  assert.deepEqual([...(chunkPayload(chunk) ?? [])], [7, 8]);
  assert.equal(chunkPayload(chunk.subarray(0, chunk.length - 1)), undefined);
  assert.equal(chunkPayload(Uint8Array.from(box('moof', []))), undefined);
  assert.equal(chunkPayload(Uint8Array.from([0, 0, 0, 0, 0, 0])), undefined);
  assert.equal(chunkPayload(Uint8Array.from([0, 0, 0, 3, 109, 100, 97, 116])), undefined);
  const large = Uint8Array.from([0, 0, 0, 1, 109, 100, 97, 116, 0, 0, 0, 0, 0, 0, 0, 17, 5]);
  assert.deepEqual([...(chunkPayload(large) ?? [])], [5]);
});

test('the Date header gives the clock to within a round trip after a few answers at chosen moments', () => {
  const clock = new DateHeaderClock();
  const trueOffsetMs = 1_700_000_000_123;
  let nowMs = 0;
  for (let answer = 0; answer < 12; answer += 1) {
    const server = nowMs + 5 + trueOffsetMs;
    clock.sample(nowMs, nowMs + 10, Math.floor(server / 1000) * 1000);
    nowMs += 10;
    nowMs += clock.nextProbeDelayMs(nowMs);
  }
  assert.ok(
    Math.abs((clock.offsetMs ?? 0) - trueOffsetMs) <= 12,
    String((clock.offsetMs ?? 0) - trueOffsetMs),
  );
  // Somebody set the server's clock.
  clock.sample(nowMs, nowMs + 10, 1_800_000_000_000);
  assert.ok((clock.offsetMs ?? 0) > 1_790_000_000_000);
});

const CHROMIUM = { webSocket: true, mse: true, managedMse: false, nativeHls: true };
const IPHONE = { webSocket: true, mse: true, managedMse: true, nativeHls: true };
const OLD_IPHONE = { webSocket: true, mse: false, managedMse: false, nativeHls: true };
const NOTHING = { webSocket: false, mse: false, managedMse: false, nativeHls: false };

test('the source is chosen by what the browser really has', () => {
  assert.deepEqual(sourceChoices(CHROMIUM), ['ws', 'hls']);
  assert.deepEqual(sourceChoices(IPHONE), ['ws', 'hls', 'native']);
  assert.deepEqual(sourceChoices(OLD_IPHONE), ['native']);
  assert.deepEqual(sourceChoices(NOTHING), []);
  assert.deepEqual(sourceChoices(CHROMIUM, 'hls'), ['hls']);
  assert.deepEqual(sourceChoices(OLD_IPHONE, 'ws'), []);
});

test('addresses', () => {
  assert.equal(sourceUrl('ws', 'https://host/live/anna'), 'wss://host/live/anna');
  assert.equal(sourceUrl('ws', 'http://host:8000/live/anna'), 'ws://host:8000/live/anna');
  assert.equal(
    sourceUrl('hls', 'https://host/live/anna?token=x'),
    'https://host/live/anna/index.m3u8?token=x',
  );
});

const FACTS: PlayerFacts = {
  started: true,
  failed: false,
  connected: true,
  broadcast: 'live',
  shown: true,
  dry: false,
  pausedByUser: false,
};

for (const [state, facts] of [
  ['playing', {}],
  ['idle', { started: false }],
  ['error', { failed: true, broadcast: 'ended' }],
  ['connecting', { shown: false, connected: false, broadcast: undefined }],
  ['waiting', { shown: false, broadcast: 'waiting' }],
  ['buffering', { dry: true }],
  ['reconnecting', { dry: true, connected: false }],
  ['playing', { connected: false }],
  ['playing', { broadcast: 'interrupted' }],
  ['interrupted', { broadcast: 'interrupted', dry: true }],
  ['playing', { broadcast: 'ended' }],
  ['ended', { broadcast: 'ended', dry: true }],
  ['ended', { broadcast: 'ended', pausedByUser: true }],
  ['paused', { pausedByUser: true, dry: true }],
] as const satisfies readonly (readonly [string, Partial<PlayerFacts>])[]) {
  test(`${JSON.stringify(facts)} is ${state}`, () => {
    assert.equal(playerState({ ...FACTS, ...facts }), state);
  });
}

test('words: Chinese for any zh, English otherwise, values filled in', () => {
  assert.equal(wordsFor(['zh-TW', 'en']).language, 'zh-CN');
  assert.equal(wordsFor(['fr', 'en-GB']).language, 'en');
  assert.equal(wordsFor([]).language, 'en');
  assert.equal(wordsFor(['en']).say('liveHint', { latency: '0.7' }), 'You are 0.7 s behind the camera');
});

test('every error has its sentence in both languages', () => {
  const codes = Object.keys(ERROR_RULES) as PlayerErrorCode[];
  for (const language of ['en', 'zh']) {
    for (const code of codes)
      assert.ok(wordsFor([language]).sayError(code).length > 5, `${language} ${code}`);
  }
  const key: WordKey = 'ended';
  assert.notEqual(wordsFor(['en']).say(key), wordsFor(['zh']).say(key));
});
