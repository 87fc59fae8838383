export { Amf0Reader, readAmf0 } from './amf0-reader.ts';
export { writeAmf0 } from './amf0-writer.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
export {
  EcmaArray,
  isAmfObject,
  MAX_AMF_DEPTH,
  MAX_AMF_VALUES,
  type AmfObject,
  type AmfValue,
} from './value.ts';
