/**
 * What the tests of this folder share: one server, one screen, one folder for clips, browsers opened when first asked
 * for; and the judgement "it moves and is heard".
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../harness/browser.ts';
import type { Encoder } from '../harness/encoder.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import type { Watched } from '../harness/watch.ts';
import { openDisplay, type Display } from './display.ts';
import type { EncoderCase, PushTo } from './encoders.ts';
import type { Viewer, ViewerCase } from './viewers.ts';

/** An encoder, a server and a browser that decodes in software may share two cores. */
export const SLOW_MS = 45_000;
/** Longer than the silence between two beeps, short enough to see a stall. */
const MOVES_ON_S = 2;
const HEARD = 0.02;

export interface Channel {
  readonly live: {
    readonly broadcast: string;
    readonly state: string;
    readonly video: boolean;
    readonly audio: boolean;
  } | null;
}

export class Stage {
  readonly server: TestServer;
  readonly #folder: string;
  #display: Promise<Display> | undefined;
  readonly #viewers = new Map<string, Promise<Viewer>>();
  #channels = 0;

  private constructor(server: TestServer, folder: string) {
    this.server = server;
    this.#folder = folder;
  }

  static async open(flags: readonly string[] = []): Promise<Stage> {
    return new Stage(await startServer(flags), await mkdtemp(join(tmpdir(), 'millrace-interop-')));
  }

  readonly display = (): Promise<Display> => (this.#display ??= openDisplay());

  viewer({ name, open }: ViewerCase): Promise<Viewer> {
    const opened = this.#viewers.get(name) ?? open(this.display);
    this.#viewers.set(name, opened);
    return opened;
  }

  /** A new channel and where to push for it. */
  async channel(): Promise<{ readonly name: string; readonly to: PushTo }> {
    const name = `channel-${++this.#channels}`;
    const { key } = await this.server.addChannel(name);
    const server = `rtmp://127.0.0.1:${this.server.rtmpPort}/live`;
    return { name, to: { server, key, folder: this.#folder, display: this.display } };
  }

  /** Starts the encoder and waits until its channel is live with the tracks that it sends. */
  async push(encoderCase: EncoderCase, name: string, to: PushTo): Promise<Encoder> {
    const encoder = await encoderCase.start(to);
    const { video, audio } = encoderCase;
    try {
      await until(
        'live with its tracks',
        () => this.ask(name),
        ({ live }) => live?.state === 'live' && live.video === video && live.audio === audio,
        SLOW_MS,
      );
    } catch (error) {
      await encoder.kill();
      throw new Error(`${encoderCase.name}: ${String(error)}\n${encoder.output().slice(-4000)}`, {
        cause: error,
      });
    }
    return encoder;
  }

  async ask(name: string): Promise<Channel> {
    const response = await fetch(`${this.server.origin}/api/v1/channels/${name}`);
    return (await response.json()) as Channel;
  }

  /** Waits until the channel has a playlist. */
  async playlist(name: string): Promise<void> {
    await until(
      'the first playlist',
      async () => (await fetch(`${this.server.origin}/live/${name}/index.m3u8`)).status,
      (status) => status === 200,
      SLOW_MS,
    );
  }

  async close(): Promise<void> {
    for (const viewer of this.#viewers.values()) await viewer.then((v) => v.close()).catch(() => undefined);
    await this.#display?.then((display) => display.close());
    await this.server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The picture changes and the clock goes on (sound only: the clock goes on); gives the last look. */
export async function seesItMove(viewer: Viewer, hasVideo: boolean): Promise<Watched> {
  const first = await until(
    'playing',
    () => viewer.look(),
    (w) => w.time > 0 && !w.paused && (!hasVideo || w.width > 0),
    SLOW_MS,
  );
  return until(
    'moving on',
    () => viewer.look(),
    (w) => w.time > first.time + MOVES_ON_S && (!hasVideo || w.picture !== first.picture),
    SLOW_MS,
  );
}

export async function hearsIt(viewer: Viewer): Promise<void> {
  await viewer.unmute();
  await until(
    'sound',
    () => viewer.loudness(),
    (loudness) => loudness > HEARD,
    SLOW_MS,
  );
}
