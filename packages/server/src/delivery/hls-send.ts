/**
 * Sends bodies that are lists of shared buffers, without joining them: whole or a byte range.
 *
 * Spec: RFC 9110 §14 (ranges; one range, several are answered with the whole), §9.3.2 (HEAD), §13.1.2 (ETag).
 * Memory: the pieces go to the socket as they are, in one gathered write. A client that does not take them in time is
 * cut off, so that what left the window is not kept for it.
 */
import type { Ms } from '@millrace/media';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Whoever takes longer for one segment (10 s at most) cannot follow the stream; it may ask again. */
const SEND_LIMIT_MS: Ms = 30_000;

export interface Body {
  readonly pieces: readonly Uint8Array[];
  readonly byteLength: number;
}

export interface SendOptions {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Byte ranges are honoured. */
  readonly ranges?: boolean;
  /** For the client to take it all. */
  readonly limitMs?: Ms;
}

export type Range = { readonly start: number; readonly end: number };

export function wholeBody(pieces: readonly Uint8Array[]): Body {
  return { pieces, byteLength: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

/** `end` is exclusive. `undefined`: no (single, well-formed) range was asked for. */
export function parseRange(
  header: string | undefined,
  byteLength: number,
): Range | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return undefined;
    const suffix = Number(last);
    return suffix === 0 ? 'unsatisfiable' : { start: Math.max(0, byteLength - suffix), end: byteLength };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= byteLength) return 'unsatisfiable';
  return { start, end: last === '' ? byteLength : Math.min(Number(last) + 1, byteLength) };
}

export function slicePieces(pieces: readonly Uint8Array[], { start, end }: Range): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.length, end - at);
    if (from < to) slices.push(piece.subarray(from, to));
    at += piece.length;
  }
  return slices;
}

export function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Body,
  options: SendOptions,
): FastifyReply {
  const headers: Record<string, string | number> = {
    'Content-Type': options.contentType,
    'Cache-Control': options.cacheControl,
    ...options.headers,
  };
  const { limitMs = SEND_LIMIT_MS } = options;
  const write = (status: number, what: Body): FastifyReply =>
    writeBody(request, reply, { status, headers, body: what, limitMs });
  if (options.ranges !== true) return write(200, body);
  headers['Accept-Ranges'] = 'bytes';
  const range = parseRange(request.headers.range, body.byteLength);
  if (range === undefined) return write(200, body);
  if (range === 'unsatisfiable') {
    headers['Content-Range'] = `bytes */${body.byteLength}`;
    return write(416, { pieces: [], byteLength: 0 });
  }
  headers['Content-Range'] = `bytes ${range.start}-${range.end - 1}/${body.byteLength}`;
  const part = { pieces: slicePieces(body.pieces, range), byteLength: range.end - range.start };
  return write(206, part);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Body;
  readonly limitMs: Ms;
}

function writeBody(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body, limitMs }: Answer,
): FastifyReply {
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  reply.hijack();
  raw.writeHead(status, { ...headers, 'Content-Length': body.byteLength });
  if (request.method !== 'HEAD') {
    raw.cork();
    for (const piece of body.pieces) raw.write(piece);
  }
  raw.end();
  if (!raw.writableFinished) {
    const { socket } = request.raw;
    const overdue = setTimeout(() => socket.destroy(), limitMs).unref();
    raw.once('close', () => clearTimeout(overdue));
  }
  return reply;
}
