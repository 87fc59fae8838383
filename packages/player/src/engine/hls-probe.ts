/**
 * Asks for a channel's multivariant playlist: is it live, which tracks does it have, what does the server's clock say?
 *
 * hls.js and native HLS only know "could not load"; a viewer wants to know whether to wait or to give up.
 */
import { DateHeaderClock } from '../core/index.ts';

const TIMEOUT_MS = 10_000;

export type ProbeAnswer =
  /** `tracks`: the lines that name tracks and codecs; another text means other tracks. `media`: first media playlist. */
  | { readonly state: 'live'; readonly tracks: string; readonly media: string | undefined }
  | { readonly state: 'waiting' | 'no-such-channel' | 'not-authorised' | 'unreachable' };

export class HlsProbe {
  readonly #url: string;
  readonly clock = new DateHeaderClock();

  constructor(url: string) {
    this.#url = url;
  }

  async ask(signal: AbortSignal): Promise<ProbeAnswer> {
    const response = await this.#fetch(this.#url, signal);
    if (response === undefined) return { state: 'unreachable' };
    if (response.status === 401 || response.status === 403) return { state: 'not-authorised' };
    if (response.status === 404 || response.status === 410) {
      return { state: (await errorCode(response)) === 'no-such-channel' ? 'no-such-channel' : 'waiting' };
    }
    if (!response.ok) return { state: 'unreachable' };
    const text = await response.text();
    const lines = text.split(/\r?\n/);
    const media = lines.find((line) => line !== '' && !line.startsWith('#'));
    const mediaUrl = media === undefined ? undefined : new URL(media, this.#url).href;
    return { state: 'live', tracks: trackLines(lines), media: mediaUrl };
  }

  /** Does this media playlist still grow? */
  async grows(mediaUrl: string, signal: AbortSignal): Promise<boolean> {
    const response = await this.#fetch(mediaUrl, signal);
    return response?.ok === true && !(await response.text()).includes('#EXT-X-ENDLIST');
  }

  async #fetch(url: string, signal: AbortSignal): Promise<Response | undefined> {
    const sentMs = performance.now();
    try {
      const response = await fetch(url, {
        cache: 'no-store',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const date = response.headers.get('date');
      if (date !== null) this.clock.sample(sentMs, performance.now(), Date.parse(date));
      return response;
    } catch {
      return undefined;
    }
  }
}

async function errorCode(response: Response): Promise<string | undefined> {
  try {
    const body = (await response.json()) as { error?: { code?: string } } | null;
    return body?.error?.code;
  } catch {
    return undefined;
  }
}

/** Bandwidths change all the time and mean nothing here. */
function trackLines(lines: readonly string[]): string {
  return lines
    .filter((line) => line.startsWith('#EXT-X-STREAM-INF') || line.startsWith('#EXT-X-MEDIA'))
    .map((line) => line.replace(/(AVERAGE-)?BANDWIDTH=\d+,?/g, '').replace(/FRAME-RATE=[\d.]+,?/g, ''))
    .join('\n');
}
