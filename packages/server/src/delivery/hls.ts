/**
 * HLS over HTTP: addresses in, playlists, headers, segments and parts out.
 *
 * | address, below `/live/CHANNEL/` | what | how long it may be cached |
 * | --- | --- | --- |
 * | `index.m3u8` | multivariant playlist of the broadcast of the moment | a second |
 * | `BROADCAST/video.m3u8`, `audio.m3u8` | media playlist | a second; when blocked for, seconds |
 * | `BROADCAST/video/init-N.mp4` | CMAF header | for ever |
 * | `BROADCAST/video/segment-N.m4s` | segment by media sequence number | for ever |
 * | `BROADCAST/video/part-N.m4s` | part by its number in the broadcast; the next one is held until it is whole | for ever |
 *
 * Everything below BROADCAST is named once and never changes, so that a CDN may keep it; all addresses in playlists
 * are relative, so that any prefix works. MP3 travels as packed audio, `part-N.mp3` (see media's `hls/format.ts`).
 * Spec: draft-pantos-hls-rfc8216bis §6.2.5 (delivery directives), §6.2.2; RFC 9111 (caching).
 */
import { API_ERRORS, type ApiErrorBody, type ApiErrorCode } from '@millrace/contract';
import type { TrackKind, UnixMs } from '@millrace/media';
import { mediaName, packedAudioPieces, parseReload, hlsFormat } from '@millrace/media/hls';
import type { Chunk } from '@millrace/media';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HlsBroadcast, type PlaylistBody, TOKEN_PARAMETER } from './hls-broadcast.ts';
import { sendBody, wholeBody } from './hls-send.ts';
import type { HlsHub } from './hls-source.ts';
import type { OnAbort, Outcome } from './hls-waiters.ts';

export type { HlsHub, HlsSource } from './hls-source.ts';

export interface HlsDependencies {
  readonly hub: HlsHub;
  readonly nowMs?: () => UnixMs;
}

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const CACHE = {
  /** The address names these bytes and no others. */
  immutable: 'public, max-age=31536000, immutable',
  /** Target durations are two seconds or more: never stale by more than half of one. */
  playlist: 'public, max-age=1',
  /** With the directives in the address the answer can only be newer than asked for. */
  blocked: 'public, max-age=6',
  /** After ENDLIST nothing changes; the address itself goes away soon. */
  ended: 'public, max-age=60',
  /** Keeps a crowd at a closed door off our back, and no one waiting once it opens. */
  refused: 'public, max-age=1',
  never: 'no-store',
} as const;

interface BroadcastParameters {
  readonly channel: string;
  readonly broadcast: string;
}
type Query = Readonly<Record<string, unknown>>;

export function registerHls(app: FastifyInstance, { hub, nowMs = Date.now }: HlsDependencies): void {
  const known = new WeakMap<object, HlsBroadcast>();

  const find = (channel: string): HlsBroadcast | undefined => {
    const source = hub.broadcast(channel);
    if (source === undefined) return undefined;
    let found = known.get(source);
    if (found === undefined) {
      found = new HlsBroadcast(source, nowMs);
      known.set(source, found);
    }
    return found;
  };

  const findExact = ({ channel, broadcast }: BroadcastParameters): HlsBroadcast | undefined => {
    const found = find(channel);
    return found?.source.id === broadcast ? found : undefined;
  };

  app.get<{ Params: { channel: string }; Querystring: Query }>(
    '/live/:channel/index.m3u8',
    async (request, reply) => {
      const hls = find(request.params.channel);
      if (hls === undefined) return refuse(reply, 'not-found', 'The channel is not live.');
      const outcome = await hls.whenPlayable(onAbort(reply));
      if (outcome !== 'go')
        return refuseHeld(reply, outcome, 'The broadcast ended before it could be shown.');
      const withToken = TOKEN_PARAMETER in request.query;
      return sendPlaylist(request, reply, hls.multivariant(withToken), CACHE.playlist);
    },
  );

  for (const kind of ['video', 'audio'] as const) {
    app.get<{ Params: BroadcastParameters; Querystring: Query }>(
      `/live/:channel/:broadcast/${kind}.m3u8`,
      async (request, reply) => {
        const hls = findExact(request.params);
        if (hls === undefined) return refuse(reply, 'not-found', 'This broadcast is not live.');
        hls.sessions.seen(request.ip, request.headers['user-agent'] ?? '', nowMs());
        return answerMediaPlaylist(hls, kind, request, reply);
      },
    );

    app.get<{ Params: BroadcastParameters & { readonly file: string } }>(
      `/live/:channel/:broadcast/${kind}/:file`,
      async (request, reply) => {
        const hls = findExact(request.params);
        if (hls === undefined) return refuse(reply, 'not-found', 'This broadcast is not live.');
        return answerMedia(hls, kind, request.params.file, request, reply);
      },
    );
  }
}

async function answerMediaPlaylist(
  hls: HlsBroadcast,
  kind: TrackKind,
  request: FastifyRequest<{ Querystring: Query }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { window } = hls.source;
  const started = await hls.whenPlayable(onAbort(reply));
  if (started !== 'go') return refuseHeld(reply, started, 'The broadcast ended before it could be shown.');
  const parsed = parseReload(request.query, window.ended);
  if (!parsed.ok) return refuse(reply, 'bad-request', parsed.message);
  const { reload } = parsed;
  if (window.track(kind) === undefined) return refuse(reply, 'not-found', `The broadcast has no ${kind}.`);
  if (reload.msn !== undefined) {
    const outcome = await hls.whenContains(kind, reload, onAbort(reply));
    if (outcome === 'stop') return refuse(reply, 'bad-request', 'This is too far ahead to wait for.');
    if (outcome !== 'go') return refuseHeld(reply, outcome, '');
  }
  const body = hls.mediaPlaylist(kind, reload.delta, TOKEN_PARAMETER in request.query);
  if (body === undefined) return refuse(reply, 'not-found', `The broadcast has no ${kind}.`);
  const cacheControl = window.ended ? CACHE.ended : reload.msn === undefined ? CACHE.playlist : CACHE.blocked;
  return sendPlaylist(request, reply, body, cacheControl);
}

const MEDIA_FILE = /^(init|segment|part)-(\d{1,15})\.(mp4|m4s|mp3)$/;

async function answerMedia(
  hls: HlsBroadcast,
  kind: TrackKind,
  file: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [, what, digits, extension] = MEDIA_FILE.exec(file) ?? [];
  const number = Number(digits);
  if (what === 'part') {
    const outcome = await hls.whenPart(kind, number, onAbort(reply));
    if (outcome === 'timeout' || outcome === 'full' || outcome === 'aborted') {
      return refuseHeld(reply, outcome, '');
    }
  }
  const media = what === undefined ? undefined : findMedia(hls, kind, what, number, extension);
  if (media === undefined) return refuse(reply, 'not-found', 'There is no such segment, or no longer.');
  return sendBody(request, reply, wholeBody(media.pieces), {
    contentType: media.contentType,
    cacheControl: CACHE.immutable,
    headers: { ETag: `"${hls.source.id}-${kind}-${what}-${number}"` },
    ranges: true,
  });
}

function findMedia(
  hls: HlsBroadcast,
  kind: TrackKind,
  what: string,
  number: number,
  extension: string | undefined,
): { readonly pieces: readonly Uint8Array[]; readonly contentType: string } | undefined {
  const track = hls.source.window.track(kind);
  if (track === undefined) return undefined;
  if (what === 'init') {
    const init = extension === 'mp4' ? track.findInit(number) : undefined;
    return init && { pieces: [init.bytes], contentType: `${kind}/mp4` };
  }
  const chunks: readonly Chunk[] | undefined =
    what === 'part'
      ? track.findPart(number)?.chunks
      : track.findSegment(number)?.parts.flatMap((part) => part.chunks);
  const config = chunks?.[0]?.init.config;
  if (chunks === undefined || config === undefined) return undefined;
  const name = mediaName(config);
  if (name.extension !== extension) return undefined;
  const pieces =
    hlsFormat(config) === 'packed-mp3' ? packedAudioPieces(chunks) : chunks.map((chunk) => chunk.bytes);
  return { pieces, contentType: name.contentType };
}

function sendPlaylist(
  request: FastifyRequest,
  reply: FastifyReply,
  playlist: PlaylistBody,
  cacheControl: string,
): FastifyReply {
  const headers: Record<string, string> = { ETag: playlist.etag, Vary: varyWith(reply, 'Accept-Encoding') };
  if (request.headers['if-none-match'] === playlist.etag) {
    return reply
      .code(304)
      .headers({ ...headers, 'Cache-Control': cacheControl })
      .send();
  }
  const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (zipped) headers['Content-Encoding'] = 'gzip';
  const body = wholeBody([zipped ? playlist.gzip : playlist.text]);
  return sendBody(request, reply, body, { contentType: PLAYLIST_TYPE, cacheControl, headers });
}

/** Other layers may have said what the answer varies with. */
function varyWith(reply: FastifyReply, name: string): string {
  const before = reply.getHeader('vary');
  return before === undefined ? name : `${String(before)}, ${name}`;
}

/**
 * A request sent behind another one on the same connection, before that one was answered, has no socket yet: it would
 * not hear that the client left, and one connection could hold every place there is. No player and no proxy does that.
 */
function onAbort({ raw }: FastifyReply): OnAbort {
  return (abort) => {
    if (raw.socket === null || raw.destroyed) return false;
    raw.once('close', abort);
    return true;
  };
}

function refuse(
  reply: FastifyReply,
  code: ApiErrorCode,
  message: string,
  cacheControl: string = CACHE.refused,
): FastifyReply {
  const body: ApiErrorBody = { error: { code, message } };
  return reply
    .code(API_ERRORS[code])
    .header('Cache-Control', cacheControl)
    .type('application/json; charset=utf-8')
    .send(body);
}

/** A request that waited in vain. An aborted one has nobody left to hear the answer. */
function refuseHeld(reply: FastifyReply, outcome: Exclude<Outcome, 'go'>, gone: string): FastifyReply {
  if (outcome === 'aborted') return reply.hijack();
  if (outcome === 'stop') return refuse(reply, 'not-found', gone);
  void reply.header('Retry-After', '1');
  return refuse(reply, 'server-busy', 'What was asked for did not come in time.', CACHE.never);
}
