/**
 * AudioSpecificConfig: what an AAC track sounds like.
 *
 * In: the bytes of FLV's AAC sequence header. Out: the configuration of the track.
 * HE-AAC is seen in all its explicit signallings: hierarchical (object type 5 or 29 first) and backward compatible
 * (a sync extension behind the LC configuration). Implicit signalling shows only in the decoder; the track is then
 * described as its LC core, which every decoder accepts.
 * Spec: ISO/IEC 14496-3 §1.6.2.1 (AudioSpecificConfig), §1.6.3 (tables), §4.4.1 (GASpecificConfig),
 * §4.4.1.1 (program_config_element), §1.6.5 (SBR signalling), §1.6.6 (PS signalling).
 */
import { FormatError } from '../bytes/index.ts';
import type { AudioConfig } from '../frame.ts';
import { BitReader } from './bit-reader.ts';

/** Table 1.18, by samplingFrequencyIndex; 15 is an escape to 24 explicit bits. */
const SAMPLE_RATES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const ESCAPE_RATE = 15;
/** Explicit rates beyond what MPEG-4 audio is made for are a broken or hostile header. */
const MIN_SAMPLE_RATE = 1_000;
const MAX_SAMPLE_RATE = 192_000;

/** Table 1.19, by channelConfiguration; 0 means that a program_config_element says it. */
const CHANNELS: readonly (number | undefined)[] = [
  undefined,
  1,
  2,
  3,
  4,
  5,
  6,
  8,
  undefined,
  undefined,
  undefined,
  7,
  8,
  24,
  8,
];

/** Table 1.17. The rest of the table is refused by number. */
const OBJECT_TYPES = { main: 1, lc: 2, ltp: 4, sbr: 5, ps: 29 } as const;
/** General Audio object types that browsers and MP4 players decode. */
const CORE_TYPES: ReadonlySet<number> = new Set([OBJECT_TYPES.main, OBJECT_TYPES.lc, OBJECT_TYPES.ltp]);

const SYNC_EXTENSION_SBR = 0x2b7;
const SYNC_EXTENSION_PS = 0x548;

/**
 * Units: `frameTicks` in output samples; SBR doubles the core's.
 * Memory: `record` is a copy.
 * @throws {FormatError} `codec/aac-config-short`, `codec/aac-config`, `codec/aac-object-type`
 */
export function parseAudioSpecificConfig(bytes: Uint8Array): AudioConfig {
  const r = new BitReader(bytes, 'codec/aac-config-short');
  let objectType = readObjectType(r); //                 audioObjectType
  const coreRate = readSampleRate(r); //                 samplingFrequencyIndex, samplingFrequency
  const channelConfiguration = r.bits(4); //             channelConfiguration
  let outputRate = coreRate;
  let sbr = false;
  let ps = false;
  if (objectType === OBJECT_TYPES.sbr || objectType === OBJECT_TYPES.ps) {
    sbr = true;
    ps = objectType === OBJECT_TYPES.ps;
    outputRate = readSampleRate(r); //                   extensionSamplingFrequencyIndex
    objectType = readObjectType(r); //                   audioObjectType of the core
  }
  if (!CORE_TYPES.has(objectType)) {
    throw new FormatError('codec/aac-object-type', `MPEG-4 audio object type ${objectType} is not supported`);
  }

  // GASpecificConfig
  const coreFrameSamples = r.flag() ? 960 : 1024; //     frameLengthFlag
  if (r.flag()) r.skip(14); //                           dependsOnCoreCoder, coreCoderDelay
  r.skip(1); //                                          extensionFlag: nothing follows it for these object types
  const coreChannels = channelConfiguration === 0 ? readProgramConfig(r) : CHANNELS[channelConfiguration];
  if (coreChannels === undefined || coreChannels === 0) {
    throw new FormatError('codec/aac-config', `channelConfiguration ${channelConfiguration} is reserved`);
  }

  // Backward-compatible signalling: old decoders stop reading before it.
  if (!sbr && r.remaining >= 16 && r.bits(11) === SYNC_EXTENSION_SBR) {
    if (readObjectType(r) === OBJECT_TYPES.sbr && r.remaining >= 5 && r.flag()) {
      sbr = true;
      outputRate = readSampleRate(r);
      if (r.remaining >= 12 && r.bits(11) === SYNC_EXTENSION_PS) ps = r.flag();
    }
  }

  // SBR doubles the rate; downsampled SBR (equal rates) puts out as many samples as the core.
  if (sbr && outputRate !== coreRate && outputRate !== 2 * coreRate) {
    throw new FormatError(
      'codec/aac-config',
      `SBR from ${coreRate} Hz to ${outputRate} Hz is neither equal nor twice`,
    );
  }
  const signalled = ps ? OBJECT_TYPES.ps : sbr ? OBJECT_TYPES.sbr : objectType;
  return {
    kind: 'audio',
    codec: 'aac',
    codecString: `mp4a.40.${signalled}`,
    record: new Uint8Array(bytes),
    sampleRate: outputRate,
    channels: ps ? 2 : coreChannels,
    frameTicks: coreFrameSamples * (outputRate / coreRate),
    timescale: outputRate,
  };
}

/** §1.6.2.1 GetAudioObjectType(): 5 bits, 31 is an escape. */
function readObjectType(r: BitReader): number {
  const type = r.bits(5);
  return type === 31 ? 32 + r.bits(6) : type;
}

function readSampleRate(r: BitReader): number {
  const index = r.bits(4);
  const rate = index === ESCAPE_RATE ? r.bits(24) : SAMPLE_RATES[index];
  if (rate === undefined || rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE) {
    throw new FormatError('codec/aac-config', `a sampling frequency of ${rate ?? `index ${index}`}`);
  }
  return rate;
}

/** program_config_element(): read for its number of channels. */
function readProgramConfig(r: BitReader): number {
  r.skip(4); //                                          element_instance_tag
  r.skip(2); //                                          object_type
  r.skip(4); //                                          sampling_frequency_index
  const front = r.bits(4); //                            num_front_channel_elements
  const side = r.bits(4); //                             num_side_channel_elements
  const back = r.bits(4); //                             num_back_channel_elements
  const lfe = r.bits(2); //                              num_lfe_channel_elements
  const data = r.bits(3); //                             num_assoc_data_elements
  const coupling = r.bits(4); //                         num_valid_cc_elements
  if (r.flag()) r.skip(4); //                            mono_mixdown_present, mono_mixdown_element_number
  if (r.flag()) r.skip(4); //                            stereo_mixdown_present, stereo_mixdown_element_number
  if (r.flag()) r.skip(3); //                            matrix_mixdown_idx_present, matrix_mixdown_idx, pseudo_surround
  let channels = lfe;
  for (let i = 0; i < front + side + back; i++) {
    channels += r.flag() ? 2 : 1; //                     front_, side_, back_element_is_cpe
    r.skip(4); //                                        front_, side_, back_element_tag_select
  }
  r.skip(4 * lfe); //                                    lfe_element_tag_select
  r.skip(4 * data); //                                   assoc_data_element_tag_select
  r.skip(5 * coupling); //                               cc_element_is_ind_sw, valid_cc_element_tag_select
  r.align(); //                                          byte_alignment()
  r.skip(8 * r.bits(8)); //                              comment_field_bytes, comment_field_data
  return channels;
}
