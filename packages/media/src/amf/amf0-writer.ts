/**
 * AMF0: values in, bytes out.
 *
 * Spec: Adobe AMF0 (2007) §2. A `Map` is written as an object, an `EcmaArray` as an ECMA array, an array as a
 * strict array, text above 65,535 bytes as a long string. AMF3's byte array has no AMF0 form and is refused.
 */
import { assert, ByteWriter } from '../bytes/index.ts';
import { AMF0 } from './amf0-reader.ts';
import { encodeUtf8 } from './utf8.ts';
import { EcmaArray, isAmfObject, MAX_AMF_DEPTH, type AmfObject, type AmfValue } from './value.ts';

const MAX_SHORT_STRING_BYTES = 0xffff;

export function writeAmf0(...values: readonly AmfValue[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  for (const value of values) writeValue(out, value, 0);
  return out.finish();
}

function writeValue(out: ByteWriter, value: AmfValue, depth: number): void {
  assert(depth <= MAX_AMF_DEPTH, 'a value we write nests no deeper than one we would read');
  if (value === null) out.u8(AMF0.null);
  else if (value === undefined) out.u8(AMF0.undefined);
  else if (typeof value === 'number') out.u8(AMF0.number).f64(value);
  else if (typeof value === 'boolean') out.u8(AMF0.boolean).u8(value ? 1 : 0);
  else if (typeof value === 'string') writeString(out, value);
  else if (value instanceof Date) out.u8(AMF0.date).f64(value.getTime()).u16(0);
  else if (isAmfObject(value)) writeObject(out, value, depth);
  else {
    assert(!(value instanceof Uint8Array), 'AMF0 has no byte array');
    out.u8(AMF0.strictArray).u32(value.length);
    for (const item of value) writeValue(out, item, depth + 1);
  }
}

function writeString(out: ByteWriter, text: string): void {
  const bytes = encodeUtf8(text);
  if (bytes.length <= MAX_SHORT_STRING_BYTES) out.u8(AMF0.string).u16(bytes.length).bytes(bytes);
  else out.u8(AMF0.longString).u32(bytes.length).bytes(bytes);
}

function writeObject(out: ByteWriter, object: AmfObject, depth: number): void {
  if (object instanceof EcmaArray) out.u8(AMF0.ecmaArray).u32(object.size);
  else out.u8(AMF0.object);
  for (const [name, value] of object) {
    const nameBytes = encodeUtf8(name);
    assert(nameBytes.length <= MAX_SHORT_STRING_BYTES, 'a property name fits its 16-bit length');
    out.u16(nameBytes.length).bytes(nameBytes);
    writeValue(out, value, depth + 1);
  }
  out.u16(0).u8(AMF0.objectEnd);
}
