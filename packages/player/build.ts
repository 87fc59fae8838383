/**
 * Builds the player: `player.js` (the element) and the parts it loads when needed, into one folder.
 *
 * By hand: `node packages/player/build.ts [folder]`; the pages' build calls `buildPlayer`.
 */
import { fileURLToPath } from 'node:url';
import { build, mergeConfig, type InlineConfig } from 'vite';
import config from './vite.config.ts';

export interface BuildOptions {
  /** Absolute; emptied first. Default: `dist` beside this file. */
  readonly outDir?: string;
}

/** Returns the folder it built into; the entry is `player.js` in it. */
export async function buildPlayer(options: BuildOptions = {}): Promise<string> {
  const outDir = options.outDir ?? fileURLToPath(new URL('./dist', import.meta.url));
  const overrides: InlineConfig = { configFile: false, logLevel: 'warn', build: { outDir } };
  await build(mergeConfig(config, overrides));
  return outDir;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await buildPlayer(process.argv[2] === undefined ? {} : { outDir: process.argv[2] }));
}
