/**
 * Sample entries: the codec's part of an init segment. A codec joins by a row of the tables at the end.
 *
 * Spec: ISO/IEC 14496-12 §8.5.2 (sample description), §12.1.3, §12.1.4, §12.1.5 (visual, pasp, colr), §12.2.3 (audio);
 * ISO/IEC 14496-15 §5.4.2 (avc1); ISO/IEC 14496-14 §6.7 (mp4a); ISO/IEC 14496-1 §7.2.6 (descriptors of esds).
 */
import type { ByteWriter } from '../bytes/index.ts';
import type { AudioCodec, AudioConfig, VideoCodec, VideoConfig } from '../frame.ts';
import { box, fullBox } from './box.ts';

export function writeSampleEntry(w: ByteWriter, config: VideoConfig | AudioConfig): void {
  if (config.kind === 'video') VIDEO_ENTRIES[config.codec](w, config);
  else AUDIO_ENTRIES[config.codec](w, config);
}

function avc1(w: ByteWriter, config: VideoConfig): void {
  visualSampleEntry(w, 'avc1', config, () => {
    box(w, 'avcC', () => w.bytes(config.record)); //     AVCDecoderConfigurationRecord
  });
}

/** `mp4a` with an object type of 14496-1: AAC (0x40), MPEG-1 audio (0x6B) and MPEG-2 audio (0x69). */
function mp4a(w: ByteWriter, config: AudioConfig): void {
  audioSampleEntry(w, 'mp4a', config, () => esds(w, config));
}

function visualSampleEntry(w: ByteWriter, type: string, config: VideoConfig, codecBoxes: () => void): void {
  box(w, type, () => {
    w.zeros(6); //                                       reserved
    w.u16(1); //                                         data_reference_index
    w.u16(0); //                                         pre_defined
    w.u16(0); //                                         reserved
    w.zeros(12); //                                      pre_defined[3]
    w.u16(config.width); //                              width
    w.u16(config.height); //                             height
    w.u32(0x0048_0000); //                               horizresolution, 72 dpi
    w.u32(0x0048_0000); //                               vertresolution
    w.u32(0); //                                         reserved
    w.u16(1); //                                         frame_count
    w.zeros(32); //                                      compressorname
    w.u16(0x0018); //                                    depth
    w.u16(0xffff); //                                    pre_defined = -1
    codecBoxes();
    const [hSpacing, vSpacing] = config.sampleAspectRatio;
    if (hSpacing !== vSpacing) {
      box(w, 'pasp', () => {
        w.u32(hSpacing); //                              hSpacing
        w.u32(vSpacing); //                              vSpacing
      });
    }
    const colour = config.colour;
    if (colour !== undefined) {
      box(w, 'colr', () => {
        w.ascii('nclx'); //                              colour_type
        w.u16(colour.primaries); //                      colour_primaries
        w.u16(colour.transfer); //                       transfer_characteristics
        w.u16(colour.matrix); //                         matrix_coefficients
        w.u8(colour.fullRange ? 0x80 : 0); //            full_range_flag, reserved
      });
    }
  });
}

function audioSampleEntry(w: ByteWriter, type: string, config: AudioConfig, codecBoxes: () => void): void {
  box(w, type, () => {
    w.zeros(6); //                                       reserved
    w.u16(1); //                                         data_reference_index
    w.zeros(8); //                                       reserved[2]
    w.u16(config.channels); //                           channelcount
    w.u16(16); //                                        samplesize
    w.u16(0); //                                         pre_defined
    w.u16(0); //                                         reserved
    // A 16.16 number; rates above 65,535 Hz do not fit, and decoders read them from the codec's own record.
    w.u32(config.sampleRate <= 0xffff ? config.sampleRate * 0x1_0000 : 0); // samplerate
    codecBoxes();
  });
}

/** 14496-1 Table 5, by the tail of the RFC 6381 string. */
const OBJECT_TYPE_INDICATIONS: ReadonlyMap<string, number> = new Map([
  ['mp4a.6B', 0x6b],
  ['mp4a.69', 0x69],
]);
const OBJECT_TYPE_AAC = 0x40;

function esds(w: ByteWriter, config: AudioConfig): void {
  fullBox(w, 'esds', 0, 0, () => {
    descriptor(w, 0x03, () => {
      // ES_Descriptor
      w.u16(0); //                                       ES_ID: 0 in a file (14496-14 §4.1.2)
      w.u8(0); //                                        no dependence, no URL, no OCR stream; streamPriority 0
      descriptor(w, 0x04, () => {
        // DecoderConfigDescriptor
        w.u8(OBJECT_TYPE_INDICATIONS.get(config.codecString) ?? OBJECT_TYPE_AAC); // objectTypeIndication
        w.u8((0x05 << 2) | 1); //                        streamType audio, upStream 0, reserved 1
        w.u24(0); //                                     bufferSizeDB
        w.u32(0); //                                     maxBitrate: not known for a live stream
        w.u32(0); //                                     avgBitrate
        if (config.record.length > 0) {
          descriptor(w, 0x05, () => w.bytes(config.record)); // DecoderSpecificInfo
        }
      });
      descriptor(w, 0x06, () => w.u8(2)); //             SLConfigDescriptor, predefined: MP4
    });
  });
}

/** 14496-1 §8.3.3: the size in groups of 7 bits. Four groups are always written, so that it can be patched. */
function descriptor(w: ByteWriter, tag: number, content: () => void): void {
  w.u8(tag);
  const at = w.length;
  w.u32(0);
  content();
  const size = w.length - at - 4;
  w.patchU32(
    at,
    (0x80808000 |
      ((size & 0xfe00000) << 3) |
      ((size & 0x1fc000) << 2) |
      ((size & 0x3f80) << 1) |
      (size & 0x7f)) >>>
      0,
  );
}

const VIDEO_ENTRIES: Readonly<Record<VideoCodec, (w: ByteWriter, config: VideoConfig) => void>> = {
  avc: avc1,
};
const AUDIO_ENTRIES: Readonly<Record<AudioCodec, (w: ByteWriter, config: AudioConfig) => void>> = {
  aac: mp4a,
  mp3: mp4a,
};
