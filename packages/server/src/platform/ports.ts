/**
 * What the platform asks of the live side. `main.ts` fills it from the hub; `live/` and `platform/` never import
 * each other.
 */
import type { IngestHealth, LiveNow } from '@millrace/contract';

export interface LiveView {
  /** Every channel that is live or interrupted now, by name. */
  all(): Iterable<readonly [channel: string, live: LiveNow]>;
  /** `undefined` when the channel is not live. */
  get(channel: string): LiveNow | undefined;
  /** Health of what arrives; `undefined` when the channel is not live. */
  ingest(channel: string): IngestHealth | undefined;
  /** Ids of the stream keys that publish at this moment. */
  publishingKeys(): Iterable<string>;
  /** Ends whoever publishes with this key, and tells the encoder why. No publisher with it: nothing happens. */
  endPublisher(keyId: string, reason: 'revoked' | 'stopped-by-operator'): void;
  /** The port that encoders publish to, as bound. */
  ingestPort(): number;
}

/** A server without broadcasts: for tools and tests. */
export const NOTHING_LIVE: LiveView = {
  all: () => [],
  get: () => undefined,
  ingest: () => undefined,
  publishingKeys: () => [],
  endPublisher: () => undefined,
  ingestPort: () => 1935,
};
