/**
 * MPEG audio Layer III: the header of each frame is all the configuration there is.
 *
 * In: coded bytes. Out: the frame's header, or the configuration of a track that is made of such frames.
 * Spec: ISO/IEC 11172-3 §2.4.1.3 and §2.4.2.3 (MPEG-1), ISO/IEC 13818-3 §2.4 (lower sampling frequencies),
 * "MPEG-2.5" is the common extension to 8 to 12 kHz. MP4 object types: 0x6B for 11172-3, 0x69 for 13818-3.
 */
import { FormatError } from '../bytes/index.ts';
import type { AudioConfig } from '../frame.ts';

export interface Mp3Header {
  readonly version: '1' | '2' | '2.5';
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Samples a channel: 1,152 for MPEG-1, 576 for MPEG-2 and 2.5. */
  readonly samples: number;
  /** The whole frame with its header; `undefined` for free format, where the container must say. */
  readonly frameBytes: number | undefined;
}

/** By the two ID bits; 1 is reserved. Rates are those of sampling_frequency 0, 1, 2. */
const VERSIONS = [
  { version: '2.5', rates: [11_025, 12_000, 8_000], samples: 576, kbps: 'low' },
  undefined,
  { version: '2', rates: [22_050, 24_000, 16_000], samples: 576, kbps: 'low' },
  { version: '1', rates: [44_100, 48_000, 32_000], samples: 1152, kbps: 'full' },
] as const;

/** Layer III bit rates in kbit/s by bitrate_index; 0 is free format, 15 forbidden. */
const BIT_RATES_KBPS = {
  full: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  low: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;

const LAYER_III = 0b01;
const MODE_MONO = 0b11;
export const MP3_HEADER_BYTES = 4;

/** @throws {FormatError} `codec/mp3-header-short`, `codec/mp3-header`, `codec/mp3-layer` */
export function parseMp3Header(bytes: Uint8Array, at = 0): Mp3Header {
  if (bytes.length - at < MP3_HEADER_BYTES) {
    throw new FormatError('codec/mp3-header-short', `${bytes.length - at} bytes are no MP3 header`, at);
  }
  const b1 = bytes[at + 1] ?? 0;
  const b2 = bytes[at + 2] ?? 0;
  const b3 = bytes[at + 3] ?? 0;
  if (bytes[at] !== 0xff || (b1 & 0xe0) !== 0xe0)
    throw new FormatError('codec/mp3-header', 'no syncword', at);
  const row = VERSIONS[((b1 >> 3) & 0b11) as 0 | 1 | 2 | 3]; // ID
  const layer = (b1 >> 1) & 0b11; //                     layer
  const bitRateIndex = b2 >> 4; //                       bitrate_index
  const rate = row?.rates[(b2 >> 2) & 0b11]; //          sampling_frequency
  const padding = (b2 >> 1) & 1; //                      padding_bit
  const mode = b3 >> 6; //                               mode
  if (row === undefined || rate === undefined || bitRateIndex === 15) {
    throw new FormatError('codec/mp3-header', 'a reserved value in the header', at);
  }
  if (layer !== LAYER_III)
    throw new FormatError('codec/mp3-layer', `MPEG audio layer ${4 - layer} is not MP3`, at);
  const kbps = BIT_RATES_KBPS[row.kbps][bitRateIndex] ?? 0;
  return {
    version: row.version,
    sampleRate: rate,
    channels: mode === MODE_MONO ? 1 : 2,
    samples: row.samples,
    frameBytes: kbps === 0 ? undefined : Math.floor(((row.samples / 8) * kbps * 1000) / rate) + padding,
  };
}

export function mp3AudioConfig(header: Mp3Header): AudioConfig {
  return {
    kind: 'audio',
    codec: 'mp3',
    codecString: header.version === '1' ? 'mp4a.6B' : 'mp4a.69',
    record: new Uint8Array(0),
    sampleRate: header.sampleRate,
    channels: header.channels,
    frameTicks: header.samples,
    timescale: header.sampleRate,
  };
}
