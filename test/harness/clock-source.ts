/**
 * A picture that carries the time of its own making, so that whoever sees it knows how old it is.
 *
 * Each frame is drawn here, at the moment it is due, with `Date.now()` written into it as a row of black and white
 * blocks, and handed to ffmpeg as raw video; a beep and a flash mark each second for judging sound against picture.
 * Out: the running encoder. `READ_CLOCK` is the other half: it runs in the page and reads the blocks back.
 */
import { spawn } from 'node:child_process';
import type { Encoder } from './encoder.ts';

const WIDTH = 640;
const HEIGHT = 360;
const BITS = 32;
const BLOCK = WIDTH / BITS;
/** The blocks' rows; the rest of the picture moves, so that the encoder has something to do. */
const CLOCK_ROWS = 80;
const FLASH_ROWS = 40;
const FRAMES_PER_SECOND = 30;
/** Times are written relative to this, so that they fit 32 bits for 49 days. */
const WRAP = 2 ** BITS;

export interface ClockSourceOptions {
  readonly url: string;
  /** ffmpeg's output options before `-f flv`; H.264 without B-frames or look-ahead by default. */
  readonly videoArgs?: readonly string[];
}

const LOW_DELAY = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-tune',
  'zerolatency',
  '-g',
  '60',
  '-b:v',
  '800k',
];

function drawFrame(frame: Buffer, nowMs: number, index: number): void {
  frame.fill(128);
  const stamp = nowMs % WRAP;
  for (let bit = 0; bit < BITS; bit++) {
    const value = Math.floor(stamp / 2 ** bit) % 2 === 1 ? 235 : 16;
    for (let row = 0; row < CLOCK_ROWS; row++)
      frame.fill(value, row * WIDTH + bit * BLOCK, row * WIDTH + (bit + 1) * BLOCK);
  }
  const flash = index % FRAMES_PER_SECOND === 0 ? 235 : 16;
  frame.fill(flash, CLOCK_ROWS * WIDTH, (CLOCK_ROWS + FLASH_ROWS) * WIDTH);
  const left = (index * 8) % (WIDTH - 60);
  for (let row = 200; row < 300; row++) frame.fill(200, row * WIDTH + left, row * WIDTH + left + 60);
  frame.fill(128, WIDTH * HEIGHT);
}

export function pushClock({ url, videoArgs = LOW_DELAY }: ClockSourceOptions): Encoder {
  const child = spawn(
    'ffmpeg',
    [
      ...'-hide_banner -loglevel warning -probesize 32 -analyzeduration 0'.split(' '),
      '-f',
      'rawvideo',
      '-pix_fmt',
      'yuv420p',
      '-s',
      `${WIDTH}x${HEIGHT}`,
      '-r',
      String(FRAMES_PER_SECOND),
      '-i',
      '-',
      '-f',
      'lavfi',
      '-i',
      "aevalsrc='0.8*sin(2*PI*1000*t)*lt(mod(t, 1), 0.04)':s=48000",
      '-shortest',
      ...videoArgs,
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      '-b:a',
      '96k',
      '-f',
      'flv',
      '-flush_packets',
      '1',
      url,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stdin.on('error', () => undefined);
  const startMs = performance.now();
  let index = 0;
  const timer = setInterval(() => {
    while (index * (1000 / FRAMES_PER_SECOND) <= performance.now() - startMs) {
      const frame = Buffer.alloc((WIDTH * HEIGHT * 3) / 2);
      drawFrame(frame, Date.now(), index);
      child.stdin.write(frame);
      index++;
    }
  }, 4);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve(code);
    });
  });
  return {
    child,
    ended,
    output: () => output,
    async kill() {
      clearInterval(timer);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * Source of a function for the page: `(video) => ageMs | undefined`, how old the shown picture is. The blocks are
 * sampled in their middle.
 */
export const READ_CLOCK = `(video) => {
  if (video.videoWidth === 0) return undefined;
  const canvas = (globalThis.clockCanvas ??= new OffscreenCanvas(${BITS}, 1));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  context.drawImage(video, 0, ${CLOCK_ROWS / 4}, ${WIDTH}, ${CLOCK_ROWS / 2}, 0, 0, ${BITS}, 1);
  const pixels = context.getImageData(0, 0, ${BITS}, 1).data;
  let stamp = 0;
  for (let bit = 0; bit < ${BITS}; bit++) if (pixels[bit * 4] > 128) stamp += 2 ** bit;
  return (Date.now() % ${WRAP}) - stamp;
}`;
