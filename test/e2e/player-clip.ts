/**
 * A clip for the player's tests: ffmpeg makes a fragmented MP4 of each track, which is cut here into its init
 * segment and chunks. ffmpeg's own muxer stands in for ours, so that a mistake of ours cannot hide itself.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface ClipChunk {
  readonly bytes: Buffer;
  /** Position of tfdt's 64-bit base time in `bytes`. */
  readonly tfdtAt: number;
  readonly dts: number;
  readonly duration: number;
  readonly key: boolean;
}

export interface ClipTrack {
  readonly kind: 'video' | 'audio';
  readonly codec: string;
  readonly timescale: number;
  readonly init: Buffer;
  readonly chunks: readonly ClipChunk[];
}

const GOP_S = 2;
const run = promisify(execFile);

export interface ClipOptions {
  readonly seconds: number;
  readonly size?: string;
  readonly bFrames?: number;
  readonly profile?: string;
}

const FRAGMENTS = [
  '-movflags',
  '+cmaf+empty_moov+default_base_moof+frag_keyframe',
  '-frag_duration',
  '100000',
];

export async function videoTrack(options: ClipOptions): Promise<ClipTrack> {
  const size = options.size ?? '640x360';
  return await makeTrack('video', [
    '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30`, '-t', String(options.seconds),
    '-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', options.profile ?? 'main', '-pix_fmt', 'yuv420p',
    '-g', String(GOP_S * 30), '-keyint_min', String(GOP_S * 30), '-sc_threshold', '0',
    '-bf', String(options.bFrames ?? 0), '-b:v', '800k', '-video_track_timescale', '90000',
  ]); // prettier-ignore
}

export async function audioTrack(codec: 'aac' | 'mp3', seconds: number): Promise<ClipTrack> {
  const encoder = codec === 'aac' ? 'aac' : 'libmp3lame';
  return await makeTrack('audio', [
    '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100', '-t', String(seconds),
    '-c:a', encoder, '-ac', '1', '-b:a', '64k',
  ]); // prettier-ignore
}

async function makeTrack(kind: 'video' | 'audio', encode: readonly string[]): Promise<ClipTrack> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-player-clip-'));
  try {
    const file = join(folder, 'track.mp4');
    await run('ffmpeg', ['-v', 'error', '-y', ...encode, ...FRAGMENTS, file]);
    return cut(kind, await readFile(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cut(kind: 'video' | 'audio', file: Buffer): ClipTrack {
  const init: Buffer[] = [];
  const pieces: { bytes: Buffer; dts: number; tfdtAt: number }[] = [];
  let moof: Buffer | undefined;
  for (const box of boxes(file)) {
    if (box.type === 'ftyp' || box.type === 'moov') init.push(box.bytes);
    else if (box.type === 'moof') moof = box.bytes;
    else if (box.type === 'mdat' && moof) {
      const bytes = Buffer.concat([moof, box.bytes]);
      // Full box: version and flags, then the time; version 1 has 64 bits.
      const tfdtAt = bytes.indexOf('tfdt') + 8;
      pieces.push({ bytes, dts: Number(bytes.readBigUInt64BE(tfdtAt)), tfdtAt });
    }
  }
  const header = Buffer.concat(init);
  const mdhd = header.indexOf('mdhd') + 4;
  const timescale = header.readUInt32BE(mdhd + (header[mdhd] === 1 ? 20 : 12));
  const chunks = pieces.map((piece, index): ClipChunk => {
    const next = pieces[index + 1] ?? piece;
    const duration = next === piece ? Math.round(timescale / 10) : next.dts - piece.dts;
    const key = kind === 'audio' || piece.dts % (GOP_S * timescale) === 0;
    return { ...piece, duration, key };
  });
  return { kind, codec: codecOf(kind, header), timescale, init: header, chunks };
}

function codecOf(kind: 'video' | 'audio', init: Buffer): string {
  if (kind === 'video') {
    const avcC = init.indexOf('avcC') + 4;
    return `avc1.${init.subarray(avcC + 1, avcC + 4).toString('hex')}`;
  }
  // ObjectTypeIndication of the DecoderConfigDescriptor (ISO/IEC 14496-1 §7.2.6.6): 0x40 AAC, 0x6B MP3.
  const esds = init.subarray(init.indexOf('esds'));
  return esds.includes(Buffer.from([0x6b, 0x15])) || esds.includes(Buffer.from([0x6b, 0x14]))
    ? 'mp4a.6B'
    : 'mp4a.40.2';
}

function* boxes(file: Buffer): Generator<{ readonly type: string; readonly bytes: Buffer }> {
  for (let at = 0; at + 8 <= file.length;) {
    const size = file.readUInt32BE(at);
    yield { type: file.toString('latin1', at + 4, at + 8), bytes: file.subarray(at, at + size) };
    at += size;
  }
}
