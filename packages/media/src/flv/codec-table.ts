/**
 * The codecs of FLV, by the ids of its legacy headers and by FourCC. A codec joins by `open` in its row; a row
 * without it is known well enough to be refused by name.
 *
 * Spec: FLV 10.1 §E.4.2.1 (SoundFormat), §E.4.3.1 (CodecID); Enhanced RTMP v2 (FourCC). Ids 12 and 13 of both
 * kinds are inventions of encoders from before Enhanced RTMP.
 */
import { AacTrack, Mp3Track } from './audio-tracks.ts';
import { AvcTrack } from './avc-track.ts';
import type { CodecRow } from './codec-track.ts';

export const VIDEO_CODEC_ROWS: ReadonlyMap<number, CodecRow> = new Map<number, CodecRow>([
  [2, { name: 'Sorenson H.263' }],
  [3, { name: 'Screen video' }],
  [4, { name: 'On2 VP6' }],
  [5, { name: 'On2 VP6 with alpha' }],
  [6, { name: 'Screen video 2' }],
  [7, { name: 'AVC (H.264)', packetTypes: true, open: () => new AvcTrack() }],
  [12, { name: 'HEVC (H.265) under the unofficial id 12' }],
  [13, { name: 'AV1 under the unofficial id 13' }],
]);

export const AUDIO_CODEC_ROWS: ReadonlyMap<number, CodecRow> = new Map<number, CodecRow>([
  [0, { name: 'PCM of the platform' }],
  [1, { name: 'ADPCM' }],
  [2, { name: 'MP3', open: () => new Mp3Track() }],
  [3, { name: 'PCM' }],
  [4, { name: 'Nellymoser 16 kHz' }],
  [5, { name: 'Nellymoser 8 kHz' }],
  [6, { name: 'Nellymoser' }],
  [7, { name: 'G.711 A-law' }],
  [8, { name: 'G.711 mu-law' }],
  [10, { name: 'AAC', packetTypes: true, open: () => new AacTrack() }],
  [11, { name: 'Speex' }],
  [13, { name: 'Opus under the unofficial id 13' }],
  [14, { name: 'MP3 8 kHz', open: () => new Mp3Track() }],
  [15, { name: 'device-specific sound' }],
]);

/** Names of Enhanced RTMP's codecs, to refuse them by until their rows can be opened. */
export const FOURCC_NAMES: ReadonlyMap<string, string> = new Map([
  ['avc1', 'AVC (H.264) as FourCC'],
  ['hvc1', 'HEVC (H.265)'],
  ['vvc1', 'VVC (H.266)'],
  ['av01', 'AV1'],
  ['vp08', 'VP8'],
  ['vp09', 'VP9'],
  ['Opus', 'Opus'],
  ['fLaC', 'FLAC'],
  ['ac-3', 'AC-3'],
  ['ec-3', 'E-AC-3'],
  ['mp4a', 'AAC as FourCC'],
  ['.mp3', 'MP3 as FourCC'],
]);
