/**
 * onMetaData: the values a publisher announces, however it wrapped them.
 *
 * In: the body of a data tag or message (AMF0). Out: the values, or `undefined` when it is another message.
 * Spec: FLV 10.1 §E.5 (onMetaData); RTMP 1.0 §7.1.3 (`@setDataFrame` in front).
 * @throws {FormatError} as the AMF reader
 */
import { Amf0Reader, type AmfObject, isAmfObject } from '../amf/index.ts';

export function readMetadata(body: Uint8Array): AmfObject | undefined {
  const r = new Amf0Reader(body);
  if (r.done) return undefined;
  let name = r.read();
  if (name === '@setDataFrame' && !r.done) name = r.read();
  if (name !== 'onMetaData' || r.done) return undefined;
  const values = r.read();
  return isAmfObject(values) ? values : undefined;
}
