/**
 * What all of `/api/v1` has in common: JSON in and out, bodies checked against the contract, one form of errors,
 * no caching, no foreign origins. Routes register themselves within this scope and nowhere else.
 */
import { STATUS_CODES } from 'node:http';
import { API_ERRORS, type ApiErrorBody, type ApiErrorCode } from '@millrace/contract';
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaCompiler,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { isLocked } from '../../db/errors.ts';
import { ApiError } from '../errors.ts';
import { checkSameOrigin } from './same-origin.ts';

/** The longest body allowed is a channel's description; this leaves room for its escapes. */
const MAX_BODY_BYTES = 32 * 1024;

/** Types of handlers from the schemas of their routes. */
interface TypeBoxProvider extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

export type ApiScope = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxProvider
>;

export function registerApi(
  app: FastifyInstance,
  { publicUrl }: { readonly publicUrl: string | undefined },
  routes: (scope: ApiScope) => void,
): void {
  app.register(
    (plain, _options, done) => {
      const scope = plain.withTypeProvider<TypeBoxProvider>();
      acceptJsonOnly(scope);
      scope.setValidatorCompiler(compileSchema);
      scope.setErrorHandler(answerError);
      scope.setNotFoundHandler(() => {
        throw new ApiError('not-found', 'There is nothing at this address of the API.');
      });
      scope.addHook('onRoute', (route) => {
        route.bodyLimit = MAX_BODY_BYTES;
      });
      scope.addHook('onRequest', async (request, reply) => {
        void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
        checkSameOrigin(request, publicUrl);
      });
      routes(scope);
      done();
    },
    { prefix: '/api/v1' },
  );
}

/** An empty body is no body, whatever its type says. */
function acceptJsonOnly(scope: ApiScope): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null);
    else void parseJson(request, body.toString(), done);
  });
}

const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const validator = Compile(schema);
  return (value: unknown) => {
    if (validator.Check(value)) return { value };
    const [first] = validator.Errors(value);
    const field = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    const where = field === '' ? 'The request' : `“${field}”`;
    return {
      error: new ApiError(
        'bad-request',
        `${where} is not right: it ${first?.message ?? 'is not understood'}.`,
        field === '' ? {} : { field },
      ),
    };
  };
};

/** Fastify's own refusals, as ours. */
const BY_STATUS: Readonly<Record<number, ApiErrorCode>> = {
  404: 'not-found',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'server-busy',
};

function answerError(
  error: FastifyError | ApiError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const answer = error instanceof ApiError ? error : translate(error);
  if (answer.code === 'internal') request.log.error({ err: error }, 'a request failed');
  if (answer.retryAfterSeconds !== undefined)
    void reply.header('retry-after', String(answer.retryAfterSeconds));
  const body: ApiErrorBody = {
    error: {
      code: answer.code,
      message: answer.message,
      ...(answer.field === undefined ? {} : { field: answer.field }),
    },
  };
  return reply.code(answer.status).type('application/json; charset=utf-8').send(body);
}

function translate(error: FastifyError): ApiError {
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    const code = BY_STATUS[status] ?? 'bad-request';
    return new ApiError(
      code,
      API_ERRORS[code] === status ? error.message : (STATUS_CODES[status] ?? error.message),
    );
  }
  if (isLocked(error))
    return new ApiError('server-busy', 'The database is busy. Try again.', { retryAfterSeconds: 1 });
  return new ApiError('internal', 'Something went wrong here. The log of the server says what.');
}
