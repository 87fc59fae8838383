/**
 * Protocol and user control messages, as payloads in both directions.
 *
 * Spec: Adobe RTMP 1.0 §5.4 (chunk stream 2, message stream 0, timestamp ignored), §7.1.7.
 */
import { ByteReader, ByteWriter } from '../bytes/index.ts';
import { MESSAGE, type RtmpMessage } from './message.ts';

export type ControlMessage =
  | { readonly type: 'set-chunk-size'; readonly chunkBytes: number }
  | { readonly type: 'abort'; readonly chunkStreamId: number }
  | { readonly type: 'acknowledgement'; readonly receivedBytes: number }
  | { readonly type: 'window-ack-size'; readonly windowBytes: number }
  | { readonly type: 'set-peer-bandwidth'; readonly windowBytes: number; readonly limit: number }
  /** `value` is the stream id, or the timestamp of a ping. */
  | { readonly type: 'user-control'; readonly event: number; readonly value: number };

const TYPE_IDS: Readonly<Record<ControlMessage['type'], number>> = {
  'set-chunk-size': MESSAGE.setChunkSize,
  abort: MESSAGE.abort,
  acknowledgement: MESSAGE.acknowledgement,
  'window-ack-size': MESSAGE.windowAckSize,
  'set-peer-bandwidth': MESSAGE.setPeerBandwidth,
  'user-control': MESSAGE.userControl,
};

/** A whole control message, ready for the chunk writer. */
export function controlMessage(control: ControlMessage): RtmpMessage {
  const out = new ByteWriter(8);
  writeFields(out, control);
  return { typeId: TYPE_IDS[control.type], streamId: 0, timestampMs: 0, payload: out.finish() };
}

function writeFields(out: ByteWriter, control: ControlMessage): void {
  switch (control.type) {
    case 'set-chunk-size':
      out.u32(control.chunkBytes);
      return;
    case 'abort':
      out.u32(control.chunkStreamId);
      return;
    case 'acknowledgement':
      out.u32(control.receivedBytes);
      return;
    case 'window-ack-size':
      out.u32(control.windowBytes);
      return;
    case 'set-peer-bandwidth':
      out.u32(control.windowBytes).u8(control.limit);
      return;
    case 'user-control':
      out.u16(control.event).u32(control.value);
  }
}

/**
 * What the session has to know of; SetChunkSize and Abort never reach it (the chunk reader applies them).
 * `undefined` for user control events that carry less than an event and a value: unknown ones may.
 * @throws {FormatError} `rtmp/control-short`
 */
export function readControl(message: RtmpMessage): ControlMessage | undefined {
  const reader = new ByteReader(message.payload, 'rtmp/control-short');
  switch (message.typeId) {
    case MESSAGE.acknowledgement:
      return { type: 'acknowledgement', receivedBytes: reader.u32() };
    case MESSAGE.windowAckSize:
      return { type: 'window-ack-size', windowBytes: reader.u32() };
    case MESSAGE.setPeerBandwidth: {
      const windowBytes = reader.u32();
      // Some old clients leave the limit type out.
      return { type: 'set-peer-bandwidth', windowBytes, limit: reader.remaining > 0 ? reader.u8() : 0 };
    }
    case MESSAGE.userControl: {
      const event = reader.u16();
      return reader.remaining < 4 ? undefined : { type: 'user-control', event, value: reader.u32() };
    }
    default:
      return undefined;
  }
}
