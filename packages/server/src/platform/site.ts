/** `GET /site`: what a page must know before anything else. */
import { Site } from '@millrace/contract';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { version } from '../version.ts';
import type { AccountService } from './accounts/service.ts';
import type { ApiScope } from './http/scope.ts';
import type { LiveView } from './ports.ts';

const DEFAULT_RTMP_PORT = 1935;

export function siteRoutes(scope: ApiScope, config: Config, accounts: AccountService, live: LiveView): void {
  scope.get('/site', { schema: { response: { 200: Site } } }, async (request) => ({
    name: config.siteName,
    version,
    registration: config.registration,
    needsSetup: await accounts.needsSetup(),
    ingestUrl: ingestUrl(request, config, live.ingestPort()),
  }));
}

/** The host by which the visitor reached us: whoever can open the page can publish to that name. */
function ingestUrl(request: FastifyRequest, config: Config, port: number): string {
  const host = config.publicUrl === undefined ? request.hostname : new URL(config.publicUrl).hostname;
  return `rtmp://${host}${port === DEFAULT_RTMP_PORT ? '' : `:${port}`}/live`;
}
