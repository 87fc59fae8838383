/**
 * What a connect is answered with, and what is kept of its object.
 *
 * Spec: Adobe RTMP 1.0 §7.2.1.1. The values of `properties` are those of FMS; clients look at them.
 */
import { EcmaArray, type AmfObject, type AmfValue } from '../amf/index.ts';
import { commandMessage } from './command.ts';
import type { RtmpMessage } from './message.ts';

const MAX_ENCODER_CHARACTERS = 128;
const FMS_VERSION = 'FMS/3,0,1,123';

export function connectResult(
  transactionId: number,
  connect: AmfObject,
  capabilities: AmfObject | undefined,
): RtmpMessage {
  const properties = new Map<string, AmfValue>([
    ['fmsVer', FMS_VERSION],
    ['capabilities', 31],
    ['mode', 1],
    ...(capabilities ?? []),
  ]);
  const encoding = connect.get('objectEncoding');
  const information = new EcmaArray([
    ['level', 'status'],
    ['code', 'NetConnection.Connect.Success'],
    ['description', 'Connection succeeded.'],
    ['objectEncoding', typeof encoding === 'number' ? encoding : 0],
  ]);
  // A connect is answered to 1 even when the client forgot to number it.
  return commandMessage(0, '_result', transactionId || 1, properties, information);
}

/** Printable and short: it goes into logs and onto pages. */
export function encoderName(connect: AmfObject): string {
  const flashVer = connect.get('flashVer');
  if (typeof flashVer !== 'string') return '';
  return flashVer
    .slice(0, MAX_ENCODER_CHARACTERS)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
}
