/**
 * Commands: name, transaction id, command object, arguments.
 *
 * Spec: Adobe RTMP 1.0 §7.2. Type 20 is AMF0. Type 17 is AMF0 behind one format byte, switching to AMF3 value by
 * value (marker 0x11). Transaction ids are small numbers; 0 means that no answer is expected.
 * @throws {FormatError} `rtmp/command-too-large`, `rtmp/command-nameless`, and `amf/…`
 */
import { readAmf0, writeAmf0, type AmfValue } from '../amf/index.ts';
import { FormatError } from '../bytes/index.ts';
import { MAX_COMMAND_BYTES } from './limits.ts';
import { MESSAGE, type RtmpMessage } from './message.ts';

export interface Command {
  readonly name: string;
  readonly transactionId: number;
  /** The message stream it came on. */
  readonly streamId: number;
  readonly object: AmfValue;
  readonly args: readonly AmfValue[];
}

export function readCommand(message: RtmpMessage): Command {
  const { payload, typeId, streamId } = message;
  if (payload.length > MAX_COMMAND_BYTES) {
    throw new FormatError('rtmp/command-too-large', `a command of ${payload.length} bytes`);
  }
  const [name, transactionId, object, ...args] = readAmf0(
    typeId === MESSAGE.commandAmf3 ? payload.subarray(1) : payload,
  );
  if (typeof name !== 'string') throw new FormatError('rtmp/command-nameless', 'a command without a name');
  return {
    name,
    transactionId: typeof transactionId === 'number' ? transactionId : 0,
    streamId,
    object,
    args,
  };
}

export function commandMessage(
  streamId: number,
  name: string,
  transactionId: number,
  object: AmfValue,
  ...args: readonly AmfValue[]
): RtmpMessage {
  const payload = writeAmf0(name, transactionId, object, ...args);
  return { typeId: MESSAGE.commandAmf0, streamId, timestampMs: 0, payload };
}
