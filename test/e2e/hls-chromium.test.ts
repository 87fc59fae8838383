/**
 * LL-HLS as other players see it: hls.js as it comes, in real Chromium, on a page of another site. Real ffmpeg
 * pushes a picture that flashes and a sound that beeps at each full second; the page says when it saw and heard them.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, until } from '../harness/browser.ts';
import { ENCODINGS } from '../harness/encoder.ts';
import { FLASH_AND_BEEP, type HlsReport, startHlsPage, type HlsPageServer } from '../harness/hls-page.ts';
import { startServer, type TestServer } from '../harness/server.ts';

const SLOW_MS = 40_000;
/** Sound and picture are measured by Web Audio and video frame callbacks on a loaded machine: each to about 40 ms. */
const MAX_OFFSET_MS = 100;

const CASES = [
  { name: 'avc-aac', args: ENCODINGS.avcAac, video: true, parts: true },
  { name: 'avc-mp3', args: ENCODINGS.avcMp3, video: true, parts: true },
  { name: 'aac-only', args: ENCODINGS.audioOnly, video: false, parts: true },
  { name: 'mp3-only', args: '-vn -c:a libmp3lame -ar 44100 -ac 1'.split(' '), video: false, parts: false },
] as const;

describe('hls.js in Chromium', () => {
  let server: TestServer;
  let pages: HlsPageServer;
  let browser: Browser;
  const encoders: ChildProcess[] = [];

  before(async () => {
    server = await startServer();
    pages = await startHlsPage();
    browser = await launchChromium();
  });
  after(async () => {
    for (const encoder of encoders) encoder.kill('SIGKILL');
    await browser?.close();
    await pages?.close();
    await server?.stop();
  });

  for (const { name, args, video, parts } of CASES) {
    it(`plays ${name} with low latency, in sync, without a complaint`, async () => {
      const { pushUrl } = await server.addChannel(name);
      const source = ['-re', ...FLASH_AND_BEEP.slice(0, 4), '-re', ...FLASH_AND_BEEP.slice(4)];
      const encoder = spawn(
        'ffmpeg',
        ['-hide_banner', '-loglevel', 'error', '-nostdin', ...source, ...args, '-f', 'flv', pushUrl],
        { stdio: 'ignore' },
      );
      encoders.push(encoder);
      const address = `${server.origin}/live/${name}/index.m3u8`;
      await until(
        'there is something to join',
        () => newestPlaylist(address),
        (text) => JOINABLE.test(text),
        SLOW_MS,
      );
      const page = await browser.newPage();
      await page.goto(pages.url(address));
      const first = await until(
        'plays',
        () => report(page),
        (seen) => seen.time > 0 && !seen.paused,
        SLOW_MS,
      );
      const seen = await until(
        'played for ten seconds',
        () => report(page),
        (now) => now.time > first.time + 10,
        SLOW_MS,
      );
      assert.deepEqual(seen.fatal, []);
      assert(seen.loudness > 0.1, `heard ${seen.loudness}`);
      assert.equal(seen.width > 0, video);
      assert(parts ? seen.partsLoaded > 10 : seen.segmentsLoaded > 10, JSON.stringify(seen));
      assert(seen.latency < (parts ? 3.5 : 6), `${seen.latency} s behind`);
      if (video) {
        const offsets = seen.offsetsMs.toSorted((a, b) => a - b);
        const median = offsets[Math.floor(offsets.length / 2)] ?? Number.NaN;
        assert(
          offsets.length >= 5 && Math.abs(median) < MAX_OFFSET_MS,
          `sound ${median} ms after the picture`,
        );
      }
      await page.close();
      encoder.kill('SIGKILL');
      await once(encoder, 'close');
    });
  }
});

/** A few seconds in: whoever joins with the very first segment starts at its beginning, not at the live edge. */
const JOINABLE = /part-1[2-9]\./;

async function newestPlaylist(multivariant: string): Promise<string> {
  const answer = await fetch(multivariant);
  const uri = /^[^#\n].*$/m.exec(await answer.text())?.[0];
  return answer.ok && uri !== undefined ? (await fetch(new URL(uri, multivariant))).text() : '';
}

function report(page: Page): Promise<HlsReport> {
  return page.evaluate('report()');
}
