/** Repeatable chance for tests: the same seed gives the same run on every machine. */

/** Mulberry32: numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A copy of `bytes` with one to four faults: flipped or set bytes, a cut, an insertion, a doubled stretch. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  let result: Uint8Array = new Uint8Array(bytes);
  const faults = 1 + Math.floor(random() * 4);
  for (let i = 0; i < faults; i++) {
    const at = Math.floor(random() * result.length);
    const length = Math.floor(random() * 8);
    switch (Math.floor(random() * 5)) {
      case 0:
        result[at] = (result[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        break;
      case 1:
        result[at] = [0, 1, 0x7f, 0x80, 0xff][Math.floor(random() * 5)] ?? 0;
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3:
        result = joined(result.subarray(0, at), result.subarray(at, at + length), result.subarray(at));
        break;
      default:
        result = joined(result.subarray(0, at), result.subarray(at + length));
    }
  }
  return result;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** `'00 ff'` to bytes. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** `'00101 0110'` to bytes, filled up with zero bits. */
export function bits(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  const padded = digits.padEnd(Math.ceil(digits.length / 8) * 8, '0');
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
