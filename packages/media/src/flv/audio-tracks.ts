/**
 * AAC and MP3 in FLV: sequence headers and packets to configurations and frames.
 *
 * Spec: FLV 10.1 §E.4.2.1 (SoundFormat 10: AACAUDIODATA; 2 and 14: MP3 without any header of its own).
 */
import {
  MP3_HEADER_BYTES,
  mp3AudioConfig,
  parseAudioSpecificConfig,
  parseMp3Header,
} from '../codec/index.ts';
import type { AudioConfig, TagEvent } from '../frame.ts';
import type { Ms } from '../time/units.ts';
import { type CodecTrack, type CodedPacket, dropped, orDropped, sameBytes } from './codec-track.ts';

export class AacTrack implements CodecTrack {
  #config: AudioConfig | undefined;

  configure(record: Uint8Array, out: TagEvent[]): void {
    if (this.#config !== undefined && sameBytes(record, this.#config.record)) return;
    const config = orDropped('audio', out, () => parseAudioSpecificConfig(record));
    if (config === undefined) return;
    this.#config = config;
    out.push({ type: 'config', config });
  }

  packet(packet: CodedPacket, out: TagEvent[]): void {
    if (packet.payload.length === 0) return;
    if (this.#config === undefined) {
      out.push(dropped('audio', 'flv/audio-before-config', 'an AAC frame before the sequence header'));
      return;
    }
    const payload = withoutAdts(packet.payload);
    if (payload.length === 0) {
      out.push(dropped('audio', 'flv/aac-empty', 'an ADTS header without a frame'));
      return;
    }
    out.push(audioFrame(packet.dtsMs, payload));
  }
}

/**
 * Some encoders leave the ADTS header (ISO/IEC 13818-7 §6.2) in front of the raw frame. A raw frame cannot begin
 * like that: its first element would be END (7).
 */
function withoutAdts(payload: Uint8Array): Uint8Array {
  const b1 = payload[1] ?? 0;
  if (payload[0] !== 0xff || (b1 & 0xf6) !== 0xf0) return payload;
  const protectionAbsent = (b1 & 1) === 1;
  return payload.subarray(protectionAbsent ? 7 : 9);
}

/** A tag of more frames than this (about 0.4 s) is no live stream but an attack on the size of the answer. */
const MAX_MP3_FRAMES_A_TAG = 16;

export class Mp3Track implements CodecTrack {
  #config: AudioConfig | undefined;

  /** Never called: FLV has no configuration for MP3, the first frame's header is it. */
  configure(): void {}

  packet(packet: CodedPacket, out: TagEvent[]): void {
    orDropped('audio', out, () => {
      const { payload } = packet;
      let dtsMs = packet.dtsMs;
      let at = 0;
      for (let count = 0; payload.length - at >= MP3_HEADER_BYTES; count++) {
        const header = parseMp3Header(payload, at);
        const size = header.frameBytes ?? payload.length - at;
        if (at + size > payload.length) {
          out.push(
            dropped(
              'audio',
              'flv/mp3-frame-short',
              `an MP3 frame of ${size} bytes, ${payload.length - at} are there`,
            ),
          );
          return;
        }
        if (count >= MAX_MP3_FRAMES_A_TAG) {
          out.push(
            dropped('audio', 'flv/mp3-frame-count', `more than ${MAX_MP3_FRAMES_A_TAG} MP3 frames in a tag`),
          );
          return;
        }
        this.#adopt(mp3AudioConfig(header), out);
        out.push(
          audioFrame(dtsMs, at === 0 && size === payload.length ? payload : payload.subarray(at, at + size)),
        );
        dtsMs += (header.samples / header.sampleRate) * 1000;
        at += size;
      }
    });
  }

  #adopt(config: AudioConfig, out: TagEvent[]): void {
    const before = this.#config;
    if (
      before?.sampleRate === config.sampleRate &&
      before.channels === config.channels &&
      before.codecString === config.codecString
    ) {
      return;
    }
    this.#config = config;
    out.push({ type: 'config', config });
  }
}

function audioFrame(dtsMs: Ms, payload: Uint8Array): TagEvent {
  return { type: 'frame', frame: { kind: 'audio', dtsMs, compositionOffsetMs: 0, key: true, payload } };
}
