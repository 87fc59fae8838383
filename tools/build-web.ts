/**
 * Builds the pages: packages/web → packages/web/dist, and the standalone player beside them.
 *
 * `node tools/build-web.ts [--force]`, or `buildWeb()` from another tool. When no source has changed since the last
 * build it only compares hashes and returns. What comes out:
 *
 *   index.html   the pages          watch.html   the same, with the watch page and the player asked for at once
 *   embed.html   the framed player
 *   player.js    <millrace-player> for other people's pages, and player-….js, which it loads when needed
 *   assets/…     everything they load; the content's hash is in each name
 *   *.br *.gz    each text file compressed once, here, so that the server never does it
 */
import { createHash } from 'node:crypto';
import { glob, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type InlineConfig, type Manifest } from 'vite';
import { buildPlayer } from '../packages/player/build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WEB = join(ROOT, 'packages/web');
export const WEB_DIST = join(WEB, 'dist');

/** Whatever the result depends on; the lock file stands for the versions of the tools and libraries. */
const SOURCES = [
  'package-lock.json',
  'tools/build-web.ts',
  'packages/web/{*.html,package.json}',
  'packages/web/{src,public}/**',
  'packages/player/{*.ts,package.json}',
  'packages/player/src/**',
  'packages/contract/src/**',
  'packages/media/src/**',
];
/** What several pages share. */
const FRAME_MODULES =
  /packages\/(?:contract|web)\/src\/(?:api|i18n|limits|shell|state|ui)|node_modules\/@?preact/;
const HASH_FILE = '.sources';
/** Smaller files gain nothing that a packet would notice. */
const MIN_COMPRESSED_BYTES = 512;

export interface BuildWebResult {
  readonly outDir: string;
  /** False when the output was up to date. */
  readonly built: boolean;
}

export async function buildWeb(options: { readonly force?: boolean } = {}): Promise<BuildWebResult> {
  const hash = await hashOfSources();
  if (options.force !== true && (await readText(join(WEB_DIST, HASH_FILE))) === hash) {
    return { outDir: WEB_DIST, built: false };
  }
  // Built aside and moved into place whole: a server that starts meanwhile never sees half a build.
  const aside = `${WEB_DIST}.${process.pid}`;
  try {
    await build(webConfig(aside));
    await writeWatchPage(aside);
    await buildStandalonePlayer(aside);
    await compressAll(aside);
    await writeFile(join(aside, HASH_FILE), hash);
    await rm(WEB_DIST, { recursive: true, force: true });
    await rename(aside, WEB_DIST);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return { outDir: WEB_DIST, built: true };
}

export function webConfig(outDir: string): InlineConfig {
  return {
    root: WEB,
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: true,
      manifest: 'manifest.json',
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      // hls.js is one file of its own that only the fallback loads.
      chunkSizeWarningLimit: 700,
      rolldownOptions: {
        input: [join(WEB, 'index.html'), join(WEB, 'embed.html')],
        output: {
          // What several pages share travels as one file with the frame, in the place of a dozen of a few hundred bytes.
          codeSplitting: {
            groups: [
              // Vite's own few lines around import(): apart, so that the framed player takes them and not the frame.
              { name: 'preload', test: /vite\/preload-helper/, priority: 2 },
              { name: 'frame', test: FRAME_MODULES, priority: 1 },
            ],
          },
        },
      },
    },
  };
}

/**
 * The watch page's own copy of index.html. Its head names the scripts that a picture needs, which otherwise would be
 * found only after the first script has run: one round trip less before the picture.
 */
async function writeWatchPage(outDir: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(outDir, 'manifest.json'), 'utf8')) as Manifest;
  const already = filesOf(manifest, ['index.html']);
  // The framed page is the player and nothing else: what it imports is the player.
  const wanted = filesOf(manifest, ['src/pages/watch.tsx', ...(manifest['embed.html']?.imports ?? [])]);
  const missing = (kind: 'scripts' | 'styles') =>
    [...wanted[kind]].filter((file) => !already[kind].has(file));
  const links = [
    ...missing('scripts').map((file) => `    <link rel="modulepreload" crossorigin href="/${file}">\n`),
    ...missing('styles').map((file) => `    <link rel="stylesheet" crossorigin href="/${file}">\n`),
  ];
  const index = await readFile(join(outDir, 'index.html'), 'utf8');
  await writeFile(join(outDir, 'watch.html'), index.replace('  </head>', `${links.join('')}  </head>`));
}

/** All files of some sources and of what they import. */
function filesOf(manifest: Manifest, sources: readonly string[]) {
  const scripts = new Set<string>();
  const styles = new Set<string>();
  const queue = sources.map((source) => {
    const chunk = manifest[source];
    if (chunk === undefined) throw new Error(`The build has no ${source}`);
    return chunk;
  });
  for (let chunk = queue.pop(); chunk !== undefined; chunk = queue.pop()) {
    if (scripts.has(chunk.file)) continue;
    scripts.add(chunk.file);
    for (const style of chunk.css ?? []) styles.add(style);
    for (const key of chunk.imports ?? []) {
      const imported = manifest[key];
      if (imported !== undefined) queue.push(imported);
    }
  }
  return { scripts, styles };
}

/** Into a folder of its own, since the player's build empties the folder it is given, and then beside the pages. */
async function buildStandalonePlayer(outDir: string): Promise<void> {
  const own = join(outDir, 'player-build');
  await buildPlayer({ outDir: own });
  for (const name of await readdir(own)) await rename(join(own, name), join(outDir, name));
  await rm(own, { recursive: true });
}

async function compressAll(outDir: string): Promise<void> {
  const names = await readdir(outDir, { recursive: true });
  await Promise.all(
    names
      .filter((name) => /\.(?:html|js|css|svg|json)$/.test(name))
      .map(async (name) => {
        const path = join(outDir, name);
        const bytes = await readFile(path);
        if (bytes.length < MIN_COMPRESSED_BYTES) return;
        const brotli = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
        await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, brotli));
        await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
      }),
  );
}

async function hashOfSources(): Promise<string> {
  const paths: string[] = [];
  for await (const path of glob(SOURCES, { cwd: ROOT })) {
    if (!path.endsWith('.test.ts')) paths.push(path);
  }
  const hash = createHash('sha256');
  for (const path of paths.toSorted()) {
    const bytes = await readBytes(join(ROOT, path));
    if (bytes !== undefined) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/** `undefined` for a folder or for what is gone. */
async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return (await readBytes(path))?.toString('utf8');
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  const startedMs = performance.now();
  const { outDir, built } = await buildWeb({ force: process.argv.includes('--force') });
  const tookMs = Math.round(performance.now() - startedMs);
  console.log(`${relative(process.cwd(), outDir)}: ${built ? 'built' : 'up to date'} (${tookMs} ms)`);
}
