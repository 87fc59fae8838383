/** Who is asking. Every handler that needs to know calls this itself; no address is guarded by its prefix. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';
import {
  clearSessionCookie,
  readSessionCookie,
  setSessionCookie,
  type CookiePolicy,
} from '../http/cookie.ts';
import type { AccountService, SignedIn, Visitor } from './service.ts';

export class Access {
  readonly #accounts: AccountService;
  readonly #cookies: CookiePolicy;

  constructor(accounts: AccountService, cookies: CookiePolicy) {
    this.#accounts = accounts;
    this.#cookies = cookies;
  }

  /** `undefined` for a visitor who is not signed in. */
  async identify(request: FastifyRequest): Promise<SignedIn | undefined> {
    const token = readSessionCookie(request, this.#cookies);
    return token === undefined ? undefined : this.#accounts.identify(token);
  }

  /** @throws {ApiError} `not-signed-in` */
  async require(request: FastifyRequest): Promise<SignedIn> {
    const signedIn = await this.identify(request);
    if (signedIn === undefined) throw new ApiError('not-signed-in', 'Sign in first.');
    return signedIn;
  }

  /** Hands the browser a new session in place of whatever it had. */
  begin(request: FastifyRequest, reply: FastifyReply, token: string): void {
    setSessionCookie(request, reply, this.#cookies, token);
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    clearSessionCookie(request, reply, this.#cookies);
  }
}

export function visitor(request: FastifyRequest): Visitor {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? '' };
}
