/**
 * A face for every name, without a picture: a hue, a letter and a seed that follow from the name alone, so that a
 * channel looks the same on every page and at every visit.
 */

/** FNV-1a, 32 bit, then mixed. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  // Short names differ little in the low bits, which choose the hue: fold the high ones in (murmur3's last step).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Degrees of hue (OKLCH), in steps that the eye can tell apart side by side. */
const HUE_STEP = 12;

export function hueOf(name: string): number {
  return (hashName(name) % (360 / HUE_STEP)) * HUE_STEP;
}

/** First character as people see it: a Chinese character, a letter, an emoji with all its parts. */
export function initialOf(name: string): string {
  const first = new Intl.Segmenter().segment(name.trim())[Symbol.iterator]().next().value?.segment ?? '?';
  return first.toLocaleUpperCase();
}

/** Numbers in [0, 1) that follow from a seed: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
