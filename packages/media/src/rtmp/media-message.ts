/**
 * A media message as the body of an FLV tag.
 *
 * Spec: Adobe RTMP 1.0 §7.1.2 to §7.1.5; FLV 10.1 §E.4.4. AMF3 data (15) is AMF0 behind one format byte.
 * `@setDataFrame` is RTMP's wrapping of a script tag and is taken off; `@clearDataFrame` has no FLV form.
 */
import { encodeUtf8 } from '../amf/index.ts';
import { MESSAGE, type MediaMessage, type RtmpMessage } from './message.ts';

/** An AMF0 string: marker, 16-bit length, text. */
function amfString(text: string): Uint8Array {
  return Uint8Array.from([2, text.length >> 8, text.length & 0xff, ...encodeUtf8(text)]);
}
export const SET_DATA_FRAME = amfString('@setDataFrame');
const CLEAR_DATA_FRAME = amfString('@clearDataFrame');

const TYPES: ReadonlyMap<number, MediaMessage['type']> = new Map<number, MediaMessage['type']>([
  [MESSAGE.audio, 'audio'],
  [MESSAGE.video, 'video'],
  [MESSAGE.dataAmf0, 'data'],
  [MESSAGE.dataAmf3, 'data'],
]);

/** `undefined` for what carries nothing. */
export function mediaMessage(message: RtmpMessage): MediaMessage | undefined {
  const type = TYPES.get(message.typeId);
  if (type === undefined || message.payload.length === 0) return undefined;
  const { timestampMs } = message;
  if (type !== 'data') return { type, timestampMs, payload: message.payload };
  let payload = message.typeId === MESSAGE.dataAmf3 ? message.payload.subarray(1) : message.payload;
  if (startsWith(payload, CLEAR_DATA_FRAME)) return undefined;
  if (startsWith(payload, SET_DATA_FRAME)) payload = payload.subarray(SET_DATA_FRAME.length);
  return payload.length === 0 ? undefined : { type, timestampMs, payload };
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => byte === bytes[i]);
}
