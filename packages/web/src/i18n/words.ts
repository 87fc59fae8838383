/** What both catalogues build their sentences with. */

export const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

/** What is known of a failed request, for sentences that name it. */
export interface ErrorDetails {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly retryAfterSeconds?: number | undefined;
}
