/**
 * The outside programs that the tests use, found or installed.
 *
 * In: names from `PARTS`. Out: nothing, or an error that names every missing program, the Debian package that brings
 * it and the command to type. Installing needs root and apt-get; elsewhere the person is told.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Program → the Debian package that brings it. */
const PARTS = {
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffmpeg',
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
} as const;
export type Part = keyof typeof PARTS;

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command: string, args: readonly string[]): boolean {
  const result = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return result.status === 0;
}

/** @throws {Error} naming what is missing and how to get it. */
export function ensureParts(parts: readonly Part[] = Object.keys(PARTS) as Part[]): void {
  const missing = parts.filter((part) => !isOnPath(part));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((part) => PARTS[part]))];
  const mayInstall = process.getuid?.() === 0 && isOnPath('apt-get');
  if (mayInstall) {
    console.log(`Installing what the tests need: ${packages.join(', ')}`);
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    if ((run('apt-get', ['update']) && run('apt-get', install)) || run('apt-get', install)) {
      const still = missing.filter((part) => !isOnPath(part));
      if (still.length === 0) return;
    }
  }
  throw new Error(
    `The tests need ${missing.join(', ')}. On Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}`,
  );
}
