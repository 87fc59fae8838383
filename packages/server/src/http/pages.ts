/**
 * Serves the built pages: page addresses, hashed assets and the standalone player.
 *
 * In: the folder that `tools/build-web.ts` filled. It is read once, at the start, into a table from address to bytes;
 * a request is a look-up in that table, so no part of an address ever becomes a path on the disk. Out: routes with
 * their security headers (OWASP ASVS 5 §3.4) and cache headers (RFC 9111): names with a hash never change, pages are
 * asked for again each time and answered by 304.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { NAME_PATTERN } from '@millrace/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface PagesOptions {
  /** What `buildWeb` made; when it is missing, page addresses answer 503 and say how to build. */
  readonly distDir: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** In order of preference: the smaller first. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

const FOREVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';
/** The player's address carries no hash, and other sites link to it: a new release reaches them within minutes. */
const SHORTLY = 'public, max-age=300, stale-while-revalidate=86400';

/** The standalone player, and the parts with a hash in their names that it loads when it needs them. */
const PLAYER_FILE = /^\/player(?:-[\w-]+)?\.js$/;

interface File {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly encoded: ReadonlyMap<string, Buffer>;
}

/** Addresses of pages, and which document each gets. A channel's own address comes after all of them. */
const PAGES: Readonly<Record<string, 'index.html' | 'embed.html'>> = {
  '/': 'index.html',
  '/dashboard': 'index.html',
  '/settings': 'index.html',
  '/signup': 'index.html',
  '/signin': 'index.html',
  '/setup': 'index.html',
  '/admin': 'index.html',
  '/embed/:channel': 'embed.html',
};

export function registerPages(app: FastifyInstance, { distDir }: PagesOptions): void {
  const files = readAll(distDir);
  const channelName = new RegExp(NAME_PATTERN);

  for (const [path, file] of files) {
    if (path.startsWith('/assets/')) {
      app.get(path, (request, reply) => send(request, reply, file, { cache: FOREVER }));
    } else if (PLAYER_FILE.test(path)) {
      const cache = path === '/player.js' ? SHORTLY : FOREVER;
      app.get(path, (request, reply) => {
        // Other people's pages load it as a module, which asks for CORS.
        void reply.header('access-control-allow-origin', '*');
        void reply.header('cross-origin-resource-policy', 'cross-origin');
        return send(request, reply, file, { cache });
      });
    } else if (path === '/favicon.svg') {
      app.get(path, (request, reply) => send(request, reply, file, { cache: SHORTLY }));
    }
  }

  const page = documentSender(files);
  for (const [path, name] of Object.entries(PAGES)) {
    app.get(path, (request, reply) => page(request, reply, name, 200));
  }
  app.get<{ Params: { channel: string } }>('/:channel', (request, reply) => {
    const isChannel = channelName.test(request.params.channel);
    return page(request, reply, isChannel ? 'watch.html' : 'index.html', isChannel ? 200 : 404);
  });
  // Whoever follows a broken link reads a page that says so; a program gets the API's form of the error.
  app.get('/*', (request, reply) => {
    const reader = request.headers.accept?.includes('text/html') === true && !NO_PAGES.test(request.url);
    if (!reader) return reply.callNotFound();
    return page(request, reply, 'index.html', 404);
  });
}

/** What programs ask for: nothing there is answered by a page. */
const NO_PAGES = /^\/(?:api|live|vod|assets)\//;

type PageName = 'index.html' | 'watch.html' | 'embed.html';

/** Sends a document with the policy that fits it: only the framed player may be framed. */
function documentSender(files: ReadonlyMap<string, File>) {
  const policies = new Map<PageName, string>();
  for (const name of ['index.html', 'watch.html', 'embed.html'] as const) {
    const file = files.get(`/${name}`);
    if (file !== undefined) policies.set(name, contentSecurityPolicy(file.bytes, name === 'embed.html'));
  }

  return (request: FastifyRequest, reply: FastifyReply, name: PageName, status: 200 | 404): FastifyReply => {
    const file = files.get(`/${name}`);
    const policy = policies.get(name);
    if (file === undefined || policy === undefined) {
      return reply
        .code(503)
        .header('cache-control', 'no-store')
        .type('text/plain; charset=utf-8')
        .send('The pages are not built yet. Run: npm run build:web\n');
    }
    void reply.code(status).header('content-security-policy', policy);
    void reply.header('referrer-policy', 'strict-origin-when-cross-origin');
    void reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()');
    if (name !== 'embed.html') {
      // For browsers that do not know frame-ancestors; and no foreign window keeps a hand on this one.
      void reply.header('x-frame-options', 'DENY').header('cross-origin-opener-policy', 'same-origin');
    }
    return send(request, reply, file, { cache: ASK_AGAIN });
  };
}

/**
 * Nothing is allowed but what the pages do. Their one inline script, which sets language and theme before the first
 * paint, is allowed by its hash, taken from the very document that is sent.
 */
export function contentSecurityPolicy(html: Buffer, mayBeFramed: boolean): string {
  const hashes = [...html.toString('utf8').matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script]) =>
      `'sha256-${createHash('sha256')
        .update(script ?? '')
        .digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes].join(' '),
    "style-src 'self'",
    "img-src 'self' data:",
    // The player feeds Media Source from memory, and Media Source has a blob: address.
    "media-src 'self' blob:",
    // API, playlists and segments; the WebSocket by its scheme, since 'self' does not cover it in every browser.
    "connect-src 'self' ws: wss:",
    "worker-src 'self' blob:",
    "form-action 'self'",
    "base-uri 'none'",
    mayBeFramed ? 'frame-ancestors *' : "frame-ancestors 'none'",
  ].join('; ');
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  file: File,
  { cache }: { readonly cache: string },
): FastifyReply {
  const encoding = ENCODINGS.find(
    ({ name }) => file.encoded.has(name) && accepts(request.headers['accept-encoding'], name),
  );
  const etag = encoding === undefined ? file.etag : `${file.etag.slice(0, -1)}-${encoding.name}"`;
  void reply.header('cache-control', cache).header('etag', etag).header('vary', 'accept-encoding');
  void reply.header('x-content-type-options', 'nosniff');
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  void reply.type(file.type);
  if (encoding === undefined) return reply.send(file.bytes);
  return reply.header('content-encoding', encoding.name).send(file.encoded.get(encoding.name));
}

/** RFC 9110 §12.5.3, for the codings that we have: named, and not refused by `q=0`. */
function accepts(header: string | undefined, coding: string): boolean {
  return (header ?? '').split(',').some((item) => {
    const [name, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return name === coding && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

/** RFC 9110 §13.1.2: a list of tags compared weakly. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

function readAll(distDir: string): ReadonlyMap<string, File> {
  const files = new Map<string, File>();
  for (const name of namesIn(distDir)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = join(distDir, name);
    const bytes = readFileSync(path);
    const encoded = new Map<string, Buffer>();
    for (const { name: coding, suffix } of ENCODINGS) {
      const compressed = readIfThere(path + suffix);
      if (compressed !== undefined) encoded.set(coding, compressed);
    }
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 20)}"`;
    files.set(`/${name.split(sep).join('/')}`, { type, etag, bytes, encoded });
  }
  return files;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
