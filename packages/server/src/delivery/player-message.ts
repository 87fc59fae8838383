/**
 * Reads one control message of a player. In: the text of a WebSocket message, from anybody. Out: a message of
 * contract/media-protocol.ts with every field checked, or `undefined`. Unknown fields are ignored, so that later
 * players may say more.
 */
import type { PlayerMessage, PlayFrom, ResumeCursor } from '@millrace/contract';

/** More candidates than any player tests, and longer ones than any codec string is. */
const MAX_CODECS = 64;
const MAX_TEXT_CHARACTERS = 256;
const MAX_TOKEN_CHARACTERS = 4096;
const MAX_CURSOR_TRACKS = 16;
/** Clocks and counters of any sane player are below this. */
const MAX_NUMBER = Number.MAX_SAFE_INTEGER;

type Fields = Readonly<Record<string, unknown>>;

const READERS: Readonly<Record<PlayerMessage['type'], (fields: Fields) => PlayerMessage | undefined>> = {
  hello(fields) {
    const { versions, canPlay, token, resume, paused } = fields;
    if (!Array.isArray(versions) || versions.length > MAX_CODECS || !versions.every(isCount))
      return undefined;
    if (canPlay !== undefined && !isTexts(canPlay)) return undefined;
    if (token !== undefined && !isText(token, MAX_TOKEN_CHARACTERS)) return undefined;
    if (paused !== undefined && typeof paused !== 'boolean') return undefined;
    const cursor = resume === undefined ? undefined : readCursor(resume);
    if (resume !== undefined && cursor === undefined) return undefined;
    return {
      type: 'hello',
      versions,
      ...(canPlay === undefined ? {} : { canPlay }),
      ...(token === undefined ? {} : { token }),
      ...(cursor === undefined ? {} : { resume: cursor }),
      ...(paused === undefined ? {} : { paused }),
    };
  },
  play({ from }) {
    const place = readPlace(from);
    return place === undefined ? undefined : { type: 'play', from: place };
  },
  pause: () => ({ type: 'pause' }),
  switch: ({ rendition }) => (isCount(rendition) ? { type: 'switch', rendition } : undefined),
  tracks: ({ video, audio }) =>
    typeof video === 'boolean' && typeof audio === 'boolean' ? { type: 'tracks', video, audio } : undefined,
  token: ({ token }) => (isText(token, MAX_TOKEN_CHARACTERS) ? { type: 'token', token } : undefined),
  ping: ({ clientTime }) => (isNumber(clientTime) ? { type: 'ping', clientTime } : undefined),
  report({ latencyMs, stalls, droppedFrames }) {
    if (latencyMs !== undefined && !isNumber(latencyMs)) return undefined;
    if (stalls !== undefined && !isCount(stalls)) return undefined;
    if (droppedFrames !== undefined && !isCount(droppedFrames)) return undefined;
    return {
      type: 'report',
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(stalls === undefined ? {} : { stalls }),
      ...(droppedFrames === undefined ? {} : { droppedFrames }),
    };
  },
};

export function readPlayerMessage(text: string): PlayerMessage | undefined {
  const fields = parseObject(text);
  const type = fields?.['type'];
  if (fields === undefined || typeof type !== 'string' || !Object.hasOwn(READERS, type)) return undefined;
  return READERS[type as PlayerMessage['type']](fields);
}

function readPlace(from: unknown): PlayFrom | undefined {
  if (from === 'live') return 'live';
  if (!isObject(from)) return undefined;
  if (isNumber(from['offsetMs']) && from['offsetMs'] >= 0) return { offsetMs: from['offsetMs'] };
  const cursor = readCursor(from['cursor']);
  return cursor === undefined ? undefined : { cursor };
}

function readCursor(value: unknown): ResumeCursor | undefined {
  if (!isObject(value)) return undefined;
  const { broadcast, epoch, sequences } = value;
  if (!isText(broadcast, MAX_TEXT_CHARACTERS) || !isCount(epoch) || !isObject(sequences)) return undefined;
  const entries = Object.entries(sequences);
  if (entries.length > MAX_CURSOR_TRACKS) return undefined;
  const counts: Record<string, number> = {};
  for (const [track, sequence] of entries) {
    if (!/^\d{1,3}$/.test(track) || !isCount(sequence)) return undefined;
    counts[track] = sequence;
  }
  return { broadcast, epoch, sequences: counts };
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= MAX_NUMBER;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown, maxCharacters: number): value is string {
  return typeof value === 'string' && value.length <= maxCharacters;
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_CODECS &&
    value.every((item) => isText(item, MAX_TEXT_CHARACTERS))
  );
}
