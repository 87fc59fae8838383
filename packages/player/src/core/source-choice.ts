/**
 * Which way the media comes, in order of preference, from what this browser has.
 *
 * Native HLS comes last and only where the browser's own HLS is real: some browsers answer `maybe` to
 * `canPlayType('application/vnd.apple.mpegurl')` and then fail on some streams, but those have MSE as well.
 */
export type Protocol = 'ws' | 'hls' | 'native';

export interface Abilities {
  readonly webSocket: boolean;
  /** MediaSource or ManagedMediaSource. */
  readonly mse: boolean;
  readonly managedMse: boolean;
  /** canPlayType for HLS is not empty. */
  readonly nativeHls: boolean;
}

interface Choice {
  readonly protocol: Protocol;
  readonly possible: (can: Abilities) => boolean;
}

const CHOICES: readonly Choice[] = [
  { protocol: 'ws', possible: (can) => can.webSocket && can.mse },
  { protocol: 'hls', possible: (can) => can.mse },
  { protocol: 'native', possible: (can) => can.nativeHls && (!can.mse || can.managedMse) },
];

/** What can be tried here, best first. A forced protocol is tried alone, as long as the browser has its parts. */
export function sourceChoices(can: Abilities, forced?: Protocol): Protocol[] {
  if (forced === 'native') return can.nativeHls ? ['native'] : [];
  const possible = CHOICES.filter((choice) => choice.possible(can)).map((choice) => choice.protocol);
  return forced === undefined ? possible : possible.filter((protocol) => protocol === forced);
}

/** The address of each protocol for a channel address such as `https://host/live/anna`. */
export function sourceUrl(protocol: Protocol, channelUrl: string): string {
  const url = new URL(channelUrl);
  if (protocol === 'ws') {
    url.protocol = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws:' : 'wss:';
    return url.href;
  }
  url.pathname = `${url.pathname.replace(/\/$/, '')}/index.m3u8`;
  return url.href;
}
