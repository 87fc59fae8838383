/** CMAF: init segments and chunks, and a walk over boxes for checks. */
export { writeInitSegment, type InitTrack } from './init.ts';
export { writeChunk, type ChunkInput, type WrittenChunk } from './chunk.ts';
export { readBoxes, findBox, type Box } from './read-boxes.ts';
