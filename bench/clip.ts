/**
 * The stream every server is fed: made once with ffmpeg, kept in the temp folder, cut into RTMP messages.
 *
 * In: nothing (or the cached FLV file). Out: a `Clip`, 16 s that loop without a seam: 720p30, 2.5 Mbit/s really used
 * (noise, not filler: a server may drop filler), a key frame every 2 s, AAC 128 kbit/s at 48 kHz. 16 s is the
 * shortest time that is whole in key frames (8), pictures (480) and AAC frames (750).
 * Each picture starts with an SEI message of our own that carries the time of sending (see `mark.ts`).
 * Spec: Adobe FLV 10.1 annex E.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MARK_NAL_BYTES, writeMarkNal } from './mark.ts';

export const CLIP_MS = 16_000;
export const GOP_MS = 2_000;
const VIDEO_FRAMES = 480;
const AUDIO_FRAMES = 750;
const VIDEO_KBPS = 2_500;
const AUDIO_KBPS = 128;
/** Part of the file's name: another recipe is another file. */
const RECIPE = 'r3';
/** The encoder's first seconds are unlike the rest (a full rate buffer): left out. */
const SKIPPED_MS = 2 * GOP_MS;

export type ClipMessageType = 'audio' | 'video';

export interface ClipMessage {
  readonly type: ClipMessageType;
  /** Within the clip, from 0 to `CLIP_MS`. */
  readonly timestampMs: number;
  readonly key: boolean;
  /** FLV tag body. Video bodies carry a mark at `VIDEO_MARK_AT`. */
  readonly body: Buffer;
}

export interface Clip {
  readonly metadata: Buffer;
  readonly videoHeader: Buffer;
  readonly audioHeader: Buffer;
  /** In the order of sending. */
  readonly messages: readonly ClipMessage[];
  /** Bytes of all bodies: what a viewer gets, at the least, in `CLIP_MS`. */
  readonly bodyBytes: number;
  readonly videoKbps: number;
  readonly largestBodyBytes: number;
}

/** Frame type and codec, AVC packet type, composition time (§E.4.3): the mark follows. */
const VIDEO_TAG_HEADER_BYTES = 5;
/** Where the mark stands in a video body. */
export const VIDEO_MARK_AT = VIDEO_TAG_HEADER_BYTES;

/** The path of the clip; makes it when it is not there. */
export async function clipFile(progress: (text: string) => void): Promise<string> {
  const folder = join(tmpdir(), 'millrace-bench');
  const path = join(folder, `clip-720p30-${VIDEO_KBPS}k-${RECIPE}.flv`);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  await mkdir(folder, { recursive: true });
  progress('making the clip with ffmpeg (once)');
  const unfinished = `${path}.${process.pid}`;
  const rate = `${VIDEO_KBPS}k`;
  const words = [
    '-v error -y',
    '-f lavfi -i testsrc2=s=1280x720:r=30,noise=alls=24:allf=t',
    '-f lavfi -i anoisesrc=r=48000:a=0.2:c=pink:s=1,aformat=channel_layouts=stereo',
    `-t ${(SKIPPED_MS + CLIP_MS) / 1000 + 1}`,
    '-c:v libx264 -preset veryfast -profile:v high -pix_fmt yuv420p -bf 0',
    '-g 60 -keyint_min 60 -sc_threshold 0',
    `-b:v ${rate} -minrate ${rate} -maxrate ${rate} -bufsize ${rate}`,
    '-x264-params nal-hrd=cbr:force-cfr=1',
    `-c:a aac -b:a ${AUDIO_KBPS}k -f flv`,
  ];
  await promisify(execFile)('ffmpeg', [...words.join(' ').split(' '), unfinished]);
  await rename(unfinished, path);
  return path;
}

export async function loadClip(path: string): Promise<Clip> {
  const file = await readFile(path);
  let metadata: Buffer | undefined;
  let videoHeader: Buffer | undefined;
  let audioHeader: Buffer | undefined;
  const video: ClipMessage[] = [];
  const audio: ClipMessage[] = [];
  for (const tag of flvTags(file)) {
    if (tag.type === TAG_SCRIPT) metadata ??= tag.body;
    else if (tag.type === TAG_VIDEO && tag.body[1] === 0) videoHeader ??= tag.body;
    else if (tag.type === TAG_AUDIO && tag.body[1] === 0) audioHeader ??= tag.body;
    else if (tag.timestampMs < SKIPPED_MS) continue;
    else if (tag.type === TAG_VIDEO && tag.body[1] === 1 && video.length < VIDEO_FRAMES)
      video.push(videoMessage(tag));
    else if (tag.type === TAG_AUDIO && audio.length < AUDIO_FRAMES) {
      audio.push({ type: 'audio', timestampMs: tag.timestampMs, key: true, body: tag.body });
    }
  }
  if (metadata === undefined || videoHeader === undefined || audioHeader === undefined)
    throw new Error(`${path}: a track is missing`);
  if (video.length < VIDEO_FRAMES || audio.length < AUDIO_FRAMES)
    throw new Error(`${path}: shorter than ${CLIP_MS} ms`);
  const messages = [...fromZero(video), ...fromZero(audio)].sort((a, b) => a.timestampMs - b.timestampMs);
  const sizes = messages.map((message) => message.body.length);
  return {
    metadata,
    videoHeader,
    audioHeader,
    messages,
    bodyBytes: sizes.reduce((sum, size) => sum + size, 0),
    videoKbps: (video.reduce((sum, message) => sum + usedBytes(message.body), 0) * 8) / CLIP_MS,
    largestBodyBytes: Math.max(...sizes),
  };
}

const TAG_AUDIO = 8;
const TAG_VIDEO = 9;
const TAG_SCRIPT = 18;
/** §E.2: the file header and the first PreviousTagSize. */
const FLV_HEADER_BYTES = 9 + 4;
/** §E.4.1 */
const TAG_HEADER_BYTES = 11;

interface FlvTag {
  readonly type: number;
  readonly timestampMs: number;
  readonly body: Buffer;
}

function* flvTags(file: Buffer): Generator<FlvTag> {
  let at = FLV_HEADER_BYTES;
  while (at + TAG_HEADER_BYTES <= file.length) {
    const size = file.readUIntBE(at + 1, 3);
    const timestampMs = file.readUIntBE(at + 4, 3) + file.readUInt8(at + 7) * 0x1000000;
    const start = at + TAG_HEADER_BYTES;
    yield { type: file.readUInt8(at), timestampMs, body: file.subarray(start, start + size) };
    at = start + size + 4;
  }
}

/** The tag's body with a mark before its first NAL unit. */
function videoMessage(tag: FlvTag): ClipMessage {
  const body = Buffer.alloc(tag.body.length + MARK_NAL_BYTES);
  tag.body.copy(body, 0, 0, VIDEO_TAG_HEADER_BYTES);
  writeMarkNal(body, VIDEO_TAG_HEADER_BYTES);
  tag.body.copy(body, VIDEO_TAG_HEADER_BYTES + MARK_NAL_BYTES, VIDEO_TAG_HEADER_BYTES);
  return { type: 'video', timestampMs: tag.timestampMs, key: body.readUInt8(0) >> 4 === 1, body };
}

function fromZero(messages: readonly ClipMessage[]): ClipMessage[] {
  const first = messages[0]?.timestampMs ?? 0;
  return messages.map((message) => Object.assign({}, message, { timestampMs: message.timestampMs - first }));
}

/** Bytes of a video body that are picture, not filler data (NAL unit type 12). */
function usedBytes(body: Buffer): number {
  let used = 0;
  for (let at = VIDEO_TAG_HEADER_BYTES; at + 4 < body.length;) {
    const length = body.readUInt32BE(at);
    if ((body.readUInt8(at + 4) & 0x1f) !== 12) used += 4 + length;
    at += 4 + length;
  }
  return used;
}
