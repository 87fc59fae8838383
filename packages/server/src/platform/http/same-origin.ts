/**
 * Refuses changing requests that another site's page made a browser send. Browsers say where a request comes from
 * in `Origin` and `Sec-Fetch-Site`, and pages cannot forge either; programs without a browser send neither, and no
 * cookie of a victim.
 *
 * Spec: Fetch §3.2 (Origin), W3C Fetch Metadata §2.4; OWASP ASVS 5, 3.5.1.
 */
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';

const READ_ONLY = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @throws {ApiError} `bad-origin` */
export function checkSameOrigin(request: FastifyRequest, publicUrl: string | undefined): void {
  if (READ_ONLY.has(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw badOrigin();
  const { origin } = request.headers;
  if (origin === undefined || origin === publicUrl) return;
  // Only the host is compared: behind a proxy that ends TLS, this side of it speaks http.
  if (!URL.canParse(origin) || new URL(origin).host !== request.host) throw badOrigin();
}

const badOrigin = () => new ApiError('bad-origin', 'This request came from the page of another site.');
