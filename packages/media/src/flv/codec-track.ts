/**
 * What every codec of FLV looks like to the tag reader, whatever header (legacy or FourCC) brought its bytes.
 */
import { FormatError } from '../bytes/index.ts';
import type { TagEvent, TrackKind } from '../frame.ts';
import type { Ms } from '../time/units.ts';

/** One coded packet of a tag, its FLV header read. */
export interface CodedPacket {
  readonly dtsMs: Ms;
  readonly compositionOffsetMs: Ms;
  /** The tag calls it a key frame; the codec may know better. */
  readonly keyFlagged: boolean;
  /** A view into the tag's body. */
  readonly payload: Uint8Array;
}

/** Reads the packets of one codec of one track; holds its configuration. Never throws: it reports `dropped`. */
export interface CodecTrack {
  /** A sequence header; called only for codecs whose row has packet types. */
  configure(record: Uint8Array, out: TagEvent[]): void;
  packet(packet: CodedPacket, out: TagEvent[]): void;
}

/** A row of the codec tables: how to read it, or only its name, to refuse it by. */
export interface CodecRow {
  readonly name: string;
  readonly open?: () => CodecTrack;
  /** A packet type follows the first byte of the body (AVC also has a composition time). */
  readonly packetTypes?: boolean;
}

export function dropped(kind: TrackKind | undefined, code: string, message: string): TagEvent {
  return { type: 'dropped', kind, code, message };
}

/** Runs a parser; what it refuses becomes a `dropped` event instead of an exception. */
export function orDropped<T>(kind: TrackKind | undefined, out: TagEvent[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    out.push(dropped(kind, error.code, error.message));
    return undefined;
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
