/**
 * Publishers of one process: real RTMP sockets fed from one shared copy of the clip.
 *
 * The clip is cut into chunks once; each message carries the time since the one before it (fmt 1), so the same bytes serve
 * every publisher and every round of the loop. Messages leave when they are due, one write each. A marking publisher
 * stamps the time of sending into each picture; then the process must have only that one, as the bytes are shared.
 */
import type { Socket } from 'node:net';
import { CLIP_MS, GOP_MS, VIDEO_MARK_AT, type Clip, type ClipMessage } from '../clip.ts';
import { nowUs, stampMark } from '../mark.ts';
import { openRtmp, waitFor, type RtmpTarget } from './connection.ts';
import * as rtmp from './rtmp-bytes.ts';

/** How often due messages are looked for: finer than a frame of either track. */
const PACE_MS = 2;

interface WireMessage {
  readonly dueMs: number;
  readonly wire: Buffer;
  readonly bodyBytes: number;
  readonly video: boolean;
}

interface Publisher {
  readonly socket: Socket;
  next: number;
  /** Clip time 0 of the current round on the monotonic clock. */
  originMs: number;
}

export interface PublishersReport {
  readonly count: number;
  /** Message bodies sent by all publishers together. */
  readonly bodyBytes: number;
  /** The largest delay behind the clock since the last report. */
  readonly lateMs: number;
  /** Bytes that servers have not taken yet. */
  readonly backlogBytes: number;
  readonly closed: readonly string[];
}

export class Publishers {
  readonly #clip: Clip;
  readonly #messages: readonly WireMessage[];
  readonly #marking: boolean;
  readonly #publishers: Publisher[] = [];
  readonly #closed: string[] = [];
  readonly #timer: NodeJS.Timeout;
  #bodyBytes = 0;
  #lateMs = 0;

  constructor(clip: Clip, marking: boolean) {
    this.#clip = clip;
    this.#marking = marking;
    this.#messages = wireMessages(clip.messages);
    this.#timer = setInterval(() => this.#sendDue(), PACE_MS);
  }

  /** Publishes and starts to send from the key frame number `fromGop` of the clip. */
  async add(target: RtmpTarget, fromGop: number): Promise<void> {
    const { connection, streamId } = await openRtmp(target, 'publish');
    const { socket } = connection;
    socket.write(rtmp.command(streamId, 'publish', 5, null, target.name, 'live'));
    await waitFor(connection, 'publish answer', publishAnswer);
    const { metadata, videoHeader, audioHeader } = this.#clip;
    const setDataFrame = Buffer.concat([rtmp.amf('@setDataFrame'), metadata]);
    socket.write(
      Buffer.concat([
        rtmp.fullMessage('data', streamId, 0, setDataFrame),
        rtmp.fullMessage('video', streamId, 0, videoHeader),
        rtmp.fullMessage('audio', streamId, 0, audioHeader),
      ]),
    );
    const startMs = (fromGop * GOP_MS) % CLIP_MS;
    const next = this.#messages.findIndex((message) => message.dueMs >= startMs && message.video);
    const publisher: Publisher = { socket, next, originMs: nowUs() / 1000 - startMs };
    this.#publishers.push(publisher);
    connection.onBytes = () => {};
    connection.onClose = (reason) => {
      this.#publishers.splice(this.#publishers.indexOf(publisher), 1);
      this.#closed.push(reason);
    };
  }

  report(): PublishersReport {
    const report = {
      count: this.#publishers.length,
      bodyBytes: this.#bodyBytes,
      lateMs: this.#lateMs,
      backlogBytes: this.#publishers.reduce((sum, { socket }) => sum + socket.writableLength, 0),
      closed: [...this.#closed],
    };
    this.#lateMs = 0;
    return report;
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#publishers) socket.destroy();
  }

  #sendDue(): void {
    const nowMs = nowUs() / 1000;
    for (const publisher of this.#publishers) {
      for (;;) {
        const message = this.#messages[publisher.next];
        if (message === undefined) {
          publisher.next = 0;
          publisher.originMs += CLIP_MS;
          continue;
        }
        const lateMs = nowMs - publisher.originMs - message.dueMs;
        if (lateMs < 0) break;
        if (lateMs > this.#lateMs) this.#lateMs = lateMs;
        this.#send(publisher.socket, message);
        publisher.next += 1;
      }
    }
  }

  #send(socket: Socket, message: WireMessage): void {
    if (this.#marking && message.video) {
      // The kernel may still hold the message of the last round only if the server stopped reading for 16 s.
      stampMark(message.wire, rtmp.DELTA_HEADER_BYTES + VIDEO_MARK_AT, nowUs());
    }
    socket.write(message.wire);
    this.#bodyBytes += message.bodyBytes;
  }
}

function wireMessages(messages: readonly ClipMessage[]): WireMessage[] {
  const lastOf = (type: ClipMessage['type']): number =>
    messages.findLast((message) => message.type === type)?.timestampMs ?? 0;
  const previousMs = { audio: lastOf('audio') - CLIP_MS, video: lastOf('video') - CLIP_MS };
  return messages.map((message) => {
    const deltaMs = message.timestampMs - previousMs[message.type];
    previousMs[message.type] = message.timestampMs;
    return {
      dueMs: message.timestampMs,
      wire: rtmp.deltaMessage(message.type, deltaMs, message.body),
      bodyBytes: message.body.length,
      video: message.type === 'video',
    };
  });
}

function publishAnswer(bytes: Buffer): true | undefined {
  if (bytes.includes('NetStream.Publish.Start')) return true;
  const refusal = /NetStream\.Publish\.(BadName|Rejected|Denied)/.exec(bytes.toString('latin1'));
  if (refusal !== null) throw new Error(`refused: ${refusal[0]}`);
  return undefined;
}
