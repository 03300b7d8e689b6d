/**
 * The HTTP server for the operator: `/healthz`, `/readyz` and `/metrics`.
 *
 * It has no login, and therefore listens on this machine only unless the settings say otherwise: whoever reaches it
 * learns how many mails there are and how they ended, never whose. It only answers GET and reads no body.
 */
import { type FastifyError, fastify } from 'fastify';
import { listenAt } from './listen.ts';

export interface HealthRoutes {
  /** Resolves to what is answered, as JSON; whether the status is 200 or 503. */
  ready(): Promise<{ readonly ready: boolean }>;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A probe sends a line and some header fields; who takes longer than this is none. */
const requestMsMax = 10_000;

/** Begins to listen. Throws PORT_IN_USE, or HTTP_FAILED for an address that is none of this machine. */
export async function openHealthServer(
  { host, port }: { readonly host: string; readonly port: number },
  routes: HealthRoutes,
): Promise<HealthServer> {
  const app = fastify({
    requestTimeout: requestMsMax,
    forceCloseConnections: true,
    bodyLimit: 1,
    exposeHeadRoutes: true,
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  // Whoever asks learns no more of a fault than that there is one.
  app.setErrorHandler<FastifyError>(({ statusCode = 500 }, _request, reply) =>
    statusCode < 500
      ? reply.code(statusCode).send({ error: 'not understood' })
      : reply.code(500).send({ error: 'failed' }),
  );
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  // That it answers says that the process lives and its loop turns: whoever hangs does not answer.
  app.get('/healthz', async () => ({ alive: true, upSeconds: Math.round(process.uptime()) }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = await routes.ready();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await routes.metrics();
    return reply.header('content-type', contentType).send(text);
  });
  return {
    port: await listenAt(app, { host, port, setting: 'http' }),
    close: () => app.close(),
  };
}
