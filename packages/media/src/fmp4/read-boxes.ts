/**
 * Walks the boxes of an MP4 byte array: for our own checks, not for files from outside.
 *
 * In: whole boxes. Out: one entry a box; `payload` is a view. Children are read by walking the payload again.
 * Spec: ISO/IEC 14496-12 §4.2 (object structure).
 * @throws {FormatError} `fmp4/box-short`, `fmp4/box-size`, `fmp4/box-count`
 */
import { ByteReader, FormatError } from '../bytes/index.ts';

export interface Box {
  readonly type: string;
  /** Offsets of the whole box, header included, in the bytes given. */
  readonly start: number;
  readonly end: number;
  /** What follows the header: for a full box beginning with version and flags. */
  readonly payload: Uint8Array;
}

/** More boxes side by side than any of our files has; it keeps 8-byte boxes from filling the memory of a caller. */
const MAX_BOXES = 100_000;

export function* readBoxes(bytes: Uint8Array): Generator<Box, void> {
  const r = new ByteReader(bytes, 'fmp4/box-short');
  for (let count = 0; r.remaining > 0; count++) {
    const start = r.offset;
    if (count >= MAX_BOXES) throw new FormatError('fmp4/box-count', `more than ${MAX_BOXES} boxes`, start);
    let size = r.u32(); //                               size
    const type = String.fromCharCode(r.u8(), r.u8(), r.u8(), r.u8()); // type
    if (size === 1) size = r.u64(); //                   largesize
    else if (size === 0) size = bytes.length - start; // to the end of the file
    const headerBytes = r.offset - start;
    if (size < headerBytes || size > bytes.length - start) {
      throw new FormatError(
        'fmp4/box-size',
        `box ${type} of ${size} bytes, ${bytes.length - start} are there`,
        start,
      );
    }
    const payload = r.view(size - headerBytes);
    yield { type, start, end: start + size, payload };
  }
}

/**
 * The first box at a path such as `moof/traf/trun`, through plain containers. Offsets are those in the innermost
 * container's payload.
 */
export function findBox(bytes: Uint8Array, path: string): Box | undefined {
  let within = bytes;
  let found: Box | undefined;
  for (const type of path.split('/')) {
    found = undefined;
    for (const box of readBoxes(within)) {
      if (box.type === type) {
        found = box;
        break;
      }
    }
    if (found === undefined) return undefined;
    within = found.payload;
  }
  return found;
}
