/**
 * The AVC decoder configuration record (avcC) and the `VideoConfig` that follows from it.
 *
 * In: the record as FLV and MP4 carry it. Out: its parameter sets, or the configuration of the track.
 * Spec: ISO/IEC 14496-15 §5.3.3.1 (AVCDecoderConfigurationRecord); RFC 6381 §3.3 (codec string).
 */
import { ByteReader, ByteWriter, FormatError } from '../bytes/index.ts';
import type { VideoConfig } from '../frame.ts';
import { VIDEO_TIMESCALE } from '../time/units.ts';
import { NAL_TYPES, nalType } from './avc-nal.ts';
import { type AvcSps, parseAvcSps } from './avc-sps.ts';
import { BitReader } from './bit-reader.ts';

export interface AvcRecord {
  /** Bytes of the length before each NAL unit: 1, 2 or 4. */
  readonly nalLengthBytes: number;
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}

/** §7.4.2.1.1 and §7.4.2.2: ids go to 31 and 255; a record or stream with more sets than ids is hostile. */
export const MAX_SPS = 32;
export const MAX_PPS = 256;
/** Chroma format and bit depth follow the parameter sets for these profiles (§5.3.3.1.2). */
const PROFILES_WITH_CHROMA: ReadonlySet<number> = new Set([100, 110, 122, 144, 244]);

/**
 * Memory: the parameter sets are views into `record`.
 * @throws {FormatError} `codec/avcc-short`, `codec/avcc`
 */
export function parseAvcC(record: Uint8Array): AvcRecord {
  const r = new ByteReader(record, 'codec/avcc-short');
  const version = r.u8(); //                             configurationVersion
  if (version !== 1) throw new FormatError('codec/avcc', `configurationVersion is ${version}, not 1`, 0);
  r.skip(3); //                                          AVCProfileIndication, profile_compatibility, AVCLevelIndication
  const nalLengthBytes = (r.u8() & 0b11) + 1; //         reserved 6 bits, lengthSizeMinusOne
  if (nalLengthBytes === 3) throw new FormatError('codec/avcc', 'NAL lengths of 3 bytes are reserved', 4);
  const sps = readSets(r, r.u8() & 0b11111, NAL_TYPES.sps); // reserved 3 bits, numOfSequenceParameterSets
  const pps = readSets(r, r.u8(), NAL_TYPES.pps); //     numOfPictureParameterSets
  if (sps.length === 0) throw new FormatError('codec/avcc', 'no sequence parameter set', 5);
  if (pps.length === 0) throw new FormatError('codec/avcc', 'no picture parameter set', r.offset);
  return { nalLengthBytes, sps, pps };
}

function readSets(r: ByteReader, count: number, type: number): Uint8Array[] {
  const sets: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = r.u16(); //                           sequenceParameterSetLength, pictureParameterSetLength
    const at = r.offset;
    const nal = r.view(length);
    // Encoders that put other NAL units (SEI, or a set of the other type) here exist; they are of no use here.
    if (nalType(nal) === type) sets.push(nal);
    else if (length > 0 && nalType(nal) === undefined) {
      throw new FormatError('codec/avcc', 'a parameter set that is no NAL unit', at);
    }
  }
  return sets;
}

/** The record as MP4 wants it: NAL lengths of 4 bytes, chroma and bit depth for the high profiles. */
export function buildAvcC(sets: {
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}): Uint8Array {
  const first = sets.sps[0];
  if (first === undefined) throw new FormatError('codec/avcc', 'no sequence parameter set');
  const sps = parseAvcSps(first);
  const w = new ByteWriter(256);
  w.u8(1); //                                            configurationVersion
  w.u8(sps.profile); //                                  AVCProfileIndication
  w.u8(sps.compatibility); //                            profile_compatibility
  w.u8(sps.level); //                                    AVCLevelIndication
  w.u8(0b111111_11); //                                  reserved, lengthSizeMinusOne = 3
  w.u8(0b111_00000 | Math.min(sets.sps.length, MAX_SPS - 1)); // reserved, numOfSequenceParameterSets
  for (const nal of sets.sps.slice(0, MAX_SPS - 1)) w.u16(nal.length).bytes(nal);
  w.u8(Math.min(sets.pps.length, MAX_PPS - 1)); //       numOfPictureParameterSets
  for (const nal of sets.pps.slice(0, MAX_PPS - 1)) w.u16(nal.length).bytes(nal);
  if (PROFILES_WITH_CHROMA.has(sps.profile)) {
    w.u8(0b111111_00 | sps.chromaFormat); //             reserved, chroma_format
    w.u8(0b11111_000 | (sps.bitDepthLuma - 8)); //       reserved, bit_depth_luma_minus8
    w.u8(0b11111_000 | (sps.bitDepthChroma - 8)); //     reserved, bit_depth_chroma_minus8
    w.u8(0); //                                          numOfSequenceParameterSetExt
  }
  return w.finish();
}

/**
 * The configuration of an AVC track from its parameter sets; the first SPS speaks for the picture.
 *
 * Memory: `record` is a copy of its own.
 * @throws {FormatError} as the parsers of the parts
 */
export function avcVideoConfig(sets: {
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}): VideoConfig {
  const first = sets.sps[0];
  if (first === undefined) throw new FormatError('codec/avcc', 'no sequence parameter set');
  const sps = parseAvcSps(first);
  return {
    kind: 'video',
    codec: 'avc',
    codecString: avcCodecString(sps),
    record: buildAvcC(sets),
    width: sps.width,
    height: sps.height,
    sampleAspectRatio: sps.sampleAspectRatio,
    frameRate: sps.frameRate,
    timescale: VIDEO_TIMESCALE,
    colour: sps.colour,
  };
}

/** RFC 6381 §3.3: `avc1.` and profile, constraints and level as six hexadecimal digits. */
export function avcCodecString(sps: Pick<AvcSps, 'profile' | 'compatibility' | 'level'>): string {
  return `avc1.${hexByte(sps.profile)}${hexByte(sps.compatibility)}${hexByte(sps.level)}`;
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/** seq_parameter_set_id or pic_parameter_set_id: the name under which a later set replaces an earlier one. */
export function parameterSetId(nal: Uint8Array): number {
  const isSps = nalType(nal) === NAL_TYPES.sps;
  // profile, constraints and level stand before the SPS's id; the ids themselves need at most 17 bits,
  // and no emulation prevention can occur before them except after a zero constraint byte and level.
  const r = new BitReader(nal.subarray(isSps ? 4 : 1, isSps ? 8 : 5), 'codec/avc-set-short');
  const id = r.ue();
  if (id >= (isSps ? MAX_SPS : MAX_PPS))
    throw new FormatError('codec/avc-set', `a parameter set with the id ${id}`);
  return id;
}
