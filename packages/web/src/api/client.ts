/**
 * Every call the pages make, typed by the contract. In: plain values; out: the answer's body, or a thrown
 * {@link RequestError}. Cookies carry the session; nothing here keeps state.
 */
import type {
  Channel,
  ChannelList,
  ChannelPatch,
  ChangePasswordBody,
  CreateStreamKeyBody,
  IngestHealth,
  NewStreamKey,
  RegisterBody,
  SessionAnswer,
  SessionList,
  SetupBody,
  SignInBody,
  Site,
  StreamKeyList,
} from '@millrace/contract';
import { RequestError, requestError } from './errors.ts';

const BASE = '/api/v1';
/** A server that has not answered by then is as good as gone; the page says so and offers to try again. */
const TIMEOUT_MS = 10_000;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

async function call<Answer>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  let text: string;
  try {
    response = await fetch(BASE + path, {
      method,
      credentials: 'same-origin',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new RequestError('unreachable', 0, { cause });
  }
  const answer = parse(text);
  if (!response.ok) throw requestError(response.status, answer, response.headers.get('retry-after'));
  if (answer === undefined && text !== '') throw new RequestError('unknown', response.status);
  return answer as Answer;
}

/** `undefined` for an empty body and for what is no JSON, such as a proxy's error page. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const segment = encodeURIComponent;

export const api = {
  site: () => call<Site>('GET', '/site'),

  session: () => call<SessionAnswer>('GET', '/session'),
  signIn: (body: SignInBody) => call<SessionAnswer>('POST', '/session', body),
  signOut: () => call<void>('DELETE', '/session'),
  register: (body: RegisterBody) => call<SessionAnswer>('POST', '/accounts', body),
  setUp: (body: SetupBody) => call<SessionAnswer>('POST', '/setup', body),
  changePassword: (body: ChangePasswordBody) => call<void>('PUT', '/account/password', body),
  sessions: () => call<SessionList>('GET', '/account/sessions'),
  endSession: (id: string) => call<void>('DELETE', `/account/sessions/${segment(id)}`),

  liveChannels: (signal?: AbortSignal) => call<ChannelList>('GET', '/channels?live=true', undefined, signal),
  channel: (name: string, signal?: AbortSignal) =>
    call<Channel>('GET', `/channels/${segment(name)}`, undefined, signal),
  editChannel: (name: string, patch: ChannelPatch) =>
    call<Channel>('PATCH', `/channels/${segment(name)}`, patch),
  ingest: (name: string, signal?: AbortSignal) =>
    call<IngestHealth>('GET', `/channels/${segment(name)}/ingest`, undefined, signal),

  keys: (channel: string) => call<StreamKeyList>('GET', `/channels/${segment(channel)}/keys`),
  createKey: (channel: string, body: CreateStreamKeyBody) =>
    call<NewStreamKey>('POST', `/channels/${segment(channel)}/keys`, body),
  rotateKey: (channel: string, id: string) =>
    call<NewStreamKey>('POST', `/channels/${segment(channel)}/keys/${segment(id)}/rotate`),
  revokeKey: (channel: string, id: string) =>
    call<void>('DELETE', `/channels/${segment(channel)}/keys/${segment(id)}`),
};
