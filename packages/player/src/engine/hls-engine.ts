/**
 * The channel over (low-latency) HLS by hls.js, which is loaded only when this file is.
 *
 * hls.js does not catch up by itself unless told to (`maxLiveSyncPlaybackRate` is 1 by default), and gives up on a
 * playlist that stands still for long: a broadcast in its grace time does just that, so it is asked again and again.
 */
import HlsPlayer, {
  ErrorDetails,
  ErrorTypes,
  Events,
  type ErrorData,
  type HlsConfig,
  type LoadPolicy,
} from 'hls.js';
import type { LatencyMode } from '../core/index.ts';
import type { EngineHost, PlayerStats } from './engine.ts';
import { HlsBase } from './hls-base.ts';

const CATCH_UP_RATE = 1.25;
const MAX_RECOVERIES = 3;
const RECOVERY_FORGOTTEN_AFTER_MS = 30_000;

/** Live playlists: a blocked answer may take three target durations; after an error ask again soon, for ever. */
const PATIENT: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 20_000,
    maxLoadTimeMs: 30_000,
    timeoutRetry: { maxNumRetry: Infinity, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: Infinity, retryDelayMs: 300, maxRetryDelayMs: 1_000, backoff: 'linear' },
  },
};

function config(): Partial<HlsConfig> {
  return {
    // Fragmented MP4 passes through unchanged: a worker would only copy it, and pages' policies forbid blob workers.
    enableWorker: false,
    lowLatencyMode: true,
    liveDurationInfinity: true,
    maxLiveSyncPlaybackRate: CATCH_UP_RATE,
    liveSyncOnStallIncrease: 0.3,
    backBufferLength: 20,
    playlistLoadPolicy: PATIENT,
  };
}

export class HlsEngine extends HlsBase {
  readonly protocol = 'hls';
  #hls: HlsPlayer | undefined;
  #recoveries = 0;
  #recoveredAtMs = -Infinity;
  #edge = -1;

  constructor(host: EngineHost) {
    super(host);
    this.following = host.behindMs === 0;
  }

  setLatencyMode(_mode: LatencyMode): void {
    // The playlist says how close to live is safe (PART-HOLD-BACK); both modes go there.
  }

  protected override load(): void {
    const hls = new HlsPlayer({ ...config(), maxLiveSyncPlaybackRate: this.following ? CATCH_UP_RATE : 1 });
    this.#hls = hls;
    this.#edge = -1;
    hls.on(Events.ERROR, (_event, data) => this.#onError(data));
    hls.on(Events.LEVEL_LOADED, (_event, { details }) => {
      if (details.edge > this.#edge) {
        this.#edge = details.edge;
        this.grew();
      }
      if (!details.live) this.becameOver();
    });
    if (this.host.behindMs > 0) {
      hls.once(Events.LEVEL_UPDATED, () => {
        const positionS = hls.liveSyncPosition;
        if (positionS !== null) this.host.video.currentTime = positionS - this.host.behindMs / 1000;
      });
    }
    hls.loadSource(this.url);
    hls.attachMedia(this.host.video);
  }

  protected override unload(): void {
    this.#hls?.destroy();
    this.#hls = undefined;
  }

  protected override followChanged(): void {
    if (this.#hls) this.#hls.config.maxLiveSyncPlaybackRate = this.following ? CATCH_UP_RATE : 1;
    if (!this.following) this.host.video.playbackRate = 1;
  }

  protected override captureMs(): number | undefined {
    return this.#hls?.playingDate?.getTime();
  }

  protected override livePositionS(): number | undefined {
    return this.#hls?.liveSyncPosition ?? undefined;
  }

  protected override details(): Pick<
    PlayerStats,
    'videoCodec' | 'audioCodec' | 'targetMs' | 'bitsPerSecond'
  > {
    const hls = this.#hls;
    const level = hls?.levels[hls.currentLevel] ?? hls?.levels[0];
    return {
      videoCodec: level?.videoCodec,
      audioCodec: level?.audioCodec,
      targetMs: hls?.targetLatency ? hls.targetLatency * 1000 : undefined,
      bitsPerSecond: level?.averageBitrate ?? level?.bitrate,
    };
  }

  #onError(data: ErrorData): void {
    if (!data.fatal) return;
    if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) {
      this.host.onFail({ code: 'codec-not-playable', detail: data.error.message });
    } else if (data.type === ErrorTypes.MEDIA_ERROR && this.#mayRecover()) {
      this.host.onBlink();
      this.#hls?.recoverMediaError();
    } else if (data.type === ErrorTypes.NETWORK_ERROR) {
      this.lost();
    } else {
      this.host.onFail({ code: 'media-broken', detail: `${data.details}: ${data.error.message}` });
    }
  }

  #mayRecover(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#recoveredAtMs > RECOVERY_FORGOTTEN_AFTER_MS) this.#recoveries = 0;
    this.#recoveredAtMs = nowMs;
    this.#recoveries += 1;
    return this.#recoveries <= MAX_RECOVERIES;
  }
}
