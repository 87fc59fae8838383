/**
 * Writes one box, or one full box, around what a function writes; the size is patched in afterwards.
 *
 * Spec: ISO/IEC 14496-12 §4.2 (size and type; version and flags).
 */
import type { ByteWriter } from '../bytes/index.ts';

export function box(w: ByteWriter, type: string, content: () => void): void {
  const at = w.length;
  w.u32(0); //                                           size
  w.ascii(type); //                                      type
  content();
  w.patchU32(at, w.length - at);
}

export function fullBox(
  w: ByteWriter,
  type: string,
  version: number,
  flags: number,
  content: () => void,
): void {
  box(w, type, () => {
    w.u8(version); //                                    version
    w.u24(flags); //                                     flags
    content();
  });
}
