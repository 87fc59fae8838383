/**
 * The WebSocket media protocol `millrace.v1`, as both sides see it. Described for people in
 * docs/protocols/millrace-v1.md; this file is what the programs share.
 *
 * Text frames carry JSON control messages, one object each, told apart by `type`.
 * Binary frames from the server carry a 32-byte header and then an init segment or one CMAF chunk, byte for byte
 * the one in the LL-HLS part.
 */

export const MEDIA_SUBPROTOCOL = 'millrace.v1';
/** A control message from a player is small; anything larger is not one. */
export const MAX_PLAYER_MESSAGE_BYTES = 8 * 1024;

export const MEDIA_HEADER_BYTES = 32;
export const MEDIA_FRAME_TYPES = { init: 1, chunk: 2 } as const;
export const MEDIA_TRACKS = { video: 1, audio: 2 } as const;
/** Bits of the header's `flags`. */
export const MEDIA_FLAGS = { key: 1, discontinuity: 2, droppedBefore: 4 } as const;

/**
 * The binary header, big-endian.
 *
 * | offset | field | size | meaning |
 * | --- | --- | --- | --- |
 * | 0 | type | u8 | 1 init segment, 2 chunk |
 * | 1 | track | u8 | 1 video, 2 audio: the CMAF track id |
 * | 2 | rendition | u8 | 0 = source |
 * | 3 | flags | u8 | 1 key, 2 discontinuity, 4 dropped-before |
 * | 4 | epoch | u32 | grows when the encoder restarted or its clock jumped |
 * | 8 | sequence | u32 | chunk: counts the chunks of the track within the broadcast; init: its version |
 * | 12 | duration | u32 | ticks of the track's timescale (0 for an init) |
 * | 16 | dts | u64 | ticks of the track's timescale: equals the chunk's tfdt (0 for an init) |
 * | 24 | captureTime | u64 | Unix ms at which the first frame reached the server (0 for an init) |
 */
export interface MediaHeader {
  readonly type: (typeof MEDIA_FRAME_TYPES)[keyof typeof MEDIA_FRAME_TYPES];
  readonly track: number;
  readonly rendition: number;
  readonly flags: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly duration: number;
  readonly dts: number;
  readonly captureTime: number;
}

export function writeMediaHeader(into: Uint8Array, at: number, header: MediaHeader): void {
  const view = new DataView(into.buffer, into.byteOffset + at, MEDIA_HEADER_BYTES);
  view.setUint8(0, header.type);
  view.setUint8(1, header.track);
  view.setUint8(2, header.rendition);
  view.setUint8(3, header.flags);
  view.setUint32(4, header.epoch);
  view.setUint32(8, header.sequence);
  view.setUint32(12, header.duration);
  view.setBigUint64(16, BigInt(header.dts));
  view.setBigUint64(24, BigInt(Math.round(header.captureTime)));
}

/** `undefined` when the bytes are no frame of this protocol. */
export function readMediaHeader(bytes: Uint8Array): MediaHeader | undefined {
  if (bytes.length < MEDIA_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, MEDIA_HEADER_BYTES);
  const type = view.getUint8(0);
  if (type !== MEDIA_FRAME_TYPES.init && type !== MEDIA_FRAME_TYPES.chunk) return undefined;
  return {
    type,
    track: view.getUint8(1),
    rendition: view.getUint8(2),
    flags: view.getUint8(3),
    epoch: view.getUint32(4),
    sequence: view.getUint32(8),
    duration: view.getUint32(12),
    dts: Number(view.getBigUint64(16)),
    captureTime: Number(view.getBigUint64(24)),
  };
}

/** One track the server offers; `codec` is exact (RFC 6381). */
export interface OfferedTrack {
  readonly track: number;
  readonly kind: 'video' | 'audio';
  readonly rendition: number;
  readonly codec: string;
  /** `video/mp4`, `audio/mp4`; the type of the chunks as sent. */
  readonly mimeType: string;
  readonly timescale: number;
  /** Version of the init segment that the next chunks need; it is sent as a binary frame before them. */
  readonly init: number;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
}

/** Where a player stopped: it names the last chunk it has of each track. */
export interface ResumeCursor {
  readonly broadcast: string;
  readonly epoch: number;
  /** Last sequence held, by track id. */
  readonly sequences: Readonly<Record<string, number>>;
}

export type PlayFrom = 'live' | { readonly offsetMs: number } | { readonly cursor: ResumeCursor };

export type PlayerMessage =
  /** First message, once. */
  | {
      readonly type: 'hello';
      readonly versions: readonly number[];
      /** MIME types with codecs that the player found playable (`isTypeSupported`); empty = did not test. */
      readonly canPlay?: readonly string[];
      readonly token?: string;
      readonly resume?: ResumeCursor;
      /** Sends nothing until `play`. */
      readonly paused?: boolean;
    }
  | { readonly type: 'play'; readonly from: PlayFrom }
  | { readonly type: 'pause' }
  | { readonly type: 'switch'; readonly rendition: number }
  /** Which tracks to send; used to go on with audio only while the page is hidden. */
  | { readonly type: 'tracks'; readonly video: boolean; readonly audio: boolean }
  | { readonly type: 'token'; readonly token: string }
  /** `clientTime` is echoed; any clock of the player's. */
  | { readonly type: 'ping'; readonly clientTime: number }
  /** What the viewer really gets: true latency (frame shown minus capture), stalls, dropped frames. */
  | {
      readonly type: 'report';
      readonly latencyMs?: number;
      readonly stalls?: number;
      readonly droppedFrames?: number;
    };

export type ServerMessage =
  /** Answer to hello, and again whenever tracks or codecs change; init segments follow as binary frames. */
  | {
      readonly type: 'tracks';
      readonly version: 1;
      readonly broadcast: string;
      readonly epoch: number;
      readonly tracks: readonly OfferedTrack[];
      readonly chunkMs: number;
      /** True when the cursor was honoured: nothing is missing and nothing comes twice. */
      readonly resumed: boolean;
      readonly serverTime: number;
    }
  | { readonly type: 'state'; readonly state: BroadcastState }
  | {
      readonly type: 'dropped';
      readonly track: number;
      readonly fromSequence: number;
      readonly reason: 'slow';
    }
  | { readonly type: 'pong'; readonly clientTime: number; readonly serverTime: number }
  /** Something that must meet a picture: title, poll, gift combo. */
  | { readonly type: 'event'; readonly name: string; readonly mediaTimeMs: number; readonly data: unknown }
  /** Go on at another node with your cursor. */
  | { readonly type: 'goto'; readonly url: string }
  | {
      readonly type: 'error';
      readonly code: MediaErrorCode;
      readonly message: string;
      readonly retry: boolean;
    };

/**
 * - `waiting`: the channel is not live; the socket stays open and starts by itself when it is.
 * - `live`: pictures are coming.
 * - `interrupted`: the encoder is gone, the grace time runs; the broadcast may go on.
 * - `ended`: the broadcast is over.
 */
export type BroadcastState = 'waiting' | 'live' | 'interrupted' | 'ended';

/** Every error code of the protocol with the WebSocket close code that follows it. */
export const MEDIA_ERRORS = {
  'unsupported-version': 4400,
  'bad-message': 4400,
  'not-authorised': 4401,
  'no-such-channel': 4404,
  'codec-not-playable': 4406,
  'hello-timeout': 4408,
  'too-slow': 4409,
  'too-many-viewers': 4429,
  'server-stopping': 4503,
} as const;
export type MediaErrorCode = keyof typeof MEDIA_ERRORS;
