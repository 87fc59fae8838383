/**
 * `--demo`: a built-in publisher that pushes a bundled clip, over and over, to the server's own RTMP port.
 *
 * It is an encoder like any other: a real connection, a stream key of its own, real time. In: where to push; out: a
 * handle that says goodbye and stops. When the connection is lost it comes back, as OBS would.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { parseFlvFile, type FlvTag } from '@millrace/media/flv';
import { ClientSession } from '@millrace/media/rtmp';

export interface DemoOptions {
  /** The demo channel's key; a secret. */
  readonly platform: { demoChannel(): Promise<{ readonly channel: string; readonly key: string }> };
  readonly rtmpPort: number;
  /** The address the RTMP port is bound to. */
  readonly host?: string;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, message: string): void;
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
}

export interface Demo {
  readonly channel: string;
  stop(): Promise<void>;
}

const CLIP = new URL('../../assets/demo.flv', import.meta.url);
const APP = 'live';
const ENCODER = 'Millrace demo';
const RETRY_MS = 2000;
/** How often due tags are sent; shorter than a frame, so that nothing arrives in lumps. */
const PACE_MS = 10;
/** The server's own socket that takes no more than this in is stuck; the clip waits for it. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** The clip's tags by time from 0 on, and how long one round takes: where its last frame ends the first one starts again. */
interface Clip {
  readonly setup: readonly FlvTag[];
  readonly tags: readonly FlvTag[];
  readonly lengthMs: number;
}

/** AVC and AAC sequence headers are packet type 0 (FLV 10.1 §E.4.2.1, §E.4.3.1). */
function isSetup(tag: FlvTag): boolean {
  return tag.type === 'data' || tag.body[1] === 0;
}

async function readClip(): Promise<Clip> {
  const all = [...parseFlvFile(new Uint8Array(await readFile(CLIP)))];
  // an AVC end-of-sequence (packet type 2) would end the track in mid-loop
  const media = all.filter((tag) => !isSetup(tag) && !(tag.type === 'video' && tag.body[1] === 2));
  const video = media.filter((tag) => tag.type === 'video');
  const spanMs = (video.at(-1)?.timestampMs ?? 0) - (video[0]?.timestampMs ?? 0);
  const lengthMs = Math.round(spanMs + spanMs / Math.max(1, video.length - 1));
  // One round of each track, whichever starts first; what reaches past the end belongs to the start of the next round.
  const tags = (['video', 'audio'] as const)
    .flatMap((type) => {
      const track = media.filter((tag) => tag.type === type);
      const endMs = (track[0]?.timestampMs ?? 0) + lengthMs;
      return track.filter((tag) => tag.timestampMs < endMs);
    })
    .map((tag) => ({ ...tag, timestampMs: tag.timestampMs % lengthMs }))
    .sort((a, b) => a.timestampMs - b.timestampMs);
  return { setup: all.filter(isSetup), tags, lengthMs };
}

/** Pushes until `signal` is aborted or the connection ends; resolves then. */
function pushOnce(
  clip: Clip,
  key: string,
  { rtmpPort, host, log }: DemoOptions,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const session = new ClientSession({
      app: APP,
      tcUrl: `rtmp://127.0.0.1:${rtmpPort}/${APP}`,
      streamKey: key,
      encoder: ENCODER,
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
      hmacSha256: (secret, data) => new Uint8Array(createHmac('sha256', secret).update(data).digest()),
    });
    const socket: Socket = connect({
      port: rtmpPort,
      host: host === undefined || host === '0.0.0.0' ? '127.0.0.1' : host,
    });
    socket.setNoDelay(true);
    let pace: NodeJS.Timeout | undefined;
    const flush = (): void => {
      const bytes = session.takeOutput();
      if (bytes !== undefined) socket.write(bytes);
    };
    const stop = (): void => {
      session.unpublish();
      flush();
      socket.end();
    };
    const start = (): void => {
      for (const tag of clip.setup) socket.write(session.publishMessage(tag.type, 0, tag.body));
      const startMs = performance.now();
      let index = 0;
      let roundMs = 0;
      pace = setInterval(() => {
        if (socket.writableLength > MAX_UNSENT_BYTES) return;
        const nowMs = performance.now() - startMs;
        socket.cork();
        for (;;) {
          const tag = clip.tags[index];
          if (tag === undefined || roundMs + tag.timestampMs > nowMs) break;
          socket.write(session.publishMessage(tag.type, roundMs + tag.timestampMs, tag.body));
          index++;
          if (index === clip.tags.length) {
            index = 0;
            roundMs += clip.lengthMs;
          }
        }
        socket.uncork();
      }, PACE_MS);
    };
    socket.on('data', (bytes) => {
      for (const event of session.push(bytes)) {
        if (event.type === 'publishing') start();
        else {
          if (event.type === 'refused') log.warn({ code: event.code }, 'the demo publisher was refused');
          socket.destroy();
        }
      }
      flush();
    });
    socket.on('error', (error) =>
      log.warn({ reason: error.message }, 'the demo publisher lost its connection'),
    );
    socket.on('close', () => {
      clearInterval(pace);
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop);
    flush();
  });
}

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const [clip, { channel, key }] = await Promise.all([readClip(), options.platform.demoChannel()]);
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      await pushOnce(clip, key, options, signal);
      if (signal.aborted) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RETRY_MS);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  })();
  options.log.info({ channel }, 'the demo channel is live');
  return {
    channel,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
