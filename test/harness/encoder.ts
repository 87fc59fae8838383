/**
 * Real ffmpeg as an encoder. In: what to encode and where to push; out: the running process, with its end and what
 * it said. The picture is ffmpeg's test card, the sound a beep each second.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Encoder {
  readonly child: ChildProcess;
  /** Resolves with the exit code when it ends. */
  readonly ended: Promise<number | null>;
  output(): string;
  /** Ends it without a goodbye, as a lost connection would. */
  kill(): Promise<void>;
}

/** Named encodings; each is the output half of an ffmpeg command. */
export const ENCODINGS = {
  /** What most encoders send: H.264 with B-frames, AAC, a key frame every second. */
  avcAac: [
    ...'-c:v libx264 -preset ultrafast -bf 2 -g 30 -pix_fmt yuv420p'.split(' '),
    ...'-c:a aac -b:a 96k -ar 44100'.split(' '),
  ],
  avcAacNoBFrames: [
    ...'-c:v libx264 -preset ultrafast -tune zerolatency -g 30 -pix_fmt yuv420p'.split(' '),
    ...'-c:a aac -b:a 96k -ar 48000'.split(' '),
  ],
  /** `-vcodec libx264 -vprofile baseline -acodec libmp3lame -ar 44100 -ac 1` */
  avcMp3: [
    ...'-vcodec libx264 -vprofile baseline -preset ultrafast -g 30 -pix_fmt yuv420p'.split(' '),
    ...'-acodec libmp3lame -ar 44100 -ac 1'.split(' '),
  ],
  audioOnly: ['-vn', '-c:a', 'aac', '-b:a', '96k', '-ar', '44100'],
  videoOnly: [
    '-an',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-bf',
    '0',
    '-g',
    '30',
    '-pix_fmt',
    'yuv420p',
  ],
} as const;
export type Encoding = keyof typeof ENCODINGS;

export interface PushOptions {
  readonly encoding?: Encoding;
  /** `WIDTHxHEIGHT`; small by default, because the encoder shares the machine with the browser. */
  readonly size?: string;
  /** Bits a second of the picture, as ffmpeg writes it: `4M`. The encoder's choice when left out. */
  readonly videoBitrate?: string;
  /** Stops by itself after so much; endless when left out. */
  readonly seconds?: number;
}

export function pushWithFfmpeg(url: string, options: PushOptions = {}): Encoder {
  const { encoding = 'avcAac', size = '320x180', seconds, videoBitrate } = options;
  const length = seconds === undefined ? [] : ['-t', String(seconds)];
  const child = spawn(
    'ffmpeg',
    [
      ...'-hide_banner -loglevel warning -nostdin'.split(' '),
      '-re',
      ...length,
      '-f',
      'lavfi',
      '-i',
      `testsrc2=size=${size}:rate=30`,
      '-re',
      ...length,
      '-f',
      'lavfi',
      '-i',
      'sine=frequency=440:beep_factor=4',
      ...ENCODINGS[encoding],
      ...(videoBitrate === undefined
        ? []
        : [
            '-b:v',
            videoBitrate,
            '-minrate',
            videoBitrate,
            '-maxrate',
            videoBitrate,
            '-bufsize',
            videoBitrate,
          ]),
      '-f',
      'flv',
      url,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  return {
    child,
    ended,
    output: () => output,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** Runs a program to its end. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  return { code, stdout, stderr };
}
