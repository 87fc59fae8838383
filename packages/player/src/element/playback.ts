/**
 * The succession of engines: starts the best protocol, and after a failure the next one, until one plays or none is left.
 *
 * In: what to play (`PlaybackSource`, read anew at each start) and what an engine needs of the element. Out: the engine
 * that is at work, or the error that ended it.
 */
import {
  ERROR_RULES,
  sourceChoices,
  type LatencyMode,
  type PlayerError,
  type Protocol,
} from '../core/index.ts';
import { abilities } from '../engine/browser.ts';
import type { Engine, EngineHost } from '../engine/engine.ts';
import { WsEngine } from '../engine/ws-engine.ts';

type EngineMaker = (host: EngineHost) => Promise<Engine>;

/** hls.js is fetched only when it is needed. */
const ENGINES: Readonly<Record<Protocol, EngineMaker>> = {
  ws: (host) => Promise.resolve(new WsEngine(host)),
  hls: async (host) => new (await import('../engine/hls-engine.ts')).HlsEngine(host),
  native: async (host) => new (await import('../engine/native-engine.ts')).NativeEngine(host),
};

/** What the page and the viewer ask for. */
export interface PlaybackSource {
  /** As the page wrote it. */
  readonly src: string;
  readonly token: string | undefined;
  readonly latencyMode: LatencyMode;
  /** Only this one; undefined: the best that works. */
  readonly protocol: Protocol | undefined;
}

export interface PlaybackHost extends Pick<
  EngineHost,
  'video' | 'wantsPlay' | 'resume' | 'onChange' | 'onBlink' | 'onMediaEvent'
> {
  readonly source: () => PlaybackSource;
  /** Nothing plays any more, and nothing is left to try. */
  readonly onError: (error: PlayerError) => void;
}

export class Playback {
  readonly #host: PlaybackHost;
  #engine: Engine | undefined;
  #started = false;
  #error: PlayerError | undefined;
  #remaining: Protocol[] = [];
  /** Grows with each start, so that an engine that loads late knows it is no longer wanted. */
  #generation = 0;

  constructor(host: PlaybackHost) {
    this.#host = host;
  }

  /** Undefined before the start, while the next engine loads, and after an error. */
  get engine(): Engine | undefined {
    return this.#engine;
  }
  /** True until `stop`, also after an error. */
  get started(): boolean {
    return this.#started;
  }
  get error(): PlayerError | undefined {
    return this.#error;
  }

  start(): void {
    this.#started = true;
    this.#error = undefined;
    this.#remaining = sourceChoices(abilities(), this.#host.source().protocol);
    void this.#startNext({ code: 'browser-too-old', detail: 'no protocol is possible here' }, 0);
  }

  stop(): void {
    this.#generation += 1;
    this.#started = false;
    this.#engine?.stop();
    this.#engine = undefined;
  }

  /** Stops, and forgets the error. */
  clear(): void {
    this.stop();
    this.#error = undefined;
  }

  /** The next protocol of the list, or `error` when there is none left. */
  async #startNext(error: PlayerError, behindMs: number): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    this.#engine?.stop();
    this.#engine = undefined;
    const { src } = this.#host.source();
    const channelUrl = absoluteUrl(src);
    const protocol = this.#remaining.shift();
    if (channelUrl === undefined || protocol === undefined) {
      this.#fail(channelUrl === undefined ? { code: 'no-source', detail: `src is "${src}"` } : error);
      return;
    }
    const host = this.#engineHost(channelUrl, behindMs, generation);
    let engine: Engine;
    try {
      engine = await ENGINES[protocol](host);
    } catch (reason) {
      if (generation !== this.#generation) return;
      await this.#startNext(
        { code: 'network', detail: `the ${protocol} part did not load: ${String(reason)}` },
        behindMs,
      );
      return;
    }
    if (generation !== this.#generation) return;
    this.#engine = engine;
    engine.start();
    this.#host.onChange();
  }

  #engineHost(channelUrl: string, behindMs: number, generation: number): EngineHost {
    const { video, wantsPlay, resume, onChange, onBlink, onMediaEvent } = this.#host;
    const { token, latencyMode } = this.#host.source();
    return {
      video,
      channelUrl,
      token,
      latencyMode,
      behindMs,
      wantsPlay,
      resume,
      onChange,
      onBlink,
      onFail: (error) => {
        if (generation === this.#generation) this.#onEngineFail(error);
      },
      onMediaEvent,
    };
  }

  #onEngineFail(error: PlayerError): void {
    const behindMs = this.#engine?.facts().behindMs ?? 0;
    if (ERROR_RULES[error.code].tryNextProtocol && this.#remaining.length > 0) {
      this.#host.onBlink();
      void this.#startNext(error, behindMs);
    } else this.#fail(error);
  }

  #fail(error: PlayerError): void {
    this.#engine?.stop();
    this.#engine = undefined;
    this.#error = error;
    this.#host.onError(error);
  }
}

/** `undefined` for nothing, and for what is no address on the web. */
function absoluteUrl(src: string): string | undefined {
  if (src === '') return undefined;
  try {
    const url = new URL(src, document.baseURI);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}
