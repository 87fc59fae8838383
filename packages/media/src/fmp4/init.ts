/**
 * The init segment (CMAF header): ftyp and a moov without samples.
 *
 * In: one or two track configurations with their track ids. Out: the bytes, built once a configuration.
 * Media time 0 is presentation time 0: there is no edit list, composition offsets are signed.
 * Spec: ISO/IEC 14496-12 §4.3, §8.2 to §8.8, §8.3; ISO/IEC 23000-19 §7.3 and §7.5 (CMAF header).
 */
import { ByteWriter, assert } from '../bytes/index.ts';
import type { TrackConfig } from '../frame.ts';
import { box, fullBox } from './box.ts';
import { writeSampleEntry } from './sample-entries.ts';

export interface InitTrack {
  /** `track_ID`, from 1. */
  readonly trackId: number;
  readonly config: TrackConfig;
}

const MOVIE_TIMESCALE = 1000;
/** tkhd flags: track_enabled, track_in_movie. */
const TRACK_ENABLED_IN_MOVIE = 0x3;
/** `und` as three 5-bit letters, each minus 0x60 (§8.4.2.3). */
const LANGUAGE_UNDETERMINED = 0x55c4;

/** Memory: the result is the caller's, and exactly as long as the segment. */
export function writeInitSegment(tracks: readonly InitTrack[]): Uint8Array<ArrayBuffer> {
  assert(tracks.length > 0, 'an init segment has at least one track');
  const w = new ByteWriter(1024);
  ftyp(w, tracks.length === 1);
  box(w, 'moov', () => {
    mvhd(w, tracks);
    for (const track of tracks) trak(w, track);
    box(w, 'mvex', () => {
      for (const track of tracks) trex(w, track.trackId);
    });
  });
  return w.finish().slice();
}

/** §4.3. A CMAF track file has one track; two under one header are plain fragmented MP4. */
function ftyp(w: ByteWriter, cmaf: boolean): void {
  box(w, 'ftyp', () => {
    w.ascii('iso6'); //                                  major_brand
    w.u32(0); //                                         minor_version
    w.ascii('iso6'); //                                  compatible_brands[]
    if (cmaf) w.ascii('cmfc');
    w.ascii('mp41');
  });
}

/** §8.2.2 */
function mvhd(w: ByteWriter, tracks: readonly InitTrack[]): void {
  fullBox(w, 'mvhd', 0, 0, () => {
    w.u32(0); //                                         creation_time
    w.u32(0); //                                         modification_time
    w.u32(MOVIE_TIMESCALE); //                           timescale
    w.u32(0); //                                         duration: in the fragments
    w.u32(0x0001_0000); //                               rate 1.0
    w.u16(0x0100); //                                    volume 1.0
    w.u16(0); //                                         reserved
    w.zeros(8); //                                       reserved[2]
    unityMatrix(w); //                                   matrix
    w.zeros(24); //                                      pre_defined[6]
    w.u32(Math.max(...tracks.map((track) => track.trackId)) + 1); // next_track_ID
  });
}

function unityMatrix(w: ByteWriter): void {
  w.u32(0x0001_0000).u32(0).u32(0);
  w.u32(0).u32(0x0001_0000).u32(0);
  w.u32(0).u32(0).u32(0x4000_0000);
}

/** §8.3.1 */
function trak(w: ByteWriter, { trackId, config }: InitTrack): void {
  box(w, 'trak', () => {
    tkhd(w, trackId, config);
    box(w, 'mdia', () => {
      mdhd(w, config.timescale);
      hdlr(w, config.kind);
      minf(w, config);
    });
  });
}

/** §8.3.2 */
function tkhd(w: ByteWriter, trackId: number, config: TrackConfig): void {
  fullBox(w, 'tkhd', 0, TRACK_ENABLED_IN_MOVIE, () => {
    w.u32(0); //                                         creation_time
    w.u32(0); //                                         modification_time
    w.u32(trackId); //                                   track_ID
    w.u32(0); //                                         reserved
    w.u32(0); //                                         duration
    w.zeros(8); //                                       reserved[2]
    w.u16(0); //                                         layer
    w.u16(0); //                                         alternate_group
    w.u16(config.kind === 'audio' ? 0x0100 : 0); //      volume
    w.u16(0); //                                         reserved
    unityMatrix(w); //                                   matrix
    const [width, height] = config.kind === 'video' ? displaySize(config) : [0, 0];
    w.u32(width * 0x1_0000); //                          width, 16.16
    w.u32(height * 0x1_0000); //                         height, 16.16
  });
}

/** The size with square pixels: the width stretched by the sample aspect ratio, within what 16.16 holds. */
function displaySize(config: TrackConfig & { readonly kind: 'video' }): readonly [number, number] {
  const [horizontal, vertical] = config.sampleAspectRatio;
  return [Math.min(0xffff, Math.round((config.width * horizontal) / vertical)), config.height];
}

/** §8.4.2 */
function mdhd(w: ByteWriter, timescale: number): void {
  fullBox(w, 'mdhd', 0, 0, () => {
    w.u32(0); //                                         creation_time
    w.u32(0); //                                         modification_time
    w.u32(timescale); //                                 timescale
    w.u32(0); //                                         duration
    w.u16(LANGUAGE_UNDETERMINED); //                     pad, language
    w.u16(0); //                                         pre_defined
  });
}

/** §8.4.3 */
function hdlr(w: ByteWriter, kind: 'video' | 'audio'): void {
  fullBox(w, 'hdlr', 0, 0, () => {
    w.u32(0); //                                         pre_defined
    w.ascii(kind === 'video' ? 'vide' : 'soun'); //      handler_type
    w.zeros(12); //                                      reserved[3]
    w.ascii(kind === 'video' ? 'VideoHandler' : 'SoundHandler').u8(0); // name
  });
}

/** §8.4.4 */
function minf(w: ByteWriter, config: TrackConfig): void {
  box(w, 'minf', () => {
    if (config.kind === 'video') {
      fullBox(w, 'vmhd', 0, 1, () => {
        // §12.1.2
        w.u16(0); //                                     graphicsmode
        w.zeros(6); //                                   opcolor[3]
      });
    } else {
      fullBox(w, 'smhd', 0, 0, () => {
        // §12.2.2
        w.u16(0); //                                     balance
        w.u16(0); //                                     reserved
      });
    }
    box(w, 'dinf', () => {
      // §8.7.2
      fullBox(w, 'dref', 0, 0, () => {
        w.u32(1); //                                     entry_count
        fullBox(w, 'url ', 0, 1, () => {}); //           flags: the media is in this file
      });
    });
    stbl(w, config);
  });
}

/** §8.5.1, and its tables, all empty: the samples are in the fragments. */
function stbl(w: ByteWriter, config: TrackConfig): void {
  box(w, 'stbl', () => {
    fullBox(w, 'stsd', 0, 0, () => {
      // §8.5.2
      w.u32(1); //                                       entry_count
      writeSampleEntry(w, config);
    });
    fullBox(w, 'stts', 0, 0, () => w.u32(0)); //         §8.6.1.2 entry_count
    fullBox(w, 'stsc', 0, 0, () => w.u32(0)); //         §8.7.4 entry_count
    fullBox(w, 'stsz', 0, 0, () => w.u32(0).u32(0)); //  §8.7.3 sample_size, sample_count
    fullBox(w, 'stco', 0, 0, () => w.u32(0)); //         §8.7.5 entry_count
  });
}

/** §8.8.3: every chunk states its own defaults in tfhd, so these stay 0. */
function trex(w: ByteWriter, trackId: number): void {
  fullBox(w, 'trex', 0, 0, () => {
    w.u32(trackId); //                                   track_ID
    w.u32(1); //                                         default_sample_description_index
    w.u32(0); //                                         default_sample_duration
    w.u32(0); //                                         default_sample_size
    w.u32(0); //                                         default_sample_flags
  });
}
