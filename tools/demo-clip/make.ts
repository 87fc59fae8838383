/**
 * Makes packages/server/assets/demo.flv, the clip that `--demo` pushes: a drawn scene with a clock whose dot
 * beats with the sound. Needs Chromium and ffmpeg; run it only when the scene changes (`node tools/demo-clip/make.ts`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const FRAMES_PER_SECOND = 30;
/** 480 pictures and exactly 750 packets of AAC at 48 kHz: both tracks begin their next round together. */
const LOOP_SECONDS = 16;
const scene = new URL('./scene.html', import.meta.url).href;
const output = fileURLToPath(new URL('../../packages/server/assets/demo.flv', import.meta.url));

// A low drone with slow chords, and a soft tick on each second that fades in 80 ms. Every frequency is a whole
// number of periods in the loop, so that the end meets the beginning.
const sound = [
  '0.10*sin(2*PI*110*t)',
  '0.06*sin(2*PI*165*t)*(0.6+0.4*sin(2*PI*t/8))',
  '0.05*sin(2*PI*220*t)*(0.6+0.4*cos(2*PI*t/4))',
  '0.35*sin(2*PI*880*t)*exp(-30*mod(t,1))',
].join('+');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 960, height: 540 } });
await page.goto(scene);
const ffmpeg = spawn(
  'ffmpeg',
  [
    '-v',
    'warning',
    '-y',
    '-f',
    'image2pipe',
    '-c:v',
    'mjpeg',
    '-framerate',
    String(FRAMES_PER_SECOND),
    '-i',
    '-',
    '-f',
    'lavfi',
    '-t',
    String(LOOP_SECONDS),
    '-i',
    `aevalsrc='${sound}':s=48000:c=mono`,
    ...'-vf format=yuv420p -c:v libx264 -profile:v high -preset veryslow -crf 27'.split(' '),
    ...'-maxrate 900k -bufsize 1800k -g 60 -keyint_min 60 -sc_threshold 0 -bf 2'.split(' '),
    '-c:a',
    'aac',
    '-b:a',
    '64k',
    '-ac',
    '1',
    '-map_metadata',
    '-1',
    '-fflags',
    '+bitexact',
    '-f',
    'flv',
    output,
  ],
  { stdio: ['pipe', 'inherit', 'inherit'] },
);
const finished = once(ffmpeg, 'close');
for (let frame = 0; frame < FRAMES_PER_SECOND * LOOP_SECONDS; frame++) {
  const dataUrl = await page.evaluate((seconds) => {
    (globalThis as unknown as { draw(seconds: number): void }).draw(seconds);
    return document.querySelector('canvas')?.toDataURL('image/jpeg', 0.95) ?? '';
  }, frame / FRAMES_PER_SECOND);
  const jpeg = Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64');
  if (!ffmpeg.stdin.write(jpeg)) await Promise.race([once(ffmpeg.stdin, 'drain'), finished]);
  if (ffmpeg.exitCode !== null) throw new Error('ffmpeg stopped early; its message is above');
  if (frame % 60 === 0) console.log(`frame ${frame} of ${FRAMES_PER_SECOND * LOOP_SECONDS}`);
}
ffmpeg.stdin.end();
await finished;
await browser.close();
