import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { registerPages } from './pages.ts';

const distDir = mkdtempSync(join(tmpdir(), 'millrace-pages-'));
after(() => rmSync(distDir, { recursive: true }));

const INLINE = 'document.documentElement.lang = "zh-CN"';
const SCRIPT = `export const words = ${JSON.stringify('x'.repeat(600))};`;
mkdirSync(join(distDir, 'assets'));
for (const [name, text] of Object.entries({
  'index.html': `<!doctype html><script>${INLINE}</script><title>index</title>`,
  'watch.html': `<!doctype html><script>${INLINE}</script><title>watch</title>`,
  'embed.html': '<!doctype html><title>embed</title>',
  'player.js': SCRIPT,
  'player-hls-Ab12.js': SCRIPT,
  'manifest.json': '{"secret":"of the build"}',
  '.sources': 'a hash',
  'assets/index-Ab12.js': SCRIPT,
})) {
  writeFileSync(join(distDir, name), text);
  if (!name.endsWith('.js')) continue;
  writeFileSync(join(distDir, `${name}.br`), brotliCompressSync(text));
  writeFileSync(join(distDir, `${name}.gz`), gzipSync(text));
}

function server(dir = distDir) {
  const app = Fastify();
  registerPages(app, { distDir: dir });
  return app;
}
const app = server();
const titleOf = (body: string): string | undefined => /<title>(.*?)<\/title>/.exec(body)?.[1];

test('each page address gets its document, and asks again each time', async () => {
  const pages = {
    '/': 'index',
    '/dashboard': 'index',
    '/settings': 'index',
    '/signup': 'index',
    '/signin': 'index',
    '/setup?token=abc': 'index',
    '/admin': 'index',
    '/mara': 'watch',
    '/embed/mara': 'embed',
  };
  for (const [url, title] of Object.entries(pages)) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 200, url);
    assert.equal(titleOf(answer.body), title, url);
    assert.equal(answer.headers['cache-control'], 'no-cache', url);
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8', url);
  }
});

test('what can be no channel is a page that says so, with status 404', async () => {
  for (const url of ['/Favicon.ico', '/a', '/..', '/-x-']) {
    const answer = await app.inject(url);
    assert(answer.statusCode === 404 || titleOf(answer.body) === 'index', url);
    assert.doesNotMatch(answer.body, /secret/);
  }
});

test('a broken link leads a reader to a page, and a program to an error', async () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const page = await app.inject({ url: '/mara/old/link', headers: { accept } });
  assert.equal(page.statusCode, 404);
  assert.equal(titleOf(page.body), 'index');
  for (const request of [
    { url: '/mara/old/link', headers: { accept: '*/*' } },
    { url: '/api/v1/nothing', headers: { accept } },
    { url: '/assets/index-gone.js', headers: { accept } },
  ]) {
    const answer = await app.inject(request);
    assert.equal(answer.statusCode, 404, request.url);
    assert.doesNotMatch(answer.body, /<!doctype/, request.url);
  }
});

test('nothing under the addresses of the API or of playback is a page', async () => {
  for (const url of ['/api/v1/nothing', '/live/mara', '/live/mara/index.m3u8', '/vod/x/index.m3u8']) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 404, url);
    assert.doesNotMatch(answer.body, /<!doctype/, url);
  }
});

test('only what pages load is served: no path leads anywhere else', async () => {
  const tries = [
    '/manifest.json',
    '/.sources',
    '/index.html',
    '/assets/../manifest.json',
    '/assets/%2e%2e/manifest.json',
    '/assets/..%2fmanifest.json',
    '/assets/index-Ab12.js.br',
    '/assets//etc/passwd',
    '/player.js.gz',
  ];
  for (const url of tries) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 404, url);
    assert.doesNotMatch(answer.body, /of the build|a hash|root:/, url);
  }
});

test('the policy allows nothing but what the pages do, their inline script by its hash', async () => {
  const { headers } = await app.inject('/');
  const hash = createHash('sha256').update(INLINE).digest('base64');
  const policy = String(headers['content-security-policy']).split('; ');
  assert.equal(policy[0], "default-src 'none'");
  assert(policy.includes(`script-src 'self' 'sha256-${hash}'`));
  assert(policy.includes("connect-src 'self' ws: wss:"));
  assert(policy.includes("media-src 'self' blob:"));
  assert(policy.includes("frame-ancestors 'none'"));
  assert(policy.includes("base-uri 'none'"));
  assert(!policy.some((rule) => rule.includes('unsafe')));
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['referrer-policy'], 'strict-origin-when-cross-origin');
});

test('the embedded player may be framed anywhere, and it alone', async () => {
  const { headers } = await app.inject('/embed/mara');
  assert.match(String(headers['content-security-policy']), /frame-ancestors \*$/);
  assert.equal(headers['x-frame-options'], undefined);
  for (const url of ['/mara', '/signin', '/dashboard']) {
    const page = await app.inject(url);
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'$/, url);
  }
});

test('assets never change, and come in the best coding that the browser takes', async () => {
  const cases = {
    'gzip, deflate, br': 'br',
    'gzip;q=0.9, br;q=0': 'gzip',
    'br;q=0.000, gzip;q=0.0': undefined,
    identity: undefined,
  };
  for (const [accept, coding] of Object.entries(cases)) {
    const answer = await app.inject({ url: '/assets/index-Ab12.js', headers: { 'accept-encoding': accept } });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['content-encoding'], coding, accept);
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(answer.headers['vary'], 'accept-encoding');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    if (coding === 'br') assert.equal(brotliDecompressSync(answer.rawPayload).toString(), SCRIPT);
  }
});

test('what the browser has already is answered by 304, each coding by its own tag', async () => {
  const headers = { 'accept-encoding': 'br' };
  const first = await app.inject({ url: '/assets/index-Ab12.js', headers });
  const etag = String(first.headers.etag);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await app.inject({
      url: '/assets/index-Ab12.js',
      headers: { ...headers, 'if-none-match': known },
    });
    assert.equal(again.statusCode, 304, known);
    assert.equal(again.body, '');
  }
  const plain = await app.inject({ url: '/assets/index-Ab12.js', headers: { 'if-none-match': etag } });
  assert.equal(plain.statusCode, 200);
});

test('the player is for everybody: CORS, and minutes of cache where the name has no hash', async () => {
  const player = await app.inject('/player.js');
  assert.equal(player.headers['access-control-allow-origin'], '*');
  assert.equal(player.headers['cross-origin-resource-policy'], 'cross-origin');
  assert.match(String(player.headers['cache-control']), /max-age=300/);
  const part = await app.inject('/player-hls-Ab12.js');
  assert.equal(part.headers['access-control-allow-origin'], '*');
  assert.match(String(part.headers['cache-control']), /immutable/);
  assert.equal((await app.inject('/')).headers['access-control-allow-origin'], undefined);
});

test('HEAD answers as GET does, without the body', async () => {
  const answer = await app.inject({ method: 'HEAD', url: '/mara' });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.body, '');
});

test('without a build the pages say how to make one, and everything else goes on', async () => {
  const empty = server(join(distDir, 'nowhere'));
  const answer = await empty.inject('/');
  assert.equal(answer.statusCode, 503);
  assert.match(answer.body, /npm run build:web/);
});
