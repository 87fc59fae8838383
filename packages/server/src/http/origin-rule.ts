/**
 * Which origins' pages may play. In: the setting, and the Origin header of a request. Out: yes or no, and what to
 * answer in `Access-Control-Allow-Origin`. A request without an Origin is no page's (a player, a proxy, curl).
 */
export interface OriginRule {
  allows(origin: string | undefined): boolean;
  /** The value of `Access-Control-Allow-Origin`; `undefined` = do not send one. */
  header(origin: string | undefined): string | undefined;
}

/** `allowed`: `*` for everyone, else origins as a browser writes them (`https://example.org`). */
export function originRule(allowed: readonly string[]): OriginRule {
  if (allowed.includes('*')) return { allows: () => true, header: () => '*' };
  const origins = new Set(allowed.map((origin) => origin.toLowerCase()));
  const has = (origin: string | undefined): boolean =>
    origin !== undefined && origins.has(origin.toLowerCase());
  return {
    allows: (origin) => origin === undefined || has(origin),
    header: (origin) => (has(origin) ? origin : undefined),
  };
}
