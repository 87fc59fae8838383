/**
 * An encoder in virtual time: FLV tag bodies as OBS or ffmpeg would send them, with codec headers of x264 and an AAC
 * encoder and payloads of a chosen size. 25 pictures a second, a key frame every two seconds, AAC at 48 kHz.
 */
import type { MediaMessage, PublisherSink } from '../ports.ts';
import type { VirtualClock } from './virtual-clock.ts';

const FRAME_MS = 40;
const KEY_EVERY = 50;
const AUDIO_FRAME_MS = (1024 / 48_000) * 1000;

/** AVCDecoderConfigurationRecords that x264 wrote for `testsrc2`, by picture size. */
const AVC_RECORDS = {
  '1280x720': '0142c01fffe100176742c01fda014016ec0440000003004000000f03c60ca801000468ce0fc8',
  '640x360': '0142c01effe100196742c01eda0280bfe5c044000003000400000300f03c58ba8001000468ce0fc8',
} as const;
export type PictureSize = keyof typeof AVC_RECORDS;
/** AAC LC, 48 kHz, stereo: ISO/IEC 14496-3 §1.6.2.1. */
const AAC_CONFIG = '1190';

export function avcHeader(size: PictureSize = '1280x720'): Uint8Array {
  return Buffer.from(`1700000000${AVC_RECORDS[size]}`, 'hex');
}

export function aacHeader(): Uint8Array {
  return Buffer.from(`af00${AAC_CONFIG}`, 'hex');
}

/** One slice NAL unit: an IDR picture or not. */
export function avcFrame(key: boolean, payloadBytes: number): Uint8Array {
  const body = Buffer.alloc(5 + 4 + payloadBytes, 0x5a);
  body.set([key ? 0x17 : 0x27, 1, 0, 0, 0], 0);
  body.writeUInt32BE(payloadBytes, 5);
  body[9] = key ? 0x65 : 0x41;
  return body;
}

export function aacFrame(payloadBytes = 120): Uint8Array {
  const body = Buffer.alloc(2 + payloadBytes, 0x21);
  body.set([0xaf, 1], 0);
  return body;
}

export interface EncoderOptions {
  readonly video?: PictureSize | false;
  readonly audio?: boolean;
  readonly frameBytes?: number;
  /** Where its clock starts. */
  readonly startMs?: number;
}

export class VirtualEncoder {
  private readonly clock: VirtualClock;
  private readonly sink: PublisherSink;
  private readonly options: Required<EncoderOptions>;
  private sentMs = 0;
  private videoFrames = 0;
  private audioFrames = 0;
  private hasAudio: boolean;

  constructor(clock: VirtualClock, sink: PublisherSink, options: EncoderOptions = {}) {
    this.clock = clock;
    this.sink = sink;
    this.options = { video: '1280x720', audio: true, frameBytes: 1000, startMs: 0, ...options };
    this.hasAudio = this.options.audio;
    if (this.options.video !== false) this.send('video', 0, avcHeader(this.options.video));
    if (this.hasAudio) this.send('audio', 0, aacHeader());
  }

  /** Sends in real time, moving the clock. */
  run(durationMs: number): void {
    const untilMs = this.sentMs + durationMs;
    while (this.sentMs < untilMs) {
      if (this.options.video !== false) {
        const key = this.videoFrames++ % KEY_EVERY === 0;
        this.send('video', this.sentMs, avcFrame(key, this.options.frameBytes));
      }
      while (this.hasAudio && this.audioFrames * AUDIO_FRAME_MS < this.sentMs + FRAME_MS) {
        this.send('audio', Math.round(this.audioFrames++ * AUDIO_FRAME_MS), aacFrame());
      }
      this.clock.advance(FRAME_MS);
      this.sentMs += FRAME_MS;
    }
  }

  /** A microphone that is plugged in late. */
  addAudio(): void {
    this.hasAudio = true;
    this.audioFrames = Math.ceil(this.sentMs / AUDIO_FRAME_MS);
    this.send('audio', this.sentMs, aacHeader());
  }

  /** Another picture size from the next frame on, which is a key frame. */
  changeSize(size: PictureSize): void {
    this.videoFrames = 0;
    this.send('video', this.sentMs, avcHeader(size));
  }

  private send(type: MediaMessage['type'], timestampMs: number, payload: Uint8Array): void {
    this.sink.push({ type, timestampMs: this.options.startMs + timestampMs, payload }, this.clock.unixMs());
  }
}
