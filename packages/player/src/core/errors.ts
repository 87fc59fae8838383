/**
 * Every error a viewer can meet: what it is called in programs, and whether another protocol may do better.
 * The sentences are in `words.ts`: they say what happened and what to do.
 */
import type { MediaErrorCode } from '@millrace/contract/media-protocol';

export type PlayerErrorCode =
  | 'no-source'
  | 'browser-too-old'
  | 'no-such-channel'
  | 'not-authorised'
  | 'codec-not-playable'
  | 'unsupported-version'
  | 'media-broken'
  | 'network';

export interface PlayerError {
  readonly code: PlayerErrorCode;
  /** For the console and for programs, in English. */
  readonly detail: string;
}

export interface ErrorRule {
  /** The next protocol of the list may work. */
  readonly tryNextProtocol: boolean;
  /** A "try again" button makes sense. */
  readonly canRetry: boolean;
}

export const ERROR_RULES: Readonly<Record<PlayerErrorCode, ErrorRule>> = {
  'no-source': { tryNextProtocol: false, canRetry: false },
  'browser-too-old': { tryNextProtocol: false, canRetry: false },
  'no-such-channel': { tryNextProtocol: false, canRetry: true },
  'not-authorised': { tryNextProtocol: false, canRetry: true },
  'codec-not-playable': { tryNextProtocol: true, canRetry: false },
  'unsupported-version': { tryNextProtocol: true, canRetry: false },
  'media-broken': { tryNextProtocol: true, canRetry: true },
  network: { tryNextProtocol: true, canRetry: true },
};

/** What the protocol's refusals mean to a viewer. */
export const ERROR_OF_MEDIA_CODE: Readonly<Record<MediaErrorCode, PlayerErrorCode>> = {
  'unsupported-version': 'unsupported-version',
  'bad-message': 'unsupported-version',
  'not-authorised': 'not-authorised',
  'no-such-channel': 'no-such-channel',
  'codec-not-playable': 'codec-not-playable',
  'hello-timeout': 'network',
  'too-slow': 'network',
  'too-many-viewers': 'network',
  'server-stopping': 'network',
};
