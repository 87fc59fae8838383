/**
 * The HTTP server: a fastify app with every timeout set, a table of upgrades, one form of errors, CORS for playback,
 * and a close that ends in bounded time.
 *
 * In: what to listen on and whom to believe. Out: the app for others to register routes on, the table of upgrades,
 * `listen` and `close`. A client that is slow on purpose (headers, body, upgrade) is gone within ten seconds.
 */
import type { AddressInfo } from 'node:net';
import { API_ERRORS, type ApiErrorBody, type ApiErrorCode } from '@millrace/contract';
import type { Ms } from '@millrace/media';
import Fastify, { LogController, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { originRule, type OriginRule } from './origin-rule.ts';
import { UpgradeTable } from './upgrades.ts';

export interface HttpTimeouts {
  /** Whole headers must be here by then. */
  readonly headersMs: Ms;
  /** And the whole request by then. */
  readonly requestMs: Ms;
  /** Node looks for overdue requests this often; its default of 30 s would be the real limit. */
  readonly checkMs: Ms;
  /** Requests in progress get this long when the server stops. */
  readonly closeGraceMs: Ms;
}

export const HTTP_TIMEOUTS: HttpTimeouts = {
  headersMs: 6_000,
  requestMs: 8_000,
  checkMs: 1_000,
  closeGraceMs: 4_000,
};

/** Longer than the idle time of usual proxies (60 s), so that it is never us who closes under a request. */
const KEEP_ALIVE_MS = 65_000;
/** A connection on which nothing moves at all. */
const IDLE_CONNECTION_MS = 120_000;
/** The longest answer that is worked on: a blocked playlist waits three target durations of up to 10 s. */
const HANDLER_TIMEOUT_MS = 40_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Bodies are small JSON; a route that takes more says so itself. */
const BODY_LIMIT_BYTES = 64 * 1024;

export interface HttpOptions {
  readonly log: Logger;
  /** Addresses or networks whose X-Forwarded-* is believed. */
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may play: `*`, or a list of `https://example.org`. */
  readonly playOrigins: readonly string[];
  /** False while the server starts or stops: `/readyz` answers 503. */
  readonly isReady: () => boolean;
  readonly timeouts?: HttpTimeouts;
}

export interface HttpServer {
  readonly app: FastifyInstance;
  readonly upgrades: UpgradeTable;
  readonly playOrigins: OriginRule;
  /** Answers with the port it is bound to. */
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
}

export function createHttpServer(options: HttpOptions): HttpServer {
  const { log, trustedProxies, playOrigins, isReady, timeouts = HTTP_TIMEOUTS } = options;
  const app = Fastify({
    loggerInstance: log,
    // A line for each of a viewer's requests would drown everything else; errors are logged below.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: timeouts.requestMs,
    connectionTimeout: IDLE_CONNECTION_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: timeouts.checkMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      // RFC 9110 §7.8: an offer of another protocol (h2c, say) may be ignored; the request stands.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
  }) as unknown as FastifyInstance;

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const code = codeOf(error);
    if (code === 'internal')
      request.log.error({ err: error, route: request.routeOptions.url }, 'a request failed');
    return answerError(reply, code, code === 'internal' ? 'Something went wrong here.' : error.message);
  });

  app.setNotFoundHandler((_request, reply) =>
    answerError(reply, 'not-found', 'There is nothing at this address.'),
  );

  const rule = originRule(playOrigins);
  allowPlaybackOrigins(app, rule);
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    void reply.code(isReady() ? 200 : 503);
    return { status: isReady() ? 'ok' : 'not-ready' };
  });

  const upgrades = new UpgradeTable(log);
  app.server.on('upgrade', (request, socket, head) => upgrades.handle(request, socket, head));

  return {
    app,
    upgrades,
    playOrigins: rule,
    async listen(port, host) {
      await app.listen({ port, host, listenTextResolver: (address) => `http listens at ${address}` });
      return (app.server.address() as AddressInfo).port;
    },
    async close() {
      const overdue = setTimeout(() => app.server.closeAllConnections(), timeouts.closeGraceMs);
      upgrades.close();
      await app.close();
      clearTimeout(overdue);
    },
  };
}

/** Any error as the API says it: `{ "error": { "code", "message" } }`. */
export function answerError(reply: FastifyReply, code: ApiErrorCode, message: string): FastifyReply {
  const body: ApiErrorBody = { error: { code, message } };
  return reply.code(API_ERRORS[code]).type('application/json; charset=utf-8').send(body);
}

/** Playback is for pages anywhere, unless a setting says otherwise: CORS for `/live/*`, preflights included. */
function allowPlaybackOrigins(app: FastifyInstance, rule: OriginRule): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/live/')) return;
    const allowed = rule.header(request.headers.origin);
    if (allowed !== undefined) void reply.header('access-control-allow-origin', allowed);
    if (allowed !== '*') void reply.header('vary', 'Origin');
    void reply.header('access-control-expose-headers', 'Content-Length, Date, Age');
    // A page of any site may embed the stream, whatever its own isolation.
    void reply.header('cross-origin-resource-policy', 'cross-origin');
    void reply.header('x-content-type-options', 'nosniff');
  });
  app.options('/live/*', (_request, reply) =>
    reply
      .header('access-control-allow-methods', 'GET, HEAD, OPTIONS')
      .header('access-control-allow-headers', 'Range, Content-Type')
      .header('access-control-max-age', '86400')
      .code(204)
      .send(),
  );
}

/** Errors of fastify's own carry a status; those of ours carry a code of the contract. */
function codeOf(error: FastifyError): ApiErrorCode {
  if (Object.hasOwn(API_ERRORS, error.code ?? '')) return error.code as ApiErrorCode;
  const status = error.statusCode ?? 500;
  const named: Readonly<Record<number, ApiErrorCode>> = {
    404: 'not-found',
    413: 'too-large',
    415: 'unsupported-media-type',
    429: 'too-many-requests',
    503: 'server-busy',
  };
  return named[status] ?? (status >= 400 && status < 500 ? 'bad-request' : 'internal');
}
