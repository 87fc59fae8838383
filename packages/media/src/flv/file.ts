/**
 * FLV files: split into tags, and written tag by tag.
 *
 * Spec: FLV 10.1 §E.2 (header), §E.3 (body), §E.4.1 (tag).
 * @throws {FormatError} `flv/file-header`
 */
import { ByteReader, ByteWriter, FormatError } from '../bytes/index.ts';
import type { Ms } from '../time/units.ts';

/** One tag without its header: what an RTMP message of the same type carries. */
export interface FlvTag {
  readonly type: 'audio' | 'video' | 'data';
  /** Unsigned 32-bit. */
  readonly timestampMs: Ms;
  readonly body: Uint8Array;
}

const TAG_TYPES = { audio: 8, video: 9, data: 18 } as const;
const TYPE_NAMES: ReadonlyMap<number, FlvTag['type']> = new Map([
  [TAG_TYPES.audio, 'audio'],
  [TAG_TYPES.video, 'video'],
  [TAG_TYPES.data, 'data'],
]);
const FILE_HEADER_BYTES = 9;
const TAG_HEADER_BYTES = 11;
const PREVIOUS_SIZE_BYTES = 4;

/** The tags of a file in order; a tag cut off at the end and tags of unknown type are left out. Bodies are views. */
export function* parseFlvFile(bytes: Uint8Array): Generator<FlvTag, void> {
  const r = new ByteReader(bytes, 'flv/file-header');
  if (r.u24() !== 0x46_4c56) throw new FormatError('flv/file-header', 'does not begin with "FLV"', 0); // Signature
  r.skip(2); //                                          Version, TypeFlags
  const dataOffset = r.u32(); //                         DataOffset
  if (dataOffset < FILE_HEADER_BYTES)
    throw new FormatError('flv/file-header', `DataOffset is ${dataOffset}`, 5);
  r.skip(dataOffset - FILE_HEADER_BYTES);
  r.skip(Math.min(r.remaining, PREVIOUS_SIZE_BYTES)); // PreviousTagSize0
  while (r.remaining >= TAG_HEADER_BYTES) {
    const type = TYPE_NAMES.get(r.u8() & 0x1f); //       Reserved, Filter, TagType
    const size = r.u24(); //                             DataSize
    const low = r.u24(); //                              Timestamp
    const high = r.u8(); //                              TimestampExtended: the upper 8 bits
    r.skip(3); //                                        StreamID
    if (size > r.remaining) return;
    const body = r.view(size);
    r.skip(Math.min(r.remaining, PREVIOUS_SIZE_BYTES)); // PreviousTagSize
    if (type !== undefined) yield { type, timestampMs: high * 0x100_0000 + low, body };
  }
}

/** The file header with the first back pointer. */
export function writeFlvHeader(tracks: {
  readonly audio: boolean;
  readonly video: boolean;
}): Uint8Array<ArrayBuffer> {
  const w = new ByteWriter(FILE_HEADER_BYTES + PREVIOUS_SIZE_BYTES);
  w.ascii('FLV'); //                                     Signature
  w.u8(1); //                                            Version
  w.u8((tracks.audio ? 4 : 0) | (tracks.video ? 1 : 0)); // TypeFlagsAudio, TypeFlagsVideo
  w.u32(FILE_HEADER_BYTES); //                           DataOffset
  w.u32(0); //                                           PreviousTagSize0
  return w.finish();
}

/** One tag with the back pointer behind it. */
export function writeFlvTag(tag: FlvTag): Uint8Array<ArrayBuffer> {
  const { type, timestampMs, body } = tag;
  const w = new ByteWriter(TAG_HEADER_BYTES + body.length + PREVIOUS_SIZE_BYTES);
  w.u8(TAG_TYPES[type]); //                              TagType
  w.u24(body.length); //                                 DataSize
  w.u24(timestampMs % 0x100_0000); //                    Timestamp
  w.u8(Math.floor(timestampMs / 0x100_0000) & 0xff); //  TimestampExtended
  w.u24(0); //                                           StreamID
  w.bytes(body);
  w.u32(TAG_HEADER_BYTES + body.length); //              PreviousTagSize
  return w.finish();
}
