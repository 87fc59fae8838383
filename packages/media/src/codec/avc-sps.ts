/**
 * The AVC sequence parameter set: what a picture looks like.
 *
 * In: one SPS NAL unit with its header byte, as it stands in avcC or in the stream. Out: its parameters.
 * Spec: ISO/IEC 14496-10 (ITU-T H.264) §7.3.2.1.1 (syntax), §7.4.2.1.1 (semantics), Annex E (VUI).
 */
import { FormatError } from '../bytes/index.ts';
import type { VideoColour } from '../frame.ts';
import { BitReader } from './bit-reader.ts';

export interface AvcSps {
  readonly id: number;
  readonly profile: number;
  /** The constraint flags and reserved bits: the byte between profile and level. */
  readonly compatibility: number;
  readonly level: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** After cropping, in luma samples. */
  readonly width: number;
  readonly height: number;
  readonly sampleAspectRatio: readonly [number, number];
  /** Frames a second when the VUI has timing. */
  readonly frameRate: number | undefined;
  readonly colour: VideoColour | undefined;
}

/** Level 6.2 allows 139,264 macroblocks and a side of √(8 × that): 1,056 macroblocks (Table A-1, §A.3.1). */
const MAX_SIDE_MACROBLOCKS = 1056;
/** Profiles whose SPS carries chroma format, bit depth and scaling matrices (§7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);
/** §7.4.2.1.1: num_ref_frames_in_pic_order_cnt_cycle is 0 to 255. */
const MAX_POC_CYCLE = 255;
/** Above this the VUI does not describe a picture rate that a display has; encoders write nonsense there. */
const MAX_FRAME_RATE = 1000;

/** Table E-1, by aspect_ratio_idc; 255 is Extended_SAR. */
const SAMPLE_ASPECT_RATIOS: readonly (readonly [number, number])[] = [
  [1, 1], // 0: unspecified
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
const EXTENDED_SAR = 255;

/** @throws {FormatError} `codec/avc-sps-short`, `codec/avc-sps`, `codec/exp-golomb` */
export function parseAvcSps(nal: Uint8Array): AvcSps {
  const r = new BitReader(removeEmulationPrevention(nal.subarray(1)), 'codec/avc-sps-short');
  const profile = r.bits(8); //                          profile_idc
  const compatibility = r.bits(8); //                    constraint_set0..5_flag, reserved_zero_2bits
  const level = r.bits(8); //                            level_idc
  const id = limited(r.ue(), 31, 'seq_parameter_set_id');

  let chromaFormat = 1;
  let separateColourPlanes = false;
  let bitDepthLuma = 8;
  let bitDepthChroma = 8;
  if (HIGH_PROFILES.has(profile)) {
    chromaFormat = limited(r.ue(), 3, 'chroma_format_idc');
    if (chromaFormat === 3) separateColourPlanes = r.flag();
    bitDepthLuma = 8 + limited(r.ue(), 6, 'bit_depth_luma_minus8');
    bitDepthChroma = 8 + limited(r.ue(), 6, 'bit_depth_chroma_minus8');
    r.skip(1); //                                        qpprime_y_zero_transform_bypass_flag
    if (r.flag()) skipScalingMatrix(r, chromaFormat === 3 ? 12 : 8);
  }

  limited(r.ue(), 12, 'log2_max_frame_num_minus4');
  skipPictureOrderCount(r);
  limited(r.ue(), 16, 'max_num_ref_frames');
  r.skip(1); //                                          gaps_in_frame_num_value_allowed_flag
  const widthInMbs = limited(r.ue(), MAX_SIDE_MACROBLOCKS - 1, 'pic_width_in_mbs_minus1') + 1;
  const heightInMapUnits = limited(r.ue(), MAX_SIDE_MACROBLOCKS - 1, 'pic_height_in_map_units_minus1') + 1;
  const frameMbsOnly = r.flag(); //                      frame_mbs_only_flag
  if (!frameMbsOnly) r.skip(1); //                       mb_adaptive_frame_field_flag
  r.skip(1); //                                          direct_8x8_inference_flag

  let width = widthInMbs * 16;
  let height = heightInMapUnits * 16 * (frameMbsOnly ? 1 : 2);
  if (r.flag()) {
    // frame_cropping_flag; the offsets count chroma samples (equations 7-19 to 7-22)
    const chromaArrayType = separateColourPlanes ? 0 : chromaFormat;
    const cropUnitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1;
    const cropUnitY = (chromaArrayType === 1 ? 2 : 1) * (frameMbsOnly ? 1 : 2);
    width -= cropUnitX * (r.ue() + r.ue()); //           frame_crop_left_offset, frame_crop_right_offset
    height -= cropUnitY * (r.ue() + r.ue()); //          frame_crop_top_offset, frame_crop_bottom_offset
    if (width <= 0 || height <= 0) throw new FormatError('codec/avc-sps', 'the cropping leaves no picture');
  }

  const vui = r.flag() ? readVui(r) : NO_VUI;
  return {
    id,
    profile,
    compatibility,
    level,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    width,
    height,
    ...vui,
  };
}

type Vui = Pick<AvcSps, 'sampleAspectRatio' | 'frameRate' | 'colour'>;
const NO_VUI: Vui = { sampleAspectRatio: [1, 1], frameRate: undefined, colour: undefined };

/** §E.1.1, up to the timing; what comes after (HRD, bitstream restriction) describes no picture. */
function readVui(r: BitReader): Vui {
  let sampleAspectRatio: readonly [number, number] = [1, 1];
  if (r.flag()) {
    const idc = r.bits(8); //                            aspect_ratio_idc
    const ratio = idc === EXTENDED_SAR ? ([r.bits(16), r.bits(16)] as const) : SAMPLE_ASPECT_RATIOS[idc];
    if (ratio !== undefined && ratio[0] > 0 && ratio[1] > 0) sampleAspectRatio = ratio;
  }
  if (r.flag()) r.skip(1); //                            overscan_info_present_flag, overscan_appropriate_flag
  const colour = r.flag() ? readVideoSignalType(r) : undefined;
  if (r.flag()) {
    r.ue(); //                                           chroma_sample_loc_type_top_field
    r.ue(); //                                           chroma_sample_loc_type_bottom_field
  }
  let frameRate: number | undefined;
  if (r.flag()) {
    const unitsInTick = r.bits(32); //                   num_units_in_tick
    const timeScale = r.bits(32); //                     time_scale
    // A tick is a field (§E.2.1), so a frame lasts two; without fixed_frame_rate_flag this is only a maximum,
    // but it is what encoders write for their constant rate, too.
    const rate = timeScale / (2 * unitsInTick);
    if (rate > 0 && rate <= MAX_FRAME_RATE) frameRate = rate;
  }
  return { sampleAspectRatio, frameRate, colour };
}

function readVideoSignalType(r: BitReader): VideoColour | undefined {
  r.skip(3); //                                          video_format
  const fullRange = r.flag(); //                         video_full_range_flag
  if (!r.flag()) return undefined; //                    colour_description_present_flag
  const primaries = r.bits(8); //                        colour_primaries
  const transfer = r.bits(8); //                         transfer_characteristics
  const matrix = r.bits(8); //                           matrix_coefficients
  return { primaries, transfer, matrix, fullRange };
}

/** §7.3.2.1.1.1 scaling_list(): only its length matters here. */
function skipScalingMatrix(r: BitReader, listCount: number): void {
  for (let list = 0; list < listCount; list++) {
    if (!r.flag()) continue; //                          seq_scaling_list_present_flag[i]
    const size = list < 6 ? 16 : 64;
    let last = 8;
    let next = 8;
    for (let i = 0; i < size; i++) {
      if (next !== 0) next = (last + r.se() + 256) % 256; // delta_scale
      last = next === 0 ? last : next;
    }
  }
}

function skipPictureOrderCount(r: BitReader): void {
  const type = limited(r.ue(), 2, 'pic_order_cnt_type');
  if (type === 0) {
    limited(r.ue(), 12, 'log2_max_pic_order_cnt_lsb_minus4');
  } else if (type === 1) {
    r.skip(1); //                                        delta_pic_order_always_zero_flag
    r.se(); //                                           offset_for_non_ref_pic
    r.se(); //                                           offset_for_top_to_bottom_field
    const cycle = limited(r.ue(), MAX_POC_CYCLE, 'num_ref_frames_in_pic_order_cnt_cycle');
    for (let i = 0; i < cycle; i++) r.se(); //           offset_for_ref_frame[i]
  }
}

function limited(value: number, maximum: number, field: string): number {
  if (value > maximum) throw new FormatError('codec/avc-sps', `${field} is ${value}, the most is ${maximum}`);
  return value;
}

/** §7.4.1: in 00 00 03 the 03 keeps start codes out of the payload and is not part of it. */
export function removeEmulationPrevention(bytes: Uint8Array): Uint8Array {
  const rbsp = new Uint8Array(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    rbsp[length++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return rbsp.subarray(0, length);
}
