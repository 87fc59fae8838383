/**
 * How much of one message is still read: depth and number of values.
 *
 * Shared by AMF0 and the AMF3 it may switch to, so that neither can be used to get around the other's bound.
 * @throws {FormatError} `amf/too-deep`, `amf/too-many-values`
 */
import { FormatError } from '../bytes/index.ts';
import { MAX_AMF_DEPTH, MAX_AMF_VALUES } from './value.ts';

export class AmfBudget {
  #valuesLeft = MAX_AMF_VALUES;

  /** Counts one value at this depth. */
  spend(depth: number, offset: number): void {
    if (depth > MAX_AMF_DEPTH)
      throw new FormatError('amf/too-deep', `nested deeper than ${MAX_AMF_DEPTH}`, offset);
    if (--this.#valuesLeft < 0) {
      throw new FormatError('amf/too-many-values', `more than ${MAX_AMF_VALUES} values`, offset);
    }
  }
}
