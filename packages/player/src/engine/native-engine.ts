/**
 * The channel by the browser's own HLS player: the last resort, for devices without Media Source Extensions.
 */
import type { LatencyMode } from '../core/index.ts';
import type { PlayerStats } from './engine.ts';
import { HlsBase } from './hls-base.ts';

/** Kept behind the end of what the browser says can be sought to. */
const LIVE_MARGIN_S = 3;

export class NativeEngine extends HlsBase {
  readonly protocol = 'native';
  #growing: ReturnType<typeof setInterval> | undefined;
  #edgeS = -1;

  setLatencyMode(_mode: LatencyMode): void {
    // The browser decides.
  }

  protected override load(): void {
    const { video } = this.host;
    video.src = this.url;
    video.addEventListener('error', this.#onError);
    this.#edgeS = -1;
    this.#growing = setInterval(() => {
      const edgeS = this.#seekableEndS();
      if (edgeS === undefined || edgeS <= this.#edgeS) return;
      this.#edgeS = edgeS;
      this.grew();
    }, 500);
  }

  protected override unload(): void {
    clearInterval(this.#growing);
    this.host.video.removeEventListener('error', this.#onError);
  }

  protected override captureMs(): number | undefined {
    const { video } = this.host;
    const getStartDate: unknown = Reflect.get(video, 'getStartDate');
    if (typeof getStartDate !== 'function') return undefined;
    const start = (getStartDate.call(video) as Date).getTime();
    return Number.isFinite(start) ? start + video.currentTime * 1000 : undefined;
  }

  protected override livePositionS(): number | undefined {
    const edgeS = this.#seekableEndS();
    return edgeS === undefined ? undefined : edgeS - LIVE_MARGIN_S;
  }

  protected override details(): Pick<
    PlayerStats,
    'videoCodec' | 'audioCodec' | 'targetMs' | 'bitsPerSecond'
  > {
    return { videoCodec: undefined, audioCodec: undefined, targetMs: undefined, bitsPerSecond: undefined };
  }

  #seekableEndS(): number | undefined {
    const { seekable } = this.host.video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) : undefined;
  }

  readonly #onError = (): void => {
    const { error } = this.host.video;
    if (error?.code === MediaError.MEDIA_ERR_NETWORK) this.lost();
    else this.host.onFail({ code: 'media-broken', detail: error?.message ?? 'native HLS failed' });
  };
}
