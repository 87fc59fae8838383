/**
 * AMF0: bytes in, values out.
 *
 * Spec: Adobe AMF0 (2007) §2.1 to §2.18. All numbers are big-endian. Marker 0x11 hands one value to AMF3.
 * Object references (0x07) are read and left `undefined`: no encoder sends them, and following them builds
 * loops and bombs out of a few bytes.
 * Memory: strings and maps are new; byte arrays (AMF3 only) are views into the input.
 * @throws {FormatError} `amf/short`, `amf/too-deep`, `amf/too-many-values`, `amf/marker-unknown`
 */
import { ByteReader, FormatError } from '../bytes/index.ts';
import { Amf3Reader } from './amf3-reader.ts';
import { AmfBudget } from './budget.ts';
import { decodeUtf8 } from './utf8.ts';
import type { AmfValue } from './value.ts';

/** §2.1: the type markers. */
export const AMF0 = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  reference: 0x07,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  avmPlus: 0x11,
} as const;

export class Amf0Reader {
  readonly #in: ByteReader;
  readonly #budget = new AmfBudget();

  constructor(bytes: Uint8Array) {
    this.#in = new ByteReader(bytes, 'amf/short');
  }

  get offset(): number {
    return this.#in.offset;
  }

  get done(): boolean {
    return this.#in.remaining === 0;
  }

  /** The next value. Call it only while not `done`. */
  read(): AmfValue {
    return this.#value(0);
  }

  #value(depth: number): AmfValue {
    const at = this.#in.offset;
    this.#budget.spend(depth, at);
    const marker = this.#in.u8();
    switch (marker) {
      case AMF0.number:
        return this.#in.f64();
      case AMF0.boolean:
        return this.#in.u8() !== 0;
      case AMF0.string:
        return this.#text(this.#in.u16());
      case AMF0.longString:
      case AMF0.xmlDocument:
        return this.#text(this.#in.u32());
      case AMF0.null:
      case AMF0.unsupported:
        return null;
      case AMF0.undefined:
        return undefined;
      case AMF0.reference:
        this.#in.skip(2);
        return undefined;
      case AMF0.object:
        return this.#properties(depth);
      case AMF0.typedObject:
        this.#in.skip(this.#in.u16()); // class name
        return this.#properties(depth);
      case AMF0.ecmaArray:
        this.#in.skip(4); // associative-count: a hint that senders get wrong; the end marker counts
        return this.#properties(depth);
      case AMF0.strictArray:
        return this.#strictArray(depth);
      case AMF0.date:
        return this.#date();
      case AMF0.avmPlus:
        return new Amf3Reader(this.#in, this.#budget).read(depth);
      default:
        throw new FormatError('amf/marker-unknown', `type marker ${marker}`, at);
    }
  }

  #text(byteCount: number): string {
    return decodeUtf8(this.#in.view(byteCount));
  }

  /** §2.5: name and value pairs, up to an empty name followed by the object end marker. */
  #properties(depth: number): Map<string, AmfValue> {
    const properties = new Map<string, AmfValue>();
    // Some encoders forget the end marker of the last object in a message: the end of the bytes ends it too.
    while (this.#in.remaining > 0) {
      const name = this.#text(this.#in.u16());
      if (name === '' && this.#in.remaining > 0 && this.#peek() === AMF0.objectEnd) {
        this.#in.skip(1);
        break;
      }
      properties.set(name, this.#value(depth + 1));
    }
    return properties;
  }

  #peek(): number | undefined {
    return this.#in.bytes[this.#in.offset];
  }

  /** §2.12. The announced count allocates nothing: each value costs at least one byte of input. */
  #strictArray(depth: number): AmfValue[] {
    const count = this.#in.u32();
    const values: AmfValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.#value(depth + 1));
    return values;
  }

  /** §2.13: ms since 1970 UTC, then a reserved time zone. */
  #date(): Date {
    const ms = this.#in.f64();
    this.#in.skip(2);
    return new Date(ms);
  }
}

/** All values of a message body, to its end. */
export function readAmf0(bytes: Uint8Array): AmfValue[] {
  const reader = new Amf0Reader(bytes);
  const values: AmfValue[] = [];
  while (!reader.done) values.push(reader.read());
  return values;
}
