/**
 * The browser's MediaSource, whichever it has: MediaSource, or ManagedMediaSource (iPhone, Safari ≥ 17.1).
 *
 * Spec: W3C Media Source Extensions 2. A managed source starts and stops asking for data by itself
 * (`startstreaming`, `endstreaming`) and only opens on an element that cannot be sent to another device.
 */

/** What ManagedMediaSource adds; not yet in the DOM types. */
export interface AnyMediaSource extends MediaSource {
  readonly streaming?: boolean;
}
interface MediaSourceConstructor {
  new (): AnyMediaSource;
  isTypeSupported(type: string): boolean;
}

function globalConstructor(name: string): MediaSourceConstructor | undefined {
  const value: unknown = Reflect.get(globalThis, name);
  return typeof value === 'function' ? (value as unknown as MediaSourceConstructor) : undefined;
}

/** Plain MediaSource first: it leaves the timing of appends to us. */
export function mediaSourceConstructor(): MediaSourceConstructor | undefined {
  return globalConstructor('MediaSource') ?? globalConstructor('ManagedMediaSource');
}

export function hasManagedMediaSource(): boolean {
  return globalConstructor('ManagedMediaSource') !== undefined;
}

export function isTypeSupported(type: string): boolean {
  try {
    return mediaSourceConstructor()?.isTypeSupported(type) ?? false;
  } catch {
    return false;
  }
}

/** Asked of the browser for `hello.canPlay`: one type for each codec that Millrace may carry. */
const PROBES: readonly string[] = [
  'video/mp4; codecs="avc1.42E01E"',
  'video/mp4; codecs="avc1.4D401F"',
  'video/mp4; codecs="avc1.640028"',
  'video/mp4; codecs="hvc1.1.6.L93.B0"',
  'video/mp4; codecs="av01.0.08M.08"',
  'video/mp4; codecs="vp09.00.40.08"',
  'audio/mp4; codecs="mp4a.40.2"',
  'audio/mp4; codecs="mp4a.40.5"',
  'audio/mp4; codecs="mp4a.6B"',
  'audio/mp4; codecs="opus"',
  'audio/mp4; codecs="flac"',
  'audio/mpeg',
];

/** RFC 6381 says `mp4a.6B` (MPEG-1) or `mp4a.69` (MPEG-2); Firefox plays them as well, but knows them as `mp3` only. */
const MP3_IN_MP4 = /\bmp4a\.(6b|69)\b/i;

/** The type in the words of this browser; `undefined` when it has none. */
function ownWords(type: string): string | undefined {
  return [type, type.replace(MP3_IN_MP4, 'mp3')].find((words) => isTypeSupported(words));
}

export function playableTypes(): string[] {
  return PROBES.filter((type) => ownWords(type) !== undefined);
}

/** How a track is given to its SourceBuffer. */
export interface FeedFormat {
  readonly type: string;
  /** Give the coded frames alone (an MP3 stream), not the MP4 boxes around them. */
  readonly payloadOnly: boolean;
}

/**
 * `undefined`: this browser cannot play the track.
 * Chromium plays MP3 only outside MP4: the payload of the chunks is just that stream.
 */
export function feedFormat(mimeType: string, codec: string): FeedFormat | undefined {
  const type = ownWords(`${mimeType}; codecs="${codec}"`);
  if (type !== undefined) return { type, payloadOnly: false };
  if (MP3_IN_MP4.test(codec) && isTypeSupported('audio/mpeg'))
    return { type: 'audio/mpeg', payloadOnly: true };
  return undefined;
}
