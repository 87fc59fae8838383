/** An answer of the API that is not a success. Thrown anywhere below a route; `http/answers.ts` writes it. */
import { API_ERRORS, type ApiErrorCode } from '@millrace/contract';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** HTTP status of the code. */
  readonly status: number;
  /** The part of the request that is at fault. */
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  /** `message` is for people, in English; pages translate by `code`. */
  constructor(
    code: ApiErrorCode,
    message: string,
    details: { readonly field?: string; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.status = API_ERRORS[code];
    this.field = details.field;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
