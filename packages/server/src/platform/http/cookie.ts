/**
 * The session cookie. Over TLS it is `__Host-millrace`: bound to this host, to the whole site and to TLS by its
 * name. Over plain HTTP, on a home network, browsers refuse that name: there it is `millrace`.
 *
 * Spec: RFC 6265bis §4.1.3.2 (prefixes), §5.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';

const SECURE_NAME = '__Host-millrace';
const PLAIN_NAME = 'millrace';
/** A token has 43 letters; anything much longer is none. */
const MAX_TOKEN_LETTERS = 128;

export interface CookiePolicy {
  /** The site's address is https, whatever this connection is: a proxy ends TLS in front of us. */
  readonly publicIsHttps: boolean;
  readonly maxAgeSeconds: number;
}

const isSecure = (request: FastifyRequest, policy: CookiePolicy) =>
  policy.publicIsHttps || request.protocol === 'https';

/** `undefined` when there is none. */
export function readSessionCookie(request: FastifyRequest, policy: CookiePolicy): string | undefined {
  const wanted = isSecure(request, policy) ? SECURE_NAME : PLAIN_NAME;
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== wanted) continue;
    const token = pair.slice(equals + 1).trim();
    return token !== '' && token.length <= MAX_TOKEN_LETTERS ? token : undefined;
  }
  return undefined;
}

export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  policy: CookiePolicy,
  token: string,
): void {
  void reply.header('set-cookie', cookie(request, policy, token, policy.maxAgeSeconds));
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply, policy: CookiePolicy): void {
  void reply.header('set-cookie', cookie(request, policy, '', 0));
}

function cookie(request: FastifyRequest, policy: CookiePolicy, value: string, maxAgeSeconds: number): string {
  const rest = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`;
  return isSecure(request, policy)
    ? `${SECURE_NAME}=${value}; ${rest}; Secure`
    : `${PLAIN_NAME}=${value}; ${rest}`;
}
