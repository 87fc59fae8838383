/**
 * How each codec travels in HLS: CMAF for all but MP3.
 *
 * MP3 in fMP4 is refused by Chromium's Media Source Extensions, while the same frames as "packed audio" are played
 * everywhere (hls.js feeds them to an `audio/mpeg` buffer, Apple's players read them natively).
 * Spec: RFC 8216 §3.4 (packed audio), §3.3 (fMP4); RFC 6381 for codec strings.
 */
import type { TrackConfig } from '../frame.ts';
import type { WindowTrack } from '../segment/window.ts';

export type HlsFormat = 'cmaf' | 'packed-mp3';

interface FormatRow {
  readonly extension: string;
  readonly contentType: string;
}

const FORMATS: Readonly<Record<HlsFormat, FormatRow>> = {
  cmaf: { extension: 'm4s', contentType: 'video/iso.segment' },
  'packed-mp3': { extension: 'mp3', contentType: 'audio/mpeg' },
};

export function hlsFormat(config: TrackConfig): HlsFormat {
  return config.codec === 'mp3' ? 'packed-mp3' : 'cmaf';
}

/** The track travels as packed audio; its media sequence numbers count parts. */
export function isPacked(track: WindowTrack): boolean {
  return track.init !== undefined && hlsFormat(track.init.config) === 'packed-mp3';
}

/**
 * For CODECS; undefined = leave the attribute out, which §4.4.6.2 allows and players answer by looking at the media.
 *
 * Packed MP3 is `mp4a.40.34` by name, but hls.js (1.7) asks the browser for that in MP4, hears no, and plays the
 * picture without a sound; unnamed, it finds the frames and uses `audio/mpeg`.
 */
export function hlsCodecString(config: TrackConfig): string | undefined {
  return hlsFormat(config) === 'packed-mp3' ? undefined : config.codecString;
}

/** File extension and Content-Type of the segments and parts of a track. */
export function mediaName(config: TrackConfig): FormatRow {
  const row = FORMATS[hlsFormat(config)];
  return config.kind === 'audio' && row === FORMATS.cmaf ? { ...row, contentType: 'audio/mp4' } : row;
}
