/** Channels, what is live, stream keys, the health of the ingest. Bodies are those of `@millrace/contract`. */
import {
  Channel,
  ChannelList,
  ChannelPatch,
  CreateStreamKeyBody,
  IngestHealth,
  NewStreamKey,
  StreamKeyList,
} from '@millrace/contract';
import { Type } from 'typebox';
import type { Access } from '../accounts/access.ts';
import type { ApiScope } from '../http/scope.ts';
import type { ChannelService } from './service.ts';

/** Not the pattern of names: an address that cannot be one is a channel that does not exist. */
const ChannelParams = Type.Object({ channel: Type.String({ maxLength: 64 }) });
const KeyParams = Type.Object({
  channel: Type.String({ maxLength: 64 }),
  id: Type.String({ maxLength: 64 }),
});
const ListQuery = Type.Object({ live: Type.Literal('true') });

export function channelRoutes(scope: ApiScope, channels: ChannelService, access: Access): void {
  scope.get(
    '/channels',
    { schema: { querystring: ListQuery, response: { 200: ChannelList } } },
    async () => ({
      channels: await channels.liveNow(),
    }),
  );

  scope.get(
    '/channels/:channel',
    { schema: { params: ChannelParams, response: { 200: Channel } } },
    async (request) => channels.channel(request.params.channel),
  );

  scope.patch(
    '/channels/:channel',
    { schema: { params: ChannelParams, body: ChannelPatch, response: { 200: Channel } } },
    async (request) => {
      const { user } = await access.require(request);
      return channels.change(user, request.params.channel, request.body);
    },
  );

  scope.get(
    '/channels/:channel/keys',
    { schema: { params: ChannelParams, response: { 200: StreamKeyList } } },
    async (request) => {
      const { user } = await access.require(request);
      return { keys: await channels.keys(user, request.params.channel) };
    },
  );

  scope.post(
    '/channels/:channel/keys',
    { schema: { params: ChannelParams, body: CreateStreamKeyBody, response: { 201: NewStreamKey } } },
    async (request, reply) => {
      const { user } = await access.require(request);
      const created = await channels.createKey(user, request.params.channel, request.body.label ?? '');
      return reply.code(201).send(created);
    },
  );

  scope.post(
    '/channels/:channel/keys/:id/rotate',
    { schema: { params: KeyParams, response: { 201: NewStreamKey } } },
    async (request, reply) => {
      const { user } = await access.require(request);
      return reply.code(201).send(await channels.rotateKey(user, request.params.channel, request.params.id));
    },
  );

  scope.delete('/channels/:channel/keys/:id', { schema: { params: KeyParams } }, async (request, reply) => {
    const { user } = await access.require(request);
    await channels.revokeKey(user, request.params.channel, request.params.id);
    return reply.code(204).send();
  });

  scope.get(
    '/channels/:channel/ingest',
    { schema: { params: ChannelParams, response: { 200: IngestHealth } } },
    async (request) => {
      const { user } = await access.require(request);
      return channels.ingest(user, request.params.channel);
    },
  );
}
