/**
 * UTF-8 in both directions. `TextDecoder` and `TextEncoder` exist in every runtime this package is for, but in
 * no `lib` of ECMAScript, so the little that is used is declared here.
 *
 * Broken sequences become U+FFFD: a name with a wrong byte in it is still a name.
 */
declare const TextDecoder: new (
  label: 'utf-8',
  options: { ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}
