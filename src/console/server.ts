/**
 * The console's HTTP server: doors first, then the guard of each route, then the pages.
 */
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { ResponderError } from '../errors.ts';
import { assetRoutes } from './assets.ts';
import type { ConsoleParts } from './parts.ts';
import { mayDo } from './person.ts';
import { askToLogIn, refuse } from './refusals.ts';
import { apiRoutes } from './routes/api.ts';
import { casesRoutes } from './routes/cases.ts';
import { customersRoutes } from './routes/customers.ts';
import { liveRoutes } from './routes/live.ts';
import { boardPlace } from './routes/queue.ts';
import { reviewRoutes } from './routes/review.ts';
import { settingsRoutes } from './routes/settings.ts';
import { templatesRoutes } from './routes/templates.ts';
import { todayRoutes } from './routes/today.ts';

/** Sets `request.person` before any handler runs, and serves logging in and out. */
export type Doors = (app: FastifyInstance) => Promise<void> | void;

export interface ConsoleOptions {
  readonly parts: ConsoleParts;
  readonly doors: Doors;
  /** Proxies whose X-Forwarded-For says where a request came from; of anybody else it is not believed. */
  readonly trustProxy?: readonly string[];
}

/** A request that takes longer to arrive than this is none of a browser's. */
const requestMsMax = 30_000;
/** Of a form; uploads say their own. */
const bodyBytesMax = 256 * 1024;

/** The application, not listening yet: tests inject requests into it. */
export async function buildConsole({
  parts,
  doors,
  trustProxy = [],
}: ConsoleOptions): Promise<FastifyInstance> {
  const app = fastify({
    trustProxy: trustProxy.length === 0 ? false : [...trustProxy],
    requestTimeout: requestMsMax,
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1_000 },
    // What a schema does not know is refused, and nothing is turned into what it expects.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  requireRoles(app);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameSrc: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // Not no-referrer: browsers would then send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    // Only behind TLS does a browser keep it; whoever ends TLS in front of the console sets it.
    strictTransportSecurity: false,
  });
  await app.register(formbody, { bodyLimit: bodyBytesMax });
  // Nothing that is answered here may lie in a cache, redirects and refusals included; assets say otherwise.
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  await doors(app);
  if (!app.hasContentTypeParser('application/x-www-form-urlencoded')) await app.register(formbody);
  guard(app);
  answerErrors(app, parts);
  assetRoutes(app);
  todayRoutes(app, parts);
  reviewRoutes(app, parts);
  casesRoutes(app, parts);
  customersRoutes(app, parts);
  templatesRoutes(app, parts);
  settingsRoutes(app, parts);
  liveRoutes(app, parts);
  apiRoutes(app, parts);
  return app;
}

/** A route that forgot to say who may use it must not be reachable at all. */
function requireRoles(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { method, url, config } = route;
    // The board of the queue is a package's: its routes cannot say it themselves.
    if (url.startsWith(boardPlace)) route.config = { ...config, role: 'admin' };
    else if (config?.role === undefined)
      throw new Error(`the route ${String(method)} ${url} names no role`);
  });
}

/** Before the body is read: a stranger uploads nothing, and learns nothing of what a body should be. */
function guard(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const needs = request.routeOptions.config.role ?? 'admin';
    if (needs === 'anybody' || request.is404) return;
    const { person } = request;
    if (person === undefined) return askToLogIn(request, reply);
    if (mayDo(person.role, needs)) return;
    const sentence = `This needs the role ${needs}; ${person.name} has ${person.role}.`;
    return refuse({ request, reply }, 403, sentence);
  });
}

/** Whoever asks learns of an operational error what to do, and of any other only that there is one. */
function answerErrors(app: FastifyInstance, { log }: ConsoleParts): void {
  app.setNotFoundHandler((request, reply) =>
    refuse({ request, reply }, 404, 'There is no such page.'),
  );
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error instanceof ResponderError ? 503 : (error.statusCode ?? 500);
    const isTheirs = status < 500;
    if (!isTheirs)
      log.error({ err: error, url: request.routeOptions.url }, 'a page of the console failed');
    const sentence =
      error instanceof ResponderError
        ? `${error.message} ${error.hint}`
        : isTheirs
          ? error.message
          : 'Something went wrong here; the log of the service says what.';
    return refuse({ request, reply }, status, sentence);
  });
}
