/**
 * What a newcomer sees: `--demo`, the first page, a click on the live channel, and a moving picture with sound. No
 * ffmpeg takes part.
 */
import { test } from 'node:test';
import { launchChromium, until } from '../harness/browser.ts';
import { startServer } from '../harness/server.ts';
import { WATCH, type Watched } from '../harness/watch.ts';

const SLOW_MS = 40_000;

test('--demo shows a live picture with sound, and goes on past the end of its clip', async (t) => {
  const server = await startServer(['--demo']);
  t.after(() => server.stop());
  const browser = await launchChromium();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(server.origin);
  await page.click('a[href="/demo"]');
  const look = (): Promise<Watched> => page.evaluate(`(${WATCH})()`);
  const first = await until('playing', look, (w) => w.time > 0 && w.width > 0, SLOW_MS);
  await page.evaluate(`(() => {
    const video = document.querySelector('millrace-player').shadowRoot.querySelector('video');
    video.muted = false;
    video.volume = 1;
  })()`);
  await until('sound', look, (w) => w.loudness > 0.02, SLOW_MS);
  // the clip is 16 s long: past its end the picture still moves on one timeline
  const later = await until('the second round', look, (w) => w.time > first.time + 18, SLOW_MS);
  await until('moving on', look, (w) => w.time > later.time + 1 && w.picture !== later.picture, SLOW_MS);
});
