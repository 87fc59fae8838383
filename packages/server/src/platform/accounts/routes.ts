/** Joining, signing in and out, the password, the list of sessions. Bodies are those of `@millrace/contract`. */
import {
  ChangePasswordBody,
  RegisterBody,
  SessionAnswer,
  SessionList,
  SetupBody,
  SignInBody,
} from '@millrace/contract';
import { Type } from 'typebox';
import type { ApiScope } from '../http/scope.ts';
import { visitor, type Access } from './access.ts';
import { toAccount, type AccountService } from './service.ts';

const SessionParams = Type.Object({ id: Type.String({ maxLength: 64 }) });

export function accountRoutes(scope: ApiScope, accounts: AccountService, access: Access): void {
  scope.post(
    '/accounts',
    { schema: { body: RegisterBody, response: { 201: SessionAnswer } } },
    async (request, reply) => {
      const { user, token } = await accounts.register(request.body, visitor(request));
      access.begin(request, reply, token);
      return reply.code(201).send({ account: toAccount(user) });
    },
  );

  scope.post(
    '/setup',
    { schema: { body: SetupBody, response: { 201: SessionAnswer } } },
    async (request, reply) => {
      const { user, token } = await accounts.setUp(request.body, visitor(request));
      access.begin(request, reply, token);
      return reply.code(201).send({ account: toAccount(user) });
    },
  );

  scope.get('/session', { schema: { response: { 200: SessionAnswer } } }, async (request) => {
    const me = await access.identify(request);
    return { account: me === undefined ? null : toAccount(me.user) };
  });

  scope.post(
    '/session',
    { schema: { body: SignInBody, response: { 200: SessionAnswer } } },
    async (request, reply) => {
      const before = await access.identify(request);
      const { user, token } = await accounts.signIn(request.body, visitor(request));
      if (before !== undefined) await accounts.signOut(before);
      access.begin(request, reply, token);
      return { account: toAccount(user) };
    },
  );

  scope.delete('/session', async (request, reply) => {
    const me = await access.identify(request);
    if (me !== undefined) await accounts.signOut(me);
    access.end(request, reply);
    return reply.code(204).send();
  });

  scope.put('/account/password', { schema: { body: ChangePasswordBody } }, async (request, reply) => {
    const me = await access.require(request);
    const { token } = await accounts.changePassword(me, request.body, visitor(request));
    access.begin(request, reply, token);
    return reply.code(204).send();
  });

  scope.get('/account/sessions', { schema: { response: { 200: SessionList } } }, async (request) => {
    const me = await access.require(request);
    return { sessions: [...(await accounts.sessions(me))] };
  });

  scope.delete('/account/sessions/:id', { schema: { params: SessionParams } }, async (request, reply) => {
    const me = await access.require(request);
    await accounts.endSession(me, request.params.id);
    if (request.params.id === me.sessionId) access.end(request, reply);
    return reply.code(204).send();
  });
}
