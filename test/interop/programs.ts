/**
 * The programs of other people that these tests need, found or named.
 *
 * In: the names of programs or GStreamer elements. Out: the reason to skip, or `false` when everything is here; and a
 * child process with what it said.
 */
import { spawn, spawnSync, type SpawnOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Encoder } from '../harness/encoder.ts';

/** What to install on Debian and Ubuntu; a program that is missing is named together with its package. */
const PACKAGES: Readonly<Record<string, string>> = {
  ffmpeg: 'ffmpeg',
  ffplay: 'ffmpeg',
  obs: 'obs-studio',
  Xvfb: 'xvfb',
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
  WebKitWebDriver: 'webkit2gtk-driver',
  'gst-launch-1.0': 'gstreamer1.0-tools',
  rtmp2sink: 'gstreamer1.0-plugins-bad',
  hlsdemux: 'gstreamer1.0-plugins-bad',
  hlsdemux2: 'gstreamer1.0-plugins-good',
  x264enc: 'gstreamer1.0-plugins-ugly',
  avenc_aac: 'gstreamer1.0-libav',
  voaacenc: 'gstreamer1.0-plugins-bad',
  lamemp3enc: 'gstreamer1.0-plugins-good',
};

function isProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A GStreamer element is no program: `gst-inspect-1.0` knows it. */
function isElement(name: string): boolean {
  return spawnSync('gst-inspect-1.0', ['--exists', name]).status === 0;
}

const found = new Map<string, boolean>();

/** What `test(name, { skip })` takes: `false`, or `obs is missing (apt install obs-studio)`. */
export function missing(...names: readonly string[]): string | false {
  for (const name of names) {
    const isHere = found.get(name) ?? (isProgram(name) || isElement(name));
    found.set(name, isHere);
    if (!isHere) return `${name} is missing (apt install ${PACKAGES[name] ?? name})`;
  }
  return false;
}

/** Starts a program as an encoder: its output is kept, and it can be ended without a goodbye. */
export function startProgram(command: string, args: readonly string[], options: SpawnOptions = {}): Encoder {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
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
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
