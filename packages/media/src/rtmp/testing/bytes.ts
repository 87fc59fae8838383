/** Words of this folder's tests: bytes as hex, pieces joined and cut, errors by their code. */
import { FormatError } from '../../bytes/index.ts';

/** Hex to bytes; blanks and bars are for the reader. `00*5` is five zero bytes. */
export function bytes(hex: string): Uint8Array {
  const plain = hex
    .replaceAll(/[\s|]+/g, ' ')
    .replaceAll(/([0-9a-f]{2})\*(\d+)/g, (_all, byte: string, times: string) => byte.repeat(Number(times)));
  return Uint8Array.from(Buffer.from(plain.replaceAll(' ', ''), 'hex'));
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

export function join(...pieces: readonly (Uint8Array | undefined)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces.filter((piece) => piece !== undefined)));
}

export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof FormatError && error.code === code;
}
