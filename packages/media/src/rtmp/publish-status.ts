/**
 * What an encoder is told when its publish is refused or ended, as a table.
 *
 * Spec: Adobe RTMP 1.0 §7.2.2.6 (onStatus with level "error"). The codes are chosen by what encoders do with them:
 * after `NetStream.Publish.BadName` OBS stops trying; Rejected and Denied are shown to the user; an unknown code
 * is ignored, so that the close which follows makes the encoder come back.
 */

export type PublishRefusal =
  | 'unknown-key'
  | 'revoked'
  | 'banned'
  | 'too-many-tries'
  | 'channel-busy'
  | 'server-stopping'
  | 'unavailable';

export type PublishEnd = 'replaced' | 'stopped-by-operator' | 'revoked' | 'server-stopping' | 'no-media';

interface Status {
  readonly code: string;
  readonly description: string;
}

export const PUBLISH_STATUS: Readonly<Record<PublishRefusal | PublishEnd, Status>> = {
  'unknown-key': { code: 'NetStream.Publish.BadName', description: 'This stream key is not known here.' },
  revoked: { code: 'NetStream.Publish.BadName', description: 'This stream key was revoked.' },
  banned: { code: 'NetStream.Publish.Denied', description: 'This account may not broadcast.' },
  'too-many-tries': { code: 'NetStream.Publish.Rejected', description: 'Too many tries; wait a minute.' },
  'channel-busy': {
    code: 'NetStream.Publish.BadName',
    description: 'Another encoder is live on this channel.',
  },
  replaced: { code: 'NetStream.Publish.BadName', description: 'Another encoder took over this channel.' },
  'stopped-by-operator': { code: 'NetStream.Publish.Denied', description: 'The broadcast was stopped.' },
  'no-media': { code: 'NetStream.Publish.Rejected', description: 'No usable picture or sound arrived.' },
  'server-stopping': { code: 'NetConnection.Connect.AppShutdown', description: 'The server is restarting.' },
  unavailable: {
    code: 'NetConnection.Connect.AppShutdown',
    description: 'The key could not be checked; try again.',
  },
};
