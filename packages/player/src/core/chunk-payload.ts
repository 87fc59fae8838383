/**
 * Finds the coded frames in a CMAF chunk: the payload of its `mdat` box.
 *
 * Spec: ISO/IEC 14496-12 §4.2 (box header: size u32, type u32, largesize u64 when size is 1; 0 = to the end).
 * Memory: the result is a view into the input. `undefined` when there is no whole `mdat`.
 */
const MDAT = 0x6d646174;

export function chunkPayload(chunk: Uint8Array): Uint8Array | undefined {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  let at = 0;
  while (at + 8 <= chunk.length) {
    let size = view.getUint32(at);
    let headerBytes = 8;
    if (size === 1) {
      if (at + 16 > chunk.length) return undefined;
      size = Number(view.getBigUint64(at + 8));
      headerBytes = 16;
    } else if (size === 0) size = chunk.length - at;
    if (size < headerBytes || at + size > chunk.length) return undefined;
    if (view.getUint32(at + 4) === MDAT) return chunk.subarray(at + headerBytes, at + size);
    at += size;
  }
  return undefined;
}
