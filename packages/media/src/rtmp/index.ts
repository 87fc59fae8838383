export { ServerSession, type ServerSessionOptions } from './server-session.ts';
export type { PublishRequestId, ServerEvent } from './server-event.ts';
export { ClientSession, type ClientEvent, type ClientSessionOptions } from './client-session.ts';
export type { PublishAddress } from './address.ts';
export type { HmacSha256 } from './handshake/digest.ts';
export type { MediaMessage, RtmpMessage } from './message.ts';
export { PUBLISH_STATUS, type PublishEnd, type PublishRefusal } from './publish-status.ts';
export { ChunkReader } from './chunk-reader.ts';
export { ChunkWriter } from './chunk-writer.ts';
