/**
 * Which command asks the server for what, as a table. Spec: Adobe RTMP 1.0 §7.2; the FC… commands are FMLE's.
 */

/** What a command asks for. Everything not in here gets the empty answer that nobody chokes on. */
export type CommandAction =
  | 'connect'
  | 'create-stream'
  | 'fc-publish'
  | 'publish'
  | 'fc-unpublish'
  | 'close-stream'
  | 'delete-stream'
  | 'stream-length'
  | 'play'
  | 'seek'
  | 'ignore';

export const COMMAND_ACTIONS: ReadonlyMap<string, CommandAction> = new Map<string, CommandAction>([
  ['connect', 'connect'],
  ['createStream', 'create-stream'],
  ['FCPublish', 'fc-publish'],
  ['publish', 'publish'],
  ['FCUnpublish', 'fc-unpublish'],
  ['closeStream', 'close-stream'],
  ['deleteStream', 'delete-stream'],
  ['getStreamLength', 'stream-length'],
  ['play', 'play'],
  ['play2', 'play'],
  ['seek', 'seek'],
  ['pause', 'ignore'],
  ['pauseRaw', 'ignore'],
  ['receiveAudio', 'ignore'],
  ['receiveVideo', 'ignore'],
  ['onStatus', 'ignore'],
  ['_result', 'ignore'],
  ['_error', 'ignore'],
]);
