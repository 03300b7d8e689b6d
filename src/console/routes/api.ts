/**
 * The API: the same actions as on the screen, for programs, with tokens.
 *
 * Its description is made of the schemas by which requests are checked and answers are written, so it cannot say
 * anything else than what is done. Nothing but JSON is taken, files of customers apart, and a body with a name too many is refused.
 */
import rateLimit from '@fastify/rate-limit';
import swagger, { type FastifyDynamicSwaggerOptions as SwaggerOptions } from '@fastify/swagger';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { caseEndpoints } from '../api/cases.ts';
import { customerEditEndpoints } from '../api/customer-edits.ts';
import { importEndpoints } from '../api/customer-imports.ts';
import { customerEndpoints } from '../api/customers.ts';
import { ApiError, answerTo, notFound } from '../api/errors.ts';
import { houseEndpoints } from '../api/house.ts';
import { doWritesOnce, isWrite, keyHeaderSchema } from '../api/idempotency.ts';
import { shared } from '../api/schemas.ts';
import { templateEditEndpoints } from '../api/template-edits.ts';
import { templateEndpoints } from '../api/templates.ts';
import type { ConsoleParts } from '../parts.ts';
import { callerOf } from '../person.ts';

export const apiPlace = '/api';

/** Of one token; a program that follows the desk all day stays far below. */
export const requestsPerMinuteMax = 300;

export function apiRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.register(
    async (scope) => {
      takeJsonOnly(scope);
      answerInJson(scope, parts);
      await scope.register(rateLimit, {
        max: requestsPerMinuteMax,
        timeWindow: 60_000,
        keyGenerator: ({ person, ip }: FastifyRequest) =>
          person === undefined ? `address ${ip}` : callerOf(person),
        errorResponseBuilder: (_request, { after }) =>
          new ApiError(429, 'too-many', `More than ${requestsPerMinuteMax} requests a minute.`, {
            hint: `Ask again in ${after}.`,
          }),
      });
      for (const [name, schema] of Object.entries(shared))
        scope.addSchema({ $id: name, ...schema });
      await scope.register(swagger, { openapi, refResolver: { buildLocalReference: nameOf } });
      completeSchemas(scope);
      scope.addHook('preValidation', async (request) => readNumbers(request));
      scope.addHook('preValidation', async (request) => tokenForWrites(request));
      doWritesOnce(scope, parts);
      scope.get('/openapi.json', { config: { role: 'viewer' }, schema: { hide: true } }, () =>
        scope.swagger(),
      );
      await scope.register(
        async (version) => {
          caseEndpoints(version, parts);
          customerEndpoints(version, parts);
          customerEditEndpoints(version, parts);
          importEndpoints(version, parts);
          templateEndpoints(version, parts);
          templateEditEndpoints(version, parts);
          houseEndpoints(version, parts);
        },
        { prefix: '/v1' },
      );
    },
    { prefix: apiPlace },
  );
}

const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'transition-responder',
    version: '1',
    description:
      'What the desk sees and decides, for programs. Every write carries an Idempotency-Key; errors are of one shape.',
  },
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  security: [{ token: [] }],
} satisfies SwaggerOptions['openapi'];

function nameOf(json: { readonly $id?: unknown }, _base: unknown, _part: unknown, index: number) {
  return typeof json.$id === 'string' ? json.$id : `part-${index}`;
}

/** A form of another site can send everything but JSON. */
function takeJsonOnly(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    scope.getDefaultJsonParser('error', 'error'),
  );
}

function answerInJson(scope: FastifyInstance, { log }: ConsoleParts): void {
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  scope.setNotFoundHandler(() => {
    throw notFound('address');
  });
  scope.setErrorHandler<FastifyError>((error, request, reply) => {
    const { status, body, isOurs } = answerTo(error);
    if (isOurs) log.error({ err: error, url: request.routeOptions.url }, 'the API failed');
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(status).send(body);
  });
}

/** What holds for every endpoint, said once: its role, its errors, and the key of a write. */
function completeSchemas(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    const { schema, config, method } = route;
    if (schema === undefined || schema.hide === true) return;
    const isKeyed = isWrite(method, config?.readsOnly);
    route.schema = {
      ...schema,
      description: `Needs the role ${config?.role}.`,
      ...(isKeyed ? { headers: keyHeaderSchema } : {}),
      response: {
        ...(schema.response as object | undefined),
        '4xx': { description: 'Refused', $ref: 'Error#' },
        '5xx': { description: 'Failed', $ref: 'Error#' },
      },
    };
  });
}

/** A query is text; its numbers are told from text by the schema alone where nothing is turned by itself. */
function readNumbers({ query }: FastifyRequest): void {
  const asked = query as Record<string, unknown>;
  for (const name of ['limit', 'beforeId']) {
    const value = asked[name];
    if (typeof value === 'string' && /^\d{1,15}$/.test(value)) asked[name] = Number(value);
  }
}

/** A browser sends the cookie of a session by itself, whatever page asks; a token it does not. */
function tokenForWrites({ person, method, is404 }: FastifyRequest): void {
  if (is404 || method === 'GET' || method === 'HEAD' || person?.via === 'api') return;
  throw new ApiError(403, 'token-needed', 'This needs a token of the API.', {
    hint: 'Send it as Authorization: Bearer TOKEN.',
  });
}
