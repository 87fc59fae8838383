/**
 * What the live side needs from the rest of the program, as small interfaces. `platform/` implements them,
 * `main.ts` joins them; `live/` and `platform/` never import each other.
 */
import type { Ms, UnixMs } from '@millrace/media';

/** Who wants to publish. The key is a secret: never log it, never keep it. */
export interface PublishRequest {
  readonly key: string;
  readonly app: string;
  readonly remoteAddress: string;
}

/** Settings of a channel that the engine follows. */
export interface ChannelMediaSettings {
  /** 0 = one frame a chunk. */
  readonly chunkMs: Ms;
  readonly partMs: Ms;
  readonly segmentMs: Ms;
  readonly graceMs: Ms;
  /** What happens when the channel is fed already: the newcomer replaces, or is refused. */
  readonly secondPublisher: 'replace' | 'refuse';
}

export type PublishDecision =
  | {
      readonly allowed: true;
      readonly channelId: string;
      /** The public name, as in `/live/CHANNEL`. */
      readonly channel: string;
      /** Which key it was (never the key): the same key may take over its own stale connection. */
      readonly keyId: string;
      readonly settings: ChannelMediaSettings;
    }
  | { readonly allowed: false; readonly reason: 'unknown-key' | 'revoked' | 'banned' | 'too-many-tries' };

/** May this key publish? A rejected promise means no: authorisation fails closed. */
export interface PublishAuthority {
  authorise(request: PublishRequest): Promise<PublishDecision>;
}

/** Does this name exist, and may it be played? Asked only when the channel is not live. */
export interface ChannelDirectory {
  exists(channel: string): Promise<boolean>;
}

/** Told of what happens; must not throw and must not be waited for. */
export interface BroadcastObserver {
  began(event: { readonly channelId: string; readonly broadcast: string; readonly atMs: UnixMs }): void;
  ended(event: { readonly channelId: string; readonly broadcast: string; readonly atMs: UnixMs }): void;
}

/** One message of media as an ingest protocol delivers it: the body of an FLV tag. */
export interface MediaMessage {
  readonly type: 'audio' | 'video' | 'data';
  /** As sent: unsigned 32-bit ms. */
  readonly timestampMs: Ms;
  /** May be kept: the ingest protocol never writes into it again. */
  readonly payload: Uint8Array;
}

/** Why the hub ends a publisher. */
export type PublisherEndReason =
  | 'replaced'
  | 'stopped-by-operator'
  | 'revoked'
  | 'server-stopping'
  | 'no-media';

/** Where an accepted publisher puts its media. After `end`, or after the hub kicked it, pushes are ignored. */
export interface PublisherSink {
  push(message: MediaMessage, arrivalMs: UnixMs): void;
  /** `unpublished`: the encoder said goodbye; `lost`: its connection broke. Both start the grace time. */
  end(reason: 'unpublished' | 'lost'): void;
}

export interface PublisherInfo {
  readonly protocol: 'rtmp';
  readonly remoteAddress: string;
  /** As the encoder names itself (flashVer), for the health panel. */
  readonly encoder: string;
}

export type PublishAnswer =
  | { readonly accepted: true; readonly sink: PublisherSink }
  | { readonly accepted: false; readonly reason: 'channel-busy' | 'server-stopping' };

/** The hub as ingest sees it. */
export interface PublishTarget {
  publish(
    decision: PublishDecision & { readonly allowed: true },
    info: PublisherInfo,
    /** Called at most once, when the hub wants this publisher gone: tell the encoder why, then close. */
    onEnd: (reason: PublisherEndReason) => void,
  ): PublishAnswer;
}
