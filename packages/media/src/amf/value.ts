/**
 * What an AMF value is in this package, and how much of it we are willing to read.
 *
 * Objects become a `Map`, so that a key such as `__proto__` is a key like any other. AMF0's object and ECMA array
 * mean the same to a reader; a writer that must send an ECMA array says so with `EcmaArray`.
 *
 * Spec: Adobe AMF0 (2007) §2; Adobe AMF3 (2013) §3.
 */

export type AmfValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | Date
  | Uint8Array
  | readonly AmfValue[]
  | AmfObject;

export type AmfObject = ReadonlyMap<string, AmfValue>;

/** Written with AMF0's ECMA array marker (onMetaData), read back as an object. */
export class EcmaArray extends Map<string, AmfValue> {}

/** Real messages nest two or three deep; a bound well below the JavaScript stack. */
export const MAX_AMF_DEPTH = 24;

/** Values in one message, keys not counted: an onMetaData with a key frame index has thousands. */
export const MAX_AMF_VALUES = 65_536;

export function isAmfObject(value: AmfValue): value is AmfObject {
  return value instanceof Map;
}
