/**
 * Writes that may be sent again: every write carries an `Idempotency-Key`, and one that was answered is not done again.
 *
 * The answer is kept before it is sent, so that a client that never got it asks again and gets the same one. When
 * the process ends in between, the key is taken up again after a while; what was done then refuses to be done twice
 * by itself, and that refusal is the answer.
 *
 * draft-ietf-httpapi-idempotency-key-header §2.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IdempotentRequest, WriteClaim } from '../../ports/idempotency.ts';
import type { ConsoleParts } from '../parts.ts';
import { callerOf, personOf } from '../person.ts';
import { ApiError } from './errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request with a body that changes nothing, and so needs no key. */
    readonly readsOnly?: true;
  }
}

export const keyHeader = 'idempotency-key';
const keyCharsMax = 255;

export const keyHeaderSchema = {
  type: 'object',
  properties: {
    [keyHeader]: {
      type: 'string',
      minLength: 1,
      maxLength: keyCharsMax,
      description:
        'Names this write; the same key with the same request gives the same answer, for a day.',
    },
  },
  required: [keyHeader],
} as const;

export function isWrite(method: string | readonly string[], readsOnly: true | undefined): boolean {
  const methods = typeof method === 'string' ? [method] : method;
  return readsOnly !== true && methods.some((one) => one !== 'GET' && one !== 'HEAD');
}

export function doWritesOnce(scope: FastifyInstance, { store, clock }: ConsoleParts): void {
  const begun = new WeakMap<FastifyRequest, IdempotentRequest>();
  scope.addHook('preHandler', async (request, reply) => {
    const { method, routeOptions } = request;
    if (request.is404 || !isWrite(method, routeOptions.config.readsOnly)) return;
    const write = identify(request, clock.now());
    const claim = await store.claimWrite(write);
    if (claim.kind === 'begun') begun.set(request, write);
    else return answerFor(claim, reply);
  });
  scope.addHook('onSend', async (request, reply, payload) => {
    const write = begun.get(request);
    if (write === undefined) return payload;
    begun.delete(request);
    // What failed here or came too soon may succeed when sent again; everything else is the answer for good.
    const isPassing = reply.statusCode >= 500 || reply.statusCode === 429;
    if (isPassing || typeof payload !== 'string') await store.freeWrite(write);
    else await store.keepWriteAnswer(write, { status: reply.statusCode, body: payload });
    return payload;
  });
}

function identify(request: FastifyRequest, at: Date): IdempotentRequest {
  const key = String(request.headers[keyHeader] ?? '');
  const content = JSON.stringify([request.method, request.url, request.body ?? null]);
  return {
    owner: callerOf(personOf(request)),
    key: key.replace(/^"([^"]*)"$/, '$1'),
    fingerprint: createHash('sha256').update(content).digest('hex'),
    at,
  };
}

function answerFor(claim: Exclude<WriteClaim, { kind: 'begun' }>, reply: FastifyReply) {
  switch (claim.kind) {
    case 'answered':
      return reply
        .code(claim.answer.status)
        .header('content-type', 'application/json; charset=utf-8')
        .header('idempotency-replayed', 'true')
        .serializer((body: unknown) => String(body))
        .send(claim.answer.body);
    case 'running':
      throw new ApiError(409, 'still-running', 'The same request is being worked on.', {
        hint: 'Ask again in a moment, with the same key.',
      });
    case 'other-request':
      throw new ApiError(422, 'key-used', 'The Idempotency-Key stands for another request.', {
        hint: 'Use a new key for a new request.',
      });
  }
}
