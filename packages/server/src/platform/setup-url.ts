/** The address of the page that makes the first administrator. */
import type { Config } from '../config.ts';

/** The token works once, and what reads addresses on their way (a proxy's log) reads it after that. */
export function setupUrl(config: Config, httpPort: number, token: string): string {
  return `${config.publicUrl ?? `http://localhost:${httpPort}`}/setup?token=${token}`;
}
