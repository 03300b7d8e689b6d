/**
 * The doors of the console: every request gets its person here, or none, before any handler runs.
 *
 * A person comes by the cookie of a session, or under `/api/` by a token. Whatever may change something must come from
 * a page of this console (Origin, Sec-Fetch-Site) and carry the token of its session. A session lives in the store, so
 * that several processes share it and it can be ended from anywhere.
 */
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DoorParts, readCookie } from './door-parts.ts';
import { faultOfForm, faultOfHost, faultOfOrigin, isApi, isUnsafe } from './door-requests.ts';
import { apiTokenPrefix, derived, hashOf } from './door-secrets.ts';
import type { Person } from './person.ts';
import { refuse } from './refusals.ts';
import { accountRoutes } from './routes/account.ts';
import { issuerRoutes } from './routes/issuer.ts';
import { loginRoutes } from './routes/login.ts';
import { onceRoutes } from './routes/once.ts';
import { usersRoutes } from './routes/users.ts';
import type { Doors } from './server.ts';

export function consoleDoors(parts: DoorParts): Doors {
  return async (app) => {
    await app.register(cookie);
    await app.register(rateLimit, {
      global: false,
      errorResponseBuilder: (_request, { after }) =>
        Object.assign(new Error(`Too many tries from this address. Try again in ${after}.`), {
          statusCode: 429,
        }),
    });
    judgeRequests(app, parts);
    loginRoutes(app, parts);
    onceRoutes(app, parts);
    if (parts.issuer !== undefined) issuerRoutes(app, parts, parts.issuer);
    accountRoutes(app, parts);
    usersRoutes(app, parts);
  };
}

function judgeRequests(app: FastifyInstance, parts: DoorParts): void {
  app.addHook('onRequest', async (request, reply) => {
    const misdirected = faultOfHost(request, parts);
    if (misdirected !== undefined) return refuse({ request, reply }, 421, misdirected);
    const person = await whoIs(request, parts);
    if (person !== undefined) request.person = person;
    // A token is no browser's: no page can make one send it.
    if (!isUnsafe(request) || person?.via === 'api') return;
    const foreign = faultOfOrigin(request, parts);
    if (foreign !== undefined) return refuse({ request, reply }, 403, foreign);
  });
  // The body has been read by now, and nobody has looked at what is in it.
  app.addHook('preValidation', async (request, reply) => judgeForm(request, reply, parts));
}

async function judgeForm(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: DoorParts,
): Promise<FastifyReply | undefined> {
  if (!isUnsafe(request) || request.is404) return undefined;
  const { person } = request;
  const isForAnybody = request.routeOptions.config.role === 'anybody';
  // Nobody is there: the guard of the route sends them to the login.
  if (person?.via === 'api' || (person === undefined && !isForAnybody)) return undefined;
  const fault = faultOfForm(request, person?.csrfToken ?? visitorToken(request, parts));
  return fault === undefined ? undefined : refuse({ request, reply }, 403, fault);
}

function visitorToken(request: FastifyRequest, parts: DoorParts): string {
  const visit = readCookie(request, 'visit', parts);
  return visit === undefined ? '' : derived(visit, 'form');
}

async function whoIs(request: FastifyRequest, parts: DoorParts): Promise<Person | undefined> {
  // Whoever sends a token is judged by that alone.
  if (request.headers.authorization !== undefined) return ownerOfToken(request, parts);
  const id = readCookie(request, 'session', parts);
  if (id === undefined) return undefined;
  const { byItself } = request.routeOptions.config;
  const now = parts.clock.now();
  const session = await parts.store.findSession(hashOf(id), now, parts.idleMs, byItself);
  if (session === undefined) return undefined;
  const { name, role } = session.user;
  return { name, role, via: 'console', csrfToken: derived(id, 'form') };
}

/** RFC 6750 §2.1. A token opens the API only: pages are for people. */
async function ownerOfToken(
  request: FastifyRequest,
  { store, clock }: DoorParts,
): Promise<Person | undefined> {
  const [scheme, token, ...more] = (request.headers.authorization ?? '').split(' ');
  const isToken = scheme?.toLowerCase() === 'bearer' && token?.startsWith(apiTokenPrefix) === true;
  if (!isToken || more.length > 0 || !isApi(request)) return undefined;
  const found = await store.findToken(hashOf(token), clock.now());
  if (found === undefined) return undefined;
  const { id, userName, role } = found;
  return { name: userName, role, via: 'api', csrfToken: '', tokenId: id };
}
