/**
 * AMF3: one value out of a byte reader that AMF0 has handed over.
 *
 * Spec: Adobe AMF3 (2013) §1.3.1 (U29), §3.1 to §3.18.
 * References to strings and traits are followed (every sender uses them). References to objects are left
 * `undefined`, as in AMF0, and so are externalizable objects' contents: those cannot be read without knowing
 * the class, so they are refused.
 * @throws {FormatError} `amf/short`, `amf/too-deep`, `amf/too-many-values`, `amf/marker-unknown`,
 *   `amf/reference-unknown`, `amf/externalizable`
 */
import { FormatError, type ByteReader } from '../bytes/index.ts';
import type { AmfBudget } from './budget.ts';
import { decodeUtf8 } from './utf8.ts';
import type { AmfValue } from './value.ts';

/** §3.1: the type markers. */
const AMF3 = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  integer: 0x04,
  double: 0x05,
  string: 0x06,
  xmlDocument: 0x07,
  date: 0x08,
  array: 0x09,
  object: 0x0a,
  xml: 0x0b,
  byteArray: 0x0c,
  vectorInt: 0x0d,
  vectorUint: 0x0e,
  vectorDouble: 0x0f,
  vectorObject: 0x10,
  dictionary: 0x11,
} as const;

interface Traits {
  readonly dynamic: boolean;
  readonly names: readonly string[];
}

export class Amf3Reader {
  readonly #in: ByteReader;
  readonly #budget: AmfBudget;
  readonly #strings: string[] = [];
  readonly #traits: Traits[] = [];

  constructor(reader: ByteReader, budget: AmfBudget) {
    this.#in = reader;
    this.#budget = budget;
  }

  read(depth: number): AmfValue {
    const at = this.#in.offset;
    this.#budget.spend(depth, at);
    const marker = this.#in.u8();
    switch (marker) {
      case AMF3.undefined:
        return undefined;
      case AMF3.null:
        return null;
      case AMF3.false:
        return false;
      case AMF3.true:
        return true;
      case AMF3.integer:
        return (this.#u29() << 3) >> 3; // 29 bits, signed
      case AMF3.double:
        return this.#in.f64();
      case AMF3.string:
        return this.#string();
      case AMF3.xmlDocument:
      case AMF3.xml:
        return this.#inline((byteCount) => decodeUtf8(this.#in.view(byteCount)));
      case AMF3.date:
        return this.#inline(() => new Date(this.#in.f64()));
      case AMF3.array:
        return this.#inline((denseCount) => this.#array(denseCount, depth));
      case AMF3.object:
        return this.#object(depth);
      case AMF3.byteArray:
        return this.#inline((byteCount) => this.#in.view(byteCount));
      case AMF3.vectorInt:
        return this.#vector(() => this.#in.i32(), depth);
      case AMF3.vectorUint:
        return this.#vector(() => this.#in.u32(), depth);
      case AMF3.vectorDouble:
        return this.#vector(() => this.#in.f64(), depth);
      case AMF3.vectorObject:
        return this.#vectorOfObjects(depth);
      case AMF3.dictionary:
        return this.#inline((count) => this.#dictionary(count, depth));
      default:
        throw new FormatError('amf/marker-unknown', `AMF3 type marker ${marker}`, at);
    }
  }

  /** §1.3.1: up to four bytes, seven bits each but the last, which has eight. */
  #u29(): number {
    let value = 0;
    for (let i = 0; i < 3; i++) {
      const byte = this.#in.u8();
      value = (value << 7) | (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return (value << 8) | this.#in.u8();
  }

  /** The low bit tells a value that follows (1, the rest is a length) from a reference to an earlier one (0). */
  #inline(read: (length: number) => AmfValue): AmfValue {
    const header = this.#u29();
    return header & 1 ? read(header >> 1) : undefined;
  }

  #string(): string {
    const at = this.#in.offset;
    const header = this.#u29();
    if (header & 1) {
      const text = decodeUtf8(this.#in.view(header >> 1));
      if (text !== '') this.#strings.push(text); // the empty string is never sent by reference
      return text;
    }
    const known = this.#strings[header >> 1];
    if (known === undefined) throw new FormatError('amf/reference-unknown', 'a string not yet sent', at);
    return known;
  }

  /** §3.11: named values up to an empty name, then the dense ones. Only dense: an array; else an object. */
  #array(denseCount: number, depth: number): AmfValue {
    const named = this.#namedValues(new Map<string, AmfValue>(), depth);
    if (named.size === 0) {
      const values: AmfValue[] = [];
      for (let i = 0; i < denseCount; i++) values.push(this.read(depth + 1));
      return values;
    }
    for (let i = 0; i < denseCount; i++) named.set(String(i), this.read(depth + 1));
    return named;
  }

  #namedValues(into: Map<string, AmfValue>, depth: number): Map<string, AmfValue> {
    for (;;) {
      const name = this.#string();
      if (name === '') return into;
      into.set(name, this.read(depth + 1));
    }
  }

  /** §3.12 */
  #object(depth: number): AmfValue {
    const at = this.#in.offset;
    const header = this.#u29();
    if ((header & 1) === 0) return undefined;
    const traits = this.#objectTraits(header, at);
    const properties = new Map<string, AmfValue>();
    for (const name of traits.names) properties.set(name, this.read(depth + 1));
    return traits.dynamic ? this.#namedValues(properties, depth) : properties;
  }

  #objectTraits(header: number, at: number): Traits {
    if ((header & 2) === 0) {
      const known = this.#traits[header >> 2];
      if (known === undefined) throw new FormatError('amf/reference-unknown', 'traits not yet sent', at);
      return known;
    }
    if (header & 4) throw new FormatError('amf/externalizable', 'an object only its class can read', at);
    this.#string(); // class name
    const names: string[] = [];
    for (let left = header >> 4; left > 0; left--) {
      this.#budget.spend(0, at);
      names.push(this.#string());
    }
    const traits = { dynamic: (header & 8) !== 0, names };
    this.#traits.push(traits);
    return traits;
  }

  /** §3.15: count, a fixed-length flag, the numbers. */
  #vector(readItem: () => number, depth: number): AmfValue {
    return this.#inline((count) => {
      this.#in.skip(1);
      const values: number[] = [];
      for (let i = 0; i < count; i++) {
        this.#budget.spend(depth, this.#in.offset);
        values.push(readItem());
      }
      return values;
    });
  }

  #vectorOfObjects(depth: number): AmfValue {
    return this.#inline((count) => {
      this.#in.skip(1);
      this.#string(); // class name of the items
      const values: AmfValue[] = [];
      for (let i = 0; i < count; i++) values.push(this.read(depth + 1));
      return values;
    });
  }

  /** §3.16: pairs; only those with a text or number for a key can be named. */
  #dictionary(count: number, depth: number): AmfValue {
    this.#in.skip(1); // weak keys
    const entries = new Map<string, AmfValue>();
    for (let i = 0; i < count; i++) {
      const key = this.read(depth + 1);
      const value = this.read(depth + 1);
      if (typeof key === 'string' || typeof key === 'number') entries.set(String(key), value);
    }
    return entries;
  }
}
