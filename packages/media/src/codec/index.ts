/** Codec configurations: from the bytes that name them to what a track is. One file a codec or structure. */
export {
  avcCodecString,
  avcVideoConfig,
  buildAvcC,
  parameterSetId,
  parseAvcC,
  type AvcRecord,
} from './avc-config.ts';
export { NAL_TYPES, nalType, readAccessUnit, type AccessUnit, type AccessUnitResult } from './avc-nal.ts';
export { parseAvcSps, removeEmulationPrevention, type AvcSps } from './avc-sps.ts';
export { parseAudioSpecificConfig } from './aac.ts';
export { MP3_HEADER_BYTES, mp3AudioConfig, parseMp3Header, type Mp3Header } from './mp3.ts';
