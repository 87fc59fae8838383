/**
 * The main job as its people see it: real ffmpeg pushes with a stream key, real Chromium and Firefox show the watch
 * page, and the picture moves and the sound is heard. Then the encoder is killed and returns, and then it is gone.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, launchFirefox, until } from '../harness/browser.ts';
import { pushWithFfmpeg, type Encoder, type Encoding } from '../harness/encoder.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { WATCH, type Watched } from '../harness/watch.ts';

/** Generous: two cores carry an encoder, a server and a browser that decodes in software. */
const SLOW_MS = 40_000;
const GRACE_MS = 6000;

let server: TestServer;
let browser: Browser;

before(async () => {
  server = await startServer(['--grace-ms', String(GRACE_MS)]);
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const look = (page: Page): Promise<Watched> => page.evaluate(`(${WATCH})()`);

async function openWatchPage(channel: string, protocol?: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${server.origin}/${channel}${protocol === undefined ? '' : `?protocol=${protocol}`}`);
  return page;
}

async function unmute(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const video = document.querySelector('millrace-player').shadowRoot.querySelector('video');
    video.muted = false;
    video.volume = 1;
  })()`);
}

/** The picture moves on (or, without one, time does) for a while; gives the last look. */
async function seesItMove(page: Page, hasVideo: boolean): Promise<Watched> {
  const first = await until(
    'playing',
    () => look(page),
    (w) => w.time > 0 && !w.paused,
    SLOW_MS,
  );
  return until(
    'moving on',
    () => look(page),
    (w) => w.time > first.time + 2 && (!hasVideo || (w.width > 0 && w.picture !== first.picture)),
    SLOW_MS,
  );
}

async function hearsIt(page: Page): Promise<void> {
  await unmute(page);
  await until(
    'sound',
    () => look(page),
    (w) => w.loudness > 0.02,
    SLOW_MS,
  );
}

interface Case {
  readonly encoding: Encoding;
  readonly protocol: string | undefined;
  readonly video: boolean;
  readonly audio: boolean;
}
const CASES: readonly Case[] = [
  { encoding: 'avcAac', protocol: undefined, video: true, audio: true },
  { encoding: 'avcAac', protocol: 'hls', video: true, audio: true },
  { encoding: 'avcAacNoBFrames', protocol: undefined, video: true, audio: true },
  { encoding: 'avcMp3', protocol: undefined, video: true, audio: true },
  { encoding: 'avcMp3', protocol: 'hls', video: true, audio: true },
  { encoding: 'audioOnly', protocol: undefined, video: false, audio: true },
  { encoding: 'videoOnly', protocol: undefined, video: true, audio: false },
];

for (const [index, { encoding, protocol, video, audio }] of CASES.entries()) {
  test(`Chromium plays ${encoding} by ${protocol ?? 'WebSocket'}`, async (t) => {
    const name = `case-${index}`;
    const { pushUrl } = await server.addChannel(name);
    const encoder = pushWithFfmpeg(pushUrl, { encoding });
    t.after(() => encoder.kill());
    const page = await openWatchPage(name, protocol);
    t.after(() => page.close());
    const seen = await seesItMove(page, video);
    assert.equal(seen.protocol, protocol ?? 'ws');
    if (audio) await hearsIt(page);
  });
}

test('Firefox plays H.264 and AAC by WebSocket', async (t) => {
  const { pushUrl } = await server.addChannel('in-firefox');
  const encoder = pushWithFfmpeg(pushUrl);
  t.after(() => encoder.kill());
  const firefox = await launchFirefox();
  t.after(() => firefox.close());
  const page = await firefox.newPage();
  await page.goto(`${server.origin}/in-firefox`);
  const see = async (): Promise<Watched> => (await page.evaluate(`(${WATCH})()`)) as Watched;
  const first = await until('playing', see, (w) => w.time > 0 && w.width > 0, SLOW_MS);
  await until('moving on', see, (w) => w.time > first.time + 2 && w.picture !== first.picture, SLOW_MS);
});

for (const protocol of [undefined, 'hls']) {
  test(`the encoder is killed and returns, then is gone: the page goes on, then says so (${protocol ?? 'WebSocket'})`, async (t) => {
    const name = `returns-${protocol ?? 'ws'}`;
    const { pushUrl } = await server.addChannel(name);
    let encoder: Encoder = pushWithFfmpeg(pushUrl, { encoding: 'avcAacNoBFrames' });
    t.after(() => encoder.kill());
    const page = await openWatchPage(name, protocol);
    t.after(() => page.close());
    await seesItMove(page, true);
    const broadcastOf = async (): Promise<string | undefined> => {
      const answer = await fetch(`${server.origin}/api/v1/channels/${name}`);
      const body = (await answer.json()) as { live: { broadcast: string } | null };
      return body.live?.broadcast;
    };
    const broadcast = await broadcastOf();
    assert.ok(broadcast);

    await encoder.kill();
    await until(
      'interrupted',
      async () =>
        (await (await fetch(`${server.origin}/api/v1/channels/${name}`)).json()) as {
          live: { state: string } | null;
        },
      (channel) => channel.live?.state === 'interrupted',
      SLOW_MS,
    );
    encoder = pushWithFfmpeg(pushUrl, { encoding: 'avcAacNoBFrames' });
    const before = await look(page);
    await until(
      'going on by itself',
      () => look(page),
      (w) => w.time > before.time + 3,
      SLOW_MS,
    );
    assert.equal(await broadcastOf(), broadcast, 'the same broadcast goes on');

    await encoder.kill();
    await until(
      'the page says it is over',
      () => look(page),
      (w) => w.state === 'ended',
      SLOW_MS,
    );
  });
}
