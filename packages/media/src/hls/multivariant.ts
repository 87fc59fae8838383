/**
 * The multivariant playlist: what the window knows of the tracks in, text out.
 *
 * Spec: draft-pantos-hls-rfc8216bis §4.4.6.1 (EXT-X-MEDIA), §4.4.6.2 (EXT-X-STREAM-INF), §4.4.2.3 (EXT-X-DEFINE);
 * Apple HLS authoring specification §9 (FRAME-RATE, RESOLUTION, AVERAGE-BANDWIDTH are required).
 */
import type { AudioConfig, VideoConfig } from '../frame.ts';
import type { SegmentWindow, WindowTrack } from '../segment/window.ts';
import { hlsCodecString } from './format.ts';
import { playlistHead, querySuffix } from './tags.ts';

/** Rates are measured, and rounded up to this, so that the text does not change with every segment. */
const RATE_STEP_BITS = 1000;

export interface MultivariantTrack<Config> {
  readonly config: Config;
  readonly uri: string;
  readonly peakBitsPerSecond: number;
  readonly averageBitsPerSecond: number;
}

export interface MultivariantInput {
  readonly video: (MultivariantTrack<VideoConfig> & { readonly frameRate: number | undefined }) | undefined;
  readonly audio: MultivariantTrack<AudioConfig> | undefined;
  /** Every segment of every rendition starts with a key frame. */
  readonly independentSegments: boolean;
  /** Name of a query parameter that players carry from this playlist's address into every other (a token). */
  readonly queryParameter?: string | undefined;
}

/** Reads the input off a playable window; `uri` names a track's media playlist relative to this one. */
export function multivariantInput(
  window: SegmentWindow,
  uri: (kind: 'video' | 'audio') => string,
  queryParameter?: string,
): MultivariantInput {
  const video = window.track('video');
  const audio = window.track('audio');
  const videoConfig = video?.init?.config;
  const audioConfig = audio?.init?.config;
  return {
    video:
      video !== undefined && videoConfig?.kind === 'video'
        ? { ...measured(video, uri('video')), config: videoConfig, frameRate: video.frameRate }
        : undefined,
    audio:
      audio !== undefined && audioConfig?.kind === 'audio'
        ? { ...measured(audio, uri('audio')), config: audioConfig }
        : undefined,
    independentSegments: window.tracks.every((track) => track.listed.every((segment) => segment.independent)),
    queryParameter,
  };
}

function measured(track: WindowTrack, uri: string): Omit<MultivariantTrack<never>, 'config'> {
  const { averageBitsPerSecond, peakBitsPerSecond } = track;
  return { uri, averageBitsPerSecond, peakBitsPerSecond: Math.max(peakBitsPerSecond, averageBitsPerSecond) };
}

export function renderMultivariant(input: MultivariantInput): string {
  const { video, audio, queryParameter } = input;
  const lines = playlistHead(queryParameter);
  if (input.independentSegments) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
  const suffix = querySuffix(queryParameter);

  const main = video ?? audio;
  if (main === undefined) return `${lines.join('\n')}\n`;
  if (video !== undefined && audio !== undefined) {
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,` +
        `CHANNELS="${audio.config.channels}",URI="${audio.uri}${suffix}"`,
    );
  }
  const both = [video, audio].filter((track) => track !== undefined);
  const attributes = [
    `BANDWIDTH=${roundUp(sum(both.map((track) => track.peakBitsPerSecond)))}`,
    `AVERAGE-BANDWIDTH=${roundUp(sum(both.map((track) => track.averageBitsPerSecond)))}`,
  ];
  const codecs = both.map((track) => hlsCodecString(track.config));
  if (!codecs.includes(undefined)) attributes.push(`CODECS="${codecs.join(',')}"`);
  if (video !== undefined) {
    attributes.push(`RESOLUTION=${shownSize(video.config)}`);
    const frameRate = video.frameRate ?? video.config.frameRate;
    if (frameRate !== undefined) attributes.push(`FRAME-RATE=${nominalFrameRate(frameRate).toFixed(3)}`);
    if (audio !== undefined) attributes.push('AUDIO="audio"');
    attributes.push('CLOSED-CAPTIONS=NONE');
  }
  lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, `${main.uri}${suffix}`);
  return `${lines.join('\n')}\n`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function roundUp(bitsPerSecond: number): number {
  return Math.ceil(bitsPerSecond / RATE_STEP_BITS) * RATE_STEP_BITS;
}

/** Size as it is shown: with pixels that are not square, the width grows or shrinks. */
function shownSize(config: VideoConfig): string {
  const [horizontal, vertical] = config.sampleAspectRatio;
  return `${Math.round((config.width * horizontal) / vertical)}x${config.height}`;
}

/** Measured over a few segments a rate is a little off; the usual ones are recognised within 0.1 %. */
function nominalFrameRate(measured: number): number {
  const usual = [24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60, 120];
  const nearest = usual.reduce((best, rate) =>
    Math.abs(rate - measured) < Math.abs(best - measured) ? rate : best,
  );
  return Math.abs(nearest - measured) / nearest < 0.001 ? nearest : measured;
}
