/** What can go wrong between page and server, as one error type, and the words for it in the visitor's language. */
import type { ApiErrorBody, ApiErrorCode } from '@millrace/contract';
import { words, type Catalogue } from '../i18n/index.ts';

/** Every code of the API, and two that no server sends. */
export type RequestErrorCode = ApiErrorCode | 'unreachable' | 'unknown';

export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: RequestErrorCode;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The field of the form that the server complains of. */
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: RequestErrorCode,
    status: number,
    extra: { field?: string | undefined; retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(`${code} (${status})`, { cause: extra.cause });
    this.code = code;
    this.status = status;
    this.field = extra.field;
    this.retryAfterSeconds = extra.retryAfterSeconds;
  }
}

/** Reads an answer that is no success. A code this page does not know, or no JSON at all, becomes `unknown`. */
export function requestError(status: number, body: unknown, retryAfter: string | null): RequestError {
  const said = (body as Partial<ApiErrorBody> | null | undefined)?.error;
  const known = typeof said?.code === 'string' && Object.hasOwn(words().errors, said.code);
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return new RequestError(known ? said.code : 'unknown', status, {
    field: typeof said?.field === 'string' ? said.field : undefined,
    retryAfterSeconds: Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : undefined,
  });
}

/** The sentence a person reads. Whatever is no RequestError is a fault of this page and says so as `unknown`. */
export function explain(error: unknown, catalogue: Catalogue = words()): string {
  const known = error instanceof RequestError ? error : new RequestError('unknown', 0, { cause: error });
  const sentence = catalogue.errors[known.code];
  return typeof sentence === 'string' ? sentence : sentence(known);
}
