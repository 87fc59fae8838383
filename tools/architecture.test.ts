/**
 * The layers of ARCHITECTURE.md as a test that names the offending import. In: every source file of the packages.
 * What a layer may import is a row in a table below; what is not in its row is refused.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

/** Every `import … from 'x'`, `export … from 'x'` and `import('x')`; relative ones resolved to a path from the root. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  for (const match of text.matchAll(pattern)) {
    const name = match[1] ?? match[2] ?? '';
    const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
    const line = text.slice(0, match.index).split('\n').length;
    found.push({ file, line, target });
  }
  return found;
}

const files = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') && !file.includes('/testing/'))
  .sort();
const imports = files.flatMap(importsOf);

/** Fails with one row for each import that `allowed` refuses. */
function refuse(rule: string, offenders: readonly Import[]): void {
  assert.deepEqual(
    offenders.map(({ file, line, target }) => `${file}:${line} imports ${target}`),
    [],
    rule,
  );
}

const inFolder = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

test('there are files to judge', () => {
  assert.ok(files.length > 50, `found only ${files.length} source files`);
});

/** Package → what else it may import: workspace packages by name, and packages of the registry. */
const PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  media: [],
  contract: [/^typebox(\/|$)/],
  player: [/^@millrace\/(contract|media)(\/|$)/, /^hls\.js(\/|$)/],
  web: [/^@millrace\/(contract|player)(\/|$)/, /^(preact|@preact\/signals|preact-iso)(\/|$)/],
  server: [/^@millrace\/(contract|media)(\/|$)/, /^node:/, /^(?!@millrace\/|preact|hls\.js|\.)[@a-z]/],
};

for (const [name, allowed] of Object.entries(PACKAGES)) {
  test(`packages/${name} imports only what its row allows`, () => {
    const home = `packages/${name}`;
    refuse(
      `${home} may import its own files and ${allowed.map(String).join(', ') || 'nothing else'}`,
      imports.filter(
        ({ file, target }) =>
          inFolder(file, home) && !inFolder(target, home) && !allowed.some((pattern) => pattern.test(target)),
      ),
    );
  });
}

/** Inside media, lowest first: a folder may import those of earlier rows and of its own. */
const MEDIA_LAYERS: readonly (readonly string[])[] = [
  ['bytes', 'time/units.ts'],
  ['frame.ts'],
  ['time', 'codec', 'amf'],
  ['rtmp', 'flv', 'fmp4'],
  ['segment'],
  ['hls', 'dash'],
  ['index.ts'],
];

function mediaLayer(path: string): number {
  const inside = path.slice('packages/media/src/'.length);
  const exact = MEDIA_LAYERS.findIndex((row) => row.includes(inside));
  if (exact >= 0) return exact;
  return MEDIA_LAYERS.findIndex((row) => row.includes(inside.split('/')[0] ?? ''));
}

test('media layers import downwards', () => {
  const home = 'packages/media/src';
  const inside = imports.filter(({ file, target }) => inFolder(file, home) && inFolder(target, home));
  for (const { file } of inside)
    assert.ok(mediaLayer(file) >= 0, `${file} is in no layer: add it to the table`);
  refuse(
    `lowest first: ${MEDIA_LAYERS.map((row) => row.join(', ')).join(' ← ')}`,
    inside.filter(({ file, target }) => mediaLayer(target) > mediaLayer(file)),
  );
});

/** What `live` needs from others; `platform` implements it and sees nothing else of `live`. */
const LIVE_PORTS = 'packages/server/src/live/ports.ts';

/** Inside server: folder → folders of the server that it may import beside itself. */
const SERVER_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  live: [],
  ingest: ['live'],
  delivery: ['live', 'http'],
  http: [],
  db: [],
  platform: ['db', 'http', 'config', 'version'],
  cli: ['platform', 'db', 'config', 'version'],
  demo: ['config'],
  config: [],
};

test('server folders import only those that their row allows', () => {
  const home = 'packages/server/src';
  const folderOf = (path: string): string =>
    (path.slice(home.length + 1).split('/')[0] ?? '').replace(/\.ts$/, '');
  refuse(
    JSON.stringify(SERVER_FOLDERS),
    imports.filter(({ file, target }) => {
      if (!inFolder(file, home) || !inFolder(target, home)) return false;
      const [from, to] = [folderOf(file), folderOf(target)];
      if (from === 'platform' && target === LIVE_PORTS) return false;
      const allowed = SERVER_FOLDERS[from];
      // files beside the folders (main.ts, server.ts) wire everything
      return from !== to && allowed !== undefined && !allowed.includes(to);
    }),
  );
});

test('relative imports name their file with its ending, as type stripping needs', () => {
  const ends = /\.(ts|tsx|css|svg|json)(\?\w+)?$/;
  refuse(
    'write ./name.ts',
    imports.filter(({ target }) => target.startsWith('packages/') && !ends.test(target)),
  );
});
