/** FLV: tag bodies to configurations and frames; files to tags and back. */
export { TagReader } from './tag-reader.ts';
export { parseFlvFile, writeFlvHeader, writeFlvTag, type FlvTag } from './file.ts';
