/**
 * The console's HTTP server: doors first, then the guard of each route, then the pages.
 */
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { ResponderError } from '../errors.ts';
import { assetRoutes } from './assets.ts';
import { html } from './html.ts';
import { sendPage } from './page.ts';
import type { ConsoleParts } from './parts.ts';
import { mayDo } from './person.ts';
import { apiRoutes } from './routes/api.ts';
import { casesRoutes } from './routes/cases.ts';
import { customersRoutes } from './routes/customers.ts';
import { liveRoutes } from './routes/live.ts';
import { reviewRoutes } from './routes/review.ts';
import { settingsRoutes } from './routes/settings.ts';
import { templatesRoutes } from './routes/templates.ts';
import { todayRoutes } from './routes/today.ts';

/** Sets `request.person` before any handler runs, and serves logging in and out. */
export type Doors = (app: FastifyInstance) => Promise<void> | void;

export interface ConsoleOptions {
  readonly parts: ConsoleParts;
  readonly doors: Doors;
}

/** A request that takes longer to arrive than this is none of a browser's. */
const requestMsMax = 30_000;
/** Of a form; uploads say their own. */
const bodyBytesMax = 256 * 1024;

/** The application, not listening yet: tests inject requests into it. */
export async function buildConsole({ parts, doors }: ConsoleOptions): Promise<FastifyInstance> {
  const app = fastify({
    requestTimeout: requestMsMax,
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1_000 },
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
    referrerPolicy: { policy: 'same-origin' },
    // Only behind TLS does a browser keep it; whoever ends TLS in front of the console sets it.
    strictTransportSecurity: false,
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
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.role === undefined)
      throw new Error(`the route ${String(method)} ${url} names no role`);
  });
}

function guard(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    const needs = request.routeOptions.config.role ?? 'admin';
    if (needs === 'anybody' || request.is404) return;
    const { person } = request;
    if (person === undefined) return reply.redirect('/login', 303);
    if (mayDo(person.role, needs)) return;
    return sendPage(request, reply.code(403), {
      title: 'Not allowed',
      body: html`<h1>Not allowed</h1><p>This needs the role ${needs}; ${person.name} has ${person.role}.</p>`,
    });
  });
}

/** Whoever asks learns of an operational error what to do, and of any other only that there is one. */
function answerErrors(app: FastifyInstance, { log }: ConsoleParts): void {
  app.setNotFoundHandler((request, reply) =>
    sendPage(request, reply.code(404), {
      title: 'Not found',
      body: html`<h1>Not found</h1><p>There is no such page.</p>`,
    }),
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
    return sendPage(request, reply.code(status), {
      title: 'Not done',
      body: html`<h1>Not done</h1><p>${sentence}</p>`,
    });
  });
}
