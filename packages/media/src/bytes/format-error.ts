/**
 * What every parser of this package throws when bytes from outside break the rules of their format.
 *
 * "Needs more bytes" is never an error: readers return `undefined` for that. A state that only a defect of ours
 * could reach is an `assert`, not a `FormatError`.
 */
export class FormatError extends Error {
  /** Stable, greppable name of the rule that was broken: `layer/what-is-wrong`, e.g. `rtmp/chunk-size-zero`. */
  readonly code: string;
  /** Byte offset of the offence in the input of the parser that threw, when it is known. */
  readonly offset: number | undefined;

  constructor(code: string, message: string, offset?: number) {
    super(`${message} (${code}${offset === undefined ? '' : ` at byte ${offset}`})`);
    this.name = 'FormatError';
    this.code = code;
    this.offset = offset;
  }
}

/** Throws an Error that explains itself when an invariant of our own code does not hold. */
export function assert(condition: unknown, explanation: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${explanation}`);
}
