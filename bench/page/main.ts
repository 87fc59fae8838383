/**
 * What a viewer gets, measured in a real page: how old the shown picture is, how long joining takes, how far sound and
 * picture are apart, how long the page takes to go on after the encoder came back.
 *
 * The source writes the time of each frame into the picture (test/harness/clock-source.ts); the page reads it back
 * as the frame is shown. Latency therefore includes the encoder, the server, the player and the browser.
 * `npm run bench:page` prints a table; `--seconds N` sets how long each row is watched, `--av-minutes N` adds the
 * A/V row.
 */
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, until } from '../../test/harness/browser.ts';
import { pushClock, READ_CLOCK } from '../../test/harness/clock-source.ts';
import { startServer, type TestServer } from '../../test/harness/server.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    'av-minutes': { type: 'string', default: '0' },
    /** Which measurements: any of latency, return, av. */
    only: { type: 'string', default: 'latency,return,av' },
  },
});
const WATCH_MS = Number(values.seconds) * 1000;
const only = values.only.split(',');
const AV_MINUTES = Number(values['av-minutes']);
const SLOW_MS = 60_000;
/** Long enough for the player to settle at its target. */
const SETTLE_MS = 6000;

interface Row {
  readonly name: string;
  readonly query: string;
  readonly serverFlags: readonly string[];
}
const ROWS: readonly Row[] = [
  { name: 'WebSocket, default', query: '', serverFlags: [] },
  { name: 'WebSocket, low latency', query: '?latency=low', serverFlags: ['--chunk-ms', '0'] },
  { name: 'LL-HLS', query: '?protocol=hls', serverFlags: [] },
];

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Starts to collect the age of every frame as it is shown. */
const COLLECT = `(() => {
  const video = document.querySelector('millrace-player').shadowRoot.querySelector('video');
  const read = ${READ_CLOCK};
  globalThis.ages = [];
  const onFrame = () => {
    const age = read(video);
    if (age !== undefined && age > 0 && age < 60000) globalThis.ages.push(age);
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
})()`;

async function open(
  browser: Browser,
  url: string,
): Promise<{ page: Page; joinMs: number; playerJoinMs: number }> {
  // the measuring code itself is no part of the page's policy
  const page = await browser.newPage({ viewport: { width: 960, height: 700 }, bypassCSP: true });
  // the page and its code once, so that joining is measured and not the first download
  await page.goto(url);
  await until('a picture', () => isShowing(page), Boolean, SLOW_MS);
  await page.reload({ waitUntil: 'commit' });
  const joinMs = await page.evaluate(`new Promise((resolve) => {
    const look = () => {
      const video = document.querySelector('millrace-player')?.shadowRoot?.querySelector('video');
      if (!video) return setTimeout(look, 1);
      video.requestVideoFrameCallback(() => resolve(performance.now()));
    };
    look();
  })`);
  const playerJoinMs = await page.evaluate(`document.querySelector('millrace-player').stats?.joinMs ?? NaN`);
  return { page, joinMs: joinMs as number, playerJoinMs: playerJoinMs as number };
}

function isShowing(page: Page): Promise<boolean> {
  return page.evaluate(
    `(document.querySelector('millrace-player')?.shadowRoot?.querySelector('video')?.videoWidth ?? 0) > 0`,
  );
}

async function measureRow(browser: Browser, row: Row): Promise<void> {
  const server = await startServer(row.serverFlags);
  const { pushUrl } = await server.addChannel('clock');
  const encoder = pushClock({ url: pushUrl });
  try {
    await until('live', () => isLive(server), Boolean, SLOW_MS);
    await sleep(3000);
    const { page, joinMs, playerJoinMs } = await open(browser, `${server.origin}/clock${row.query}`);
    await sleep(SETTLE_MS);
    await page.evaluate(COLLECT);
    await sleep(WATCH_MS);
    const ages = (await page.evaluate<number[]>('globalThis.ages')).sort((a, b) => a - b);
    const stats = await page.evaluate(
      `JSON.stringify(document.querySelector('millrace-player').stats ?? null)`,
    );
    console.log(
      `${row.name}: capture to shown p50 ${percentile(ages, 0.5)} ms, p95 ${percentile(ages, 0.95)} ms ` +
        `(${ages.length} frames); first frame after navigation ${Math.round(joinMs)} ms, ` +
        `after the player started ${Math.round(playerJoinMs)} ms`,
    );
    console.log(`  the player says ${stats}`);
    await page.close();
  } finally {
    await encoder.kill();
    await server.stop();
  }
}

async function isLive(server: TestServer): Promise<boolean> {
  return (await fetch(`${server.origin}/live/clock/index.m3u8`)).status === 200;
}

/**
 * Sound against picture, as the page puts them out: the flash of the first frame of each second, by the time the
 * compositor expects to show it, against the onset of the beep, by the time the audio device plays it.
 */
const LISTEN = `(async () => {
  const video = document.querySelector('millrace-player').shadowRoot.querySelector('video');
  video.muted = false;
  const context = new AudioContext();
  await context.resume();
  const code = 'registerProcessor("onset", class extends AudioWorkletProcessor { constructor() { super(); this.quiet = 0; } process([input]) { const channel = input[0]; if (channel) for (let i = 0; i < channel.length; i++) { if (Math.abs(channel[i]) > 0.2) { if (this.quiet > 24000) this.port.postMessage(currentTime + i / sampleRate); this.quiet = 0; } else this.quiet++; } return true; } })';
  await context.audioWorklet.addModule('data:text/javascript,' + encodeURIComponent(code));
  const node = new AudioWorkletNode(context, 'onset');
  context.createMediaElementSource(video).connect(node).connect(context.destination);
  const canvas = new OffscreenCanvas(1, 1);
  const paint = canvas.getContext('2d', { willReadFrequently: true });
  globalThis.beeps = [];
  globalThis.flashes = [];
  node.port.onmessage = ({ data }) => globalThis.beeps.push(performance.now() - (context.currentTime - data) * 1000);
  let wasLit = false;
  const onFrame = (now, { expectedDisplayTime }) => {
    paint.drawImage(video, 0, 90, 640, 20, 0, 0, 1, 1);
    const lit = paint.getImageData(0, 0, 1, 1).data[0] > 128;
    if (lit && !wasLit) globalThis.flashes.push(expectedDisplayTime);
    wasLit = lit;
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
})()`;

async function measureSync(browser: Browser): Promise<void> {
  const server = await startServer();
  const { pushUrl } = await server.addChannel('clock');
  const encoder = pushClock({ url: pushUrl });
  try {
    await until('live', () => isLive(server), Boolean, SLOW_MS);
    const { page } = await open(browser, `${server.origin}/clock`);
    await sleep(SETTLE_MS);
    await page.evaluate(LISTEN);
    for (let minute = 1; minute <= AV_MINUTES; minute++) {
      await sleep(60_000);
      const { beeps, flashes } = await page.evaluate<{ beeps: number[]; flashes: number[] }>(
        '({ beeps: globalThis.beeps.splice(0), flashes: globalThis.flashes.splice(0) })',
      );
      const offsets = flashes
        .map((flash) => beeps.map((beep) => beep - flash).sort((a, b) => Math.abs(a) - Math.abs(b))[0])
        .filter((offset) => offset !== undefined)
        .sort((a, b) => a - b);
      console.log(
        `A/V minute ${minute}: sound minus picture p50 ${percentile(offsets, 0.5).toFixed(1)} ms, ` +
          `p5 ${percentile(offsets, 0.05).toFixed(1)}, p95 ${percentile(offsets, 0.95).toFixed(1)} ` +
          `(${flashes.length} flashes, ${beeps.length} beeps)`,
      );
    }
    await page.close();
  } finally {
    await encoder.kill();
    await server.stop();
  }
}

async function measureReturn(browser: Browser, query: string): Promise<void> {
  const server = await startServer();
  const { pushUrl } = await server.addChannel('clock');
  let encoder = pushClock({ url: pushUrl });
  try {
    await until('live', () => isLive(server), Boolean, SLOW_MS);
    const { page } = await open(browser, `${server.origin}/clock${query}`);
    await sleep(SETTLE_MS);
    await encoder.kill();
    await sleep(5000);
    await page.evaluate(COLLECT);
    const startedAt = Date.now();
    encoder = pushClock({ url: pushUrl });
    // its return is its first frame at the server; ffmpeg itself needs a while to get there
    const returned = until(
      'the broadcast goes on',
      async () => (await fetch(`${server.origin}/api/v1/channels/clock`)).json(),
      (channel) => (channel as { live: { state: string } | null }).live?.state === 'live',
      SLOW_MS,
    ).then(() => Date.now());
    await until(
      'fresh pictures',
      () => page.evaluate<number>('globalThis.ages.filter((age) => age < 4000).length'),
      (count) => count > 1,
      SLOW_MS,
    );
    const shownAt = Date.now();
    console.log(
      `encoder gone 5 s (${query || 'WebSocket'}): fresh pictures ${shownAt - (await returned)} ms after its first frame ` +
        `arrived, ${shownAt - startedAt} ms after its process started`,
    );
    await page.close();
  } finally {
    await encoder.kill();
    await server.stop();
  }
}

const browser = await launchChromium();
try {
  if (only.includes('latency')) for (const row of ROWS) await measureRow(browser, row);
  if (only.includes('return')) for (const query of ['', '?protocol=hls']) await measureReturn(browser, query);
  if (only.includes('av') && AV_MINUTES > 0) await measureSync(browser);
} finally {
  await browser.close();
}
