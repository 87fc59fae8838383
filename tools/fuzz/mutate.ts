/**
 * A seeded mutation engine for parsers of bytes.
 *
 * In: a corpus of valid inputs and a seed. Out: inputs that are broken in the ways that matter to parsers of binary
 * formats: lengths and counts set to extremes, bits flipped, ranges cut, doubled, moved, and taken from another input.
 * The same seed gives the same inputs, so that a find is a seed and a round.
 */

/** Random numbers from a seed (mulberry32): small, fast, good enough to choose places and values. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, below 2^32. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** At least 0, below `limit`. */
  below(limit: number): number {
    return limit <= 0 ? 0 : this.u32() % limit;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Small numbers often, large ones now and then: most bugs sit within a few bytes. */
  length(limit: number): number {
    return Math.min(limit, 1 + this.below(2 ** (1 + this.below(10))));
  }
}

/** What parsers trip over: the ends of the ranges of 8, 16, 24 and 32 bits. */
const EXTREMES = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0xfffffe, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

type Mutation = (
  bytes: Uint8Array,
  random: Random,
  corpus: readonly Uint8Array[],
  from: number,
) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random, _corpus, from) {
    const at = from + random.below(bytes.length - from);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  function setByte(bytes, random, _corpus, from) {
    bytes[from + random.below(bytes.length - from)] = random.below(256);
    return bytes;
  },
  function setField(bytes, random, _corpus, from) {
    const size = 1 + random.below(4);
    const at = from + random.below(bytes.length - from - size + 1);
    const value = random.pick(EXTREMES);
    for (let i = 0; i < size; i++) bytes[at + i] = (value >>> (8 * (size - 1 - i))) & 0xff;
    return bytes;
  },
  function nudgeByte(bytes, random, _corpus, from) {
    const at = from + random.below(bytes.length - from);
    bytes[at] = (bytes[at] ?? 0) + random.below(9) - 4;
    return bytes;
  },
  function truncate(bytes, random, _corpus, from) {
    return bytes.subarray(0, from + random.below(bytes.length - from));
  },
  function remove(bytes, random, _corpus, from) {
    const at = from + random.below(bytes.length - from);
    const count = random.length(bytes.length - at);
    return splice(bytes, at, count, new Uint8Array(0));
  },
  function double(bytes, random, _corpus, from) {
    const at = from + random.below(bytes.length - from);
    const count = random.length(bytes.length - at);
    return splice(bytes, at + count, 0, bytes.slice(at, at + count));
  },
  function insert(bytes, random, _corpus, from) {
    const at = from + random.below(bytes.length - from);
    const filler = random.below(256);
    const isNoise = random.below(2) === 0;
    const noise = Uint8Array.from({ length: random.length(256) }, () =>
      isNoise ? random.below(256) : filler,
    );
    return splice(bytes, at, 0, noise);
  },
  function takeFromAnother(bytes, random, corpus, from) {
    const other = random.pick(corpus);
    const otherAt = random.below(other.length);
    const count = random.length(other.length - otherAt);
    const at = from + random.below(bytes.length - from);
    return splice(bytes, at, random.below(2) === 0 ? 0 : count, other.subarray(otherAt, otherAt + count));
  },
];

function splice(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const spliced = new Uint8Array(at + added.length + rest.length);
  spliced.set(bytes.subarray(0, at));
  spliced.set(added, at);
  spliced.set(rest, at + added.length);
  return spliced;
}

/**
 * A broken copy of one of the corpus.
 * @param untouchedBytes How much of its beginning stays whole, so that a prefix that guards everything after it
 *   (a handshake, a magic number) does not stop every round there.
 */
export function mutate(corpus: readonly Uint8Array[], random: Random, untouchedBytes = 0): Uint8Array {
  let bytes: Uint8Array = random.pick(corpus).slice();
  for (let left = 1 + random.below(4); left > 0; left--) {
    if (bytes.length - untouchedBytes < 8) return bytes;
    bytes = random.pick(MUTATIONS)(bytes, random, corpus, untouchedBytes);
  }
  return bytes;
}
