/**
 * The player in real Chromium against a small origin that speaks `millrace.v1` (player-origin.ts), so that each
 * event of a broadcast comes exactly when the test says: late sound, silence, another codec, an encoder that goes and
 * comes, a lost connection, the end.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildPlayer } from '../../packages/player/build.ts';
import { launchChromium, until } from '../harness/browser.ts';
import { audioTrack, videoTrack, type ClipTrack } from './player-clip.ts';
import { PlayerOrigin } from './player-origin.ts';

const CLIP_S = 45;
/** A loaded machine decodes slowly; nothing here is a measurement unless it says so. */
const SLOW_MS = 20_000;

interface Seen {
  readonly state: string;
  readonly time: number;
  readonly width: number;
  readonly latencyMs: number;
  readonly targetMs: number;
  readonly joinMs: number;
  readonly stalls: number;
  readonly soundBytes: number;
  readonly protocol: string;
  readonly text: string;
}

const LOOK = `(() => {
  const player = document.querySelector('millrace-player');
  const { video, stats } = player;
  return {
    state: player.state, time: video.currentTime, width: video.videoWidth,
    latencyMs: stats?.latencyMs ?? 0, targetMs: stats?.targetMs ?? 0, joinMs: stats?.joinMs ?? 0,
    stalls: stats?.stalls ?? 0, soundBytes: video.webkitAudioDecodedByteCount, protocol: stats?.protocol ?? '',
    text: player.shadowRoot.querySelector('[role=status]').textContent,
  };
})()`;

let folder: string;
let browser: Browser;
let video: ClipTrack;
let bFrames: ClipTrack;
let larger: ClipTrack;
let aac: ClipTrack;
let mp3: ClipTrack;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-player-'));
  await buildPlayer({ outDir: folder });
  [video, bFrames, larger, aac, mp3] = await Promise.all([
    videoTrack({ seconds: CLIP_S, size: '320x180' }),
    videoTrack({ seconds: CLIP_S, size: '320x180', bFrames: 2 }),
    videoTrack({ seconds: CLIP_S, size: '480x270', profile: 'high' }),
    audioTrack('aac', CLIP_S),
    audioTrack('mp3', CLIP_S),
  ]);
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const look = (page: Page): Promise<Seen> => page.evaluate(LOOK);
const see = (page: Page, what: string, satisfied: (seen: Seen) => boolean): Promise<Seen> =>
  until(what, () => look(page), satisfied, SLOW_MS);

async function plays(page: Page): Promise<Seen> {
  const start = await see(page, 'playing', (seen) => seen.state === 'playing' && seen.time > 0);
  return see(page, 'moving on', (seen) => seen.time > start.time + 0.8);
}

async function open(
  t: TestContext,
  clips: readonly ClipTrack[],
  attributes = '',
): Promise<[PlayerOrigin, Page]> {
  const origin = new PlayerOrigin(folder);
  const address = await origin.listen();
  t.after(() => origin.close());
  // The middle of a group of pictures: the hardest moment to join.
  if (clips.length > 0) origin.begin(clips, 5300);
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
  t.after(() => page.close());
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  t.after(() => assert.deepEqual(errors, []));
  await page.goto(`${address}/page?attributes=${encodeURIComponent(`muted autoplay ${attributes}`)}`);
  return [origin, page];
}

for (const [name, clips] of [
  ['picture and sound', () => [video, aac]],
  ['B-frames', () => [bFrames, aac]],
  ['MP3, which Chromium does not take in MP4', () => [video, mp3]],
  ['sound alone', () => [aac]],
  ['MP3 alone', () => [mp3]],
  ['picture alone', () => [video]],
] as const satisfies readonly (readonly [string, () => readonly ClipTrack[]])[]) {
  test(`plays ${name}`, async (t) => {
    const [, page] = await open(t, clips());
    const seen = await plays(page);
    assert.equal(
      seen.width > 0,
      clips().some((clip) => clip.kind === 'video'),
    );
    if (clips().some((clip) => clip.kind === 'audio')) assert.ok(seen.soundBytes > 0);
    assert.ok(seen.latencyMs > 100 && seen.latencyMs < 3000, `${seen.latencyMs} ms`);
  });
}

test('low latency keeps less in store', async (t) => {
  const [origin, page] = await open(t, [video, aac], 'latency="low"');
  const seen = await plays(page);
  assert.ok(seen.targetMs < 400);
  const hello = origin.hellos[0];
  assert.ok(hello?.canPlay?.includes('audio/mpeg') && !hello.canPlay.includes('audio/mp4; codecs="mp4a.6B"'));
});

test('sound that comes late is heard', async (t) => {
  const [origin, page] = await open(t, [video]);
  const before = await plays(page);
  assert.equal(before.soundBytes, 0);
  origin.change([video, aac]);
  const seen = await see(page, 'sound', (now) => now.soundBytes > 0 && now.state === 'playing');
  assert.ok(seen.time >= before.time, 'the picture never steps back');
});

test('sound that stops does not stop the picture', async (t) => {
  const [origin, page] = await open(t, [video, aac]);
  const before = await plays(page);
  origin.silence('audio');
  const seen = await see(page, 'the picture goes on', (now) => now.time > before.time + 3);
  assert.ok(seen.targetMs < 500, 'and it is not held against the connection');
});

test('another resolution and another sound codec go on without a new page', async (t) => {
  const [origin, page] = await open(t, [video, aac]);
  const before = await plays(page);
  origin.change([larger, aac]);
  const changed = await see(page, 'the larger picture', (now) => now.width === 480);
  assert.ok(changed.time >= before.time);
  origin.change([larger, mp3]);
  await see(page, 'going on with MP3', (now) => now.time > changed.time + 3 && now.state === 'playing');
});

test('the encoder goes and comes: said, then played on in the same page; then the end, and the next broadcast', async (t) => {
  const [origin, page] = await open(t, [video, aac]);
  const before = await plays(page);
  origin.interrupt();
  const gone = await see(page, 'interrupted', (seen) => seen.state === 'interrupted');
  assert.match(gone.text, /connection was lost.*may come back/);
  origin.comeBack();
  await see(page, 'going on', (seen) => seen.state === 'playing' && seen.time > before.time + 1.5);
  origin.end();
  const ended = await see(page, 'ended', (seen) => seen.state === 'ended');
  assert.match(ended.text, /broadcast is over/);
  origin.begin([video, aac]);
  await plays(page);
});

test('a lost connection is taken up with the cursor, unseen', async (t) => {
  const [origin, page] = await open(t, [video, aac]);
  const before = await plays(page);
  origin.dropConnections();
  await until(
    'the second hello',
    () => Promise.resolve(origin.hellos.length),
    (hellos) => hellos === 2,
    SLOW_MS,
  );
  const resume = origin.hellos[1]?.resume;
  assert.equal(resume?.broadcast, 'b1');
  assert.ok((resume?.sequences['1'] ?? 0) > 40);
  await see(page, 'going on', (seen) => seen.state === 'playing' && seen.time > before.time + 3);
});

test('a channel that is not live yet starts by itself', async (t) => {
  const [origin, page] = await open(t, []);
  await see(page, 'waiting', (seen) => seen.state === 'waiting' && seen.text.includes('Not live yet'));
  origin.begin([video, aac]);
  await plays(page);
});

test('after a pause the viewer is behind, and goes back to live by one press', async (t) => {
  const [, page] = await open(t, [video, aac]);
  await plays(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('k');
  await see(page, 'paused', (seen) => seen.state === 'paused');
  await page.locator('.back').waitFor({ timeout: SLOW_MS });
  await until(
    'a pause of some length',
    () => page.locator('button.live').innerText(),
    (text) => text.includes('-00:03'),
    SLOW_MS,
  );
  await page.keyboard.press('k');
  const behind = await plays(page);
  assert.ok(behind.latencyMs > 2500, `${behind.latencyMs} ms`);
  await page.locator('.back').click();
  await see(page, 'live again', (seen) => seen.latencyMs < 2000);
});

test('muted autoplay offers the sound, and one press gives it', async (t) => {
  const [, page] = await open(t, [video, aac]);
  await plays(page);
  const unmute = page.getByRole('button', { name: 'Tap to unmute' });
  await unmute.click();
  await unmute.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(`document.querySelector('millrace-player').video.muted`), false);
});

test('where WebSockets do not get through it says what is the matter, and in Chinese to whoever reads Chinese', async (t) => {
  const [origin, page] = await open(t, [], 'lang="zh-CN" protocol="ws"');
  await see(page, 'waiting', (seen) => seen.text.includes('尚未开播'));
  origin.refuseSockets = true;
  await page.reload();
  await see(page, 'the error', (seen) => seen.state === 'error' && seen.text.includes('无法连接服务器'));
  await page.getByRole('button', { name: '重试' }).waitFor();
});

test('left to choose, it falls back to HLS', async (t) => {
  const [origin, page] = await open(t, []);
  await see(page, 'waiting', (seen) => seen.state === 'waiting');
  origin.refuseSockets = true;
  await page.reload();
  await see(page, 'HLS', (seen) => seen.protocol === 'hls' && seen.state === 'waiting');
});
