/**
 * What a publisher asked for, out of the many places encoders put it: app, key and query.
 *
 * In: `app` and `tcUrl` of connect, the name of publish; each may be missing, quoted, relative, or no address at
 * all. Out: always an answer, never an error.
 * - The path is app and name together, without empty parts and `_definst_`; its first part is the app, the rest is
 *   the key: a key with slashes arrives split anywhere.
 * - Queries may hang on name, app and tcUrl; where they name the same parameter the name's wins, then the app's.
 * - A credential given on its own (`?token=`, `?key=`, or the password in `rtmp://user:password@host/`) is the key.
 */
import type { AmfObject, AmfValue } from '../amf/index.ts';
import { MAX_ADDRESS_CHARACTERS } from './limits.ts';

export interface PublishAddress {
  /** `live` in `rtmp://host/live/KEY`; empty when the address has only one part. */
  readonly app: string;
  /** The credential. A secret: never log it. */
  readonly key: string;
  /** All parameters. May hold secrets as well. */
  readonly query: ReadonlyMap<string, string>;
}

/** Parameters that carry the key itself. */
const KEY_PARAMETERS = ['key', 'token'] as const;

/** Added by Flash and FMS clients to say "the default instance of this application". */
const DEFAULT_INSTANCE = '_definst_';

export function publishAddress(connect: AmfObject, publishName: string): PublishAddress {
  const tcUrl = splitTcUrl(text(connect, 'tcUrl') || text(connect, 'tcurl'));
  const app = splitQuery(text(connect, 'app') || tcUrl.path);
  const name = splitQuery(clean(publishName));

  const query = new Map<string, string>();
  for (const part of [tcUrl.query, app.query, name.query]) readQuery(part, query);

  const parts = `${app.path}/${name.path}`
    .split('/')
    .filter((part) => part !== '' && part !== DEFAULT_INSTANCE);
  const [first = '', ...rest] = parts;
  const pathKey = rest.length > 0 ? rest.join('/') : first;
  const given = KEY_PARAMETERS.map((parameter) => query.get(parameter)).find((value) => value);
  return { app: rest.length > 0 ? first : '', key: given ?? (tcUrl.password || pathKey), query };
}

function text(object: AmfObject, name: string): string {
  const value: AmfValue = object.get(name);
  return typeof value === 'string' ? clean(value) : '';
}

/** Without the quotes and blanks that come with copying an address. */
function clean(value: string): string {
  let from = 0;
  let to = Math.min(value.length, MAX_ADDRESS_CHARACTERS);
  while (from < to && isAroundAddress(value.charCodeAt(from))) from++;
  while (to > from && isAroundAddress(value.charCodeAt(to - 1))) to--;
  return value.slice(from, to);
}

/** Blanks, control characters, double and single quotes. */
function isAroundAddress(code: number): boolean {
  return code <= 0x20 || code === 0x22 || code === 0x27;
}

function splitQuery(value: string): { readonly path: string; readonly query: string } {
  const at = value.indexOf('?');
  return at < 0 ? { path: value, query: '' } : { path: value.slice(0, at), query: value.slice(at + 1) };
}

function splitTcUrl(tcUrl: string): {
  readonly path: string;
  readonly query: string;
  readonly password: string;
} {
  const { path: address, query } = splitQuery(tcUrl);
  const schemeEnd = address.indexOf('://');
  if (schemeEnd < 0) return { path: address, query, password: '' };
  const rest = address.slice(schemeEnd + 3);
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash + 1);
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  const colon = user.indexOf(':');
  return { path, query, password: colon < 0 ? '' : percentDecoded(user.slice(colon + 1)) };
}

function readQuery(query: string, into: Map<string, string>): void {
  // A second question mark separates like an ampersand: `name?a=1?b=2` is what two programs in a row make.
  for (const pair of query.split(/[&?]/)) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = percentDecoded(equals < 0 ? pair : pair.slice(0, equals));
    into.set(name, equals < 0 ? '' : percentDecoded(pair.slice(equals + 1)));
  }
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // a stray percent sign
  }
}
