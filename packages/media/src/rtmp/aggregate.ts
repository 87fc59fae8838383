/**
 * An aggregate message split into the messages it carries.
 *
 * Spec: Adobe RTMP 1.0 §7.1.6: FLV tags, each with its 11-byte header and its back pointer. Times are moved so that
 * the first tag gets the time of the aggregate. Tags of other types than audio, video and data are left out.
 * Memory: the payloads are views into the aggregate's.
 * @throws {FormatError} `rtmp/aggregate-short`, `rtmp/aggregate-too-many`
 */
import { ByteReader, FormatError } from '../bytes/index.ts';
import { MAX_AGGREGATE_MESSAGES } from './limits.ts';
import { MESSAGE, type RtmpMessage } from './message.ts';

const BACK_POINTER_BYTES = 4;
const CARRIED: ReadonlySet<number> = new Set([MESSAGE.audio, MESSAGE.video, MESSAGE.dataAmf0]);

export function splitAggregate(aggregate: RtmpMessage): RtmpMessage[] {
  const reader = new ByteReader(aggregate.payload, 'rtmp/aggregate-short');
  const messages: RtmpMessage[] = [];
  let offsetMs: number | undefined;
  while (reader.remaining > 0) {
    const typeId = reader.u8();
    const dataSize = reader.u24();
    const timestampLow = reader.u24();
    const timestampHigh = reader.u8();
    reader.skip(3); // stream id, always 0
    const payload = reader.view(dataSize);
    reader.skip(Math.min(BACK_POINTER_BYTES, reader.remaining)); // the last one is left out by some
    const tagMs = timestampHigh * 0x100_0000 + timestampLow;
    offsetMs ??= aggregate.timestampMs - tagMs;
    if (!CARRIED.has(typeId)) continue;
    if (messages.length === MAX_AGGREGATE_MESSAGES) {
      throw new FormatError('rtmp/aggregate-too-many', `more than ${MAX_AGGREGATE_MESSAGES} messages in one`);
    }
    messages.push({ typeId, streamId: aggregate.streamId, timestampMs: (tagMs + offsetMs) >>> 0, payload });
  }
  return messages;
}
