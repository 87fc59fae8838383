/**
 * One RTMP message, and the numbers of its kinds.
 *
 * Spec: Adobe RTMP 1.0 §5.4 (protocol control), §6.2 and §7.1 (messages), §7.1.7 (user control events).
 */
import type { Ms } from '../time/units.ts';

/** §5.4, §7.1: message type ids. */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** §7.1.7: user control event types. */
export const USER_CONTROL = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
} as const;

/** §5.4.5: limit types of SetPeerBandwidth. */
export const BANDWIDTH_LIMIT = { hard: 0, soft: 1, dynamic: 2 } as const;

/** The chunk streams we send on; the peer's choice is its own. */
export const CHUNK_STREAM = { control: 2, command: 3, audio: 4, data: 5, video: 6 } as const;

export interface RtmpMessage {
  readonly typeId: number;
  readonly streamId: number;
  /** As sent: unsigned 32-bit, deltas summed up. */
  readonly timestampMs: Ms;
  /** An array of its own, exactly as long as the message: may be kept. */
  readonly payload: Uint8Array;
}

/** One message of media: the body of an FLV tag. */
export interface MediaMessage {
  readonly type: 'audio' | 'video' | 'data';
  /** As sent: unsigned 32-bit ms. */
  readonly timestampMs: Ms;
  /** May be kept: it is never written into again. */
  readonly payload: Uint8Array;
}
