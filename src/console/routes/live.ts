/**
 * The stream of what changes, as Server-Sent Events (WHATWG HTML §9.2), and the number of waiting cases for each page.
 */
import type { FastifyInstance } from 'fastify';
import { openLive } from '../live.ts';
import type { ConsoleParts } from '../parts.ts';
import { personOf } from '../person.ts';

export function liveRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const live = openLive(parts);
  app.addHook('preClose', async () => live.close());
  app.get(
    '/events',
    { config: { role: 'viewer', frame: false, byItself: true } },
    async (request, reply) => {
      const stream = live.listen(personOf(request).name);
      if (stream === undefined) return reply.code(429).type('text/plain').send('too many screens');
      request.raw.on('close', () => stream.destroy());
      return (
        reply
          .header('content-type', 'text/event-stream')
          .header('cache-control', 'no-store')
          // A proxy that gathers what it passes on would hold it back.
          .header('x-accel-buffering', 'no')
          .send(stream)
      );
    },
  );
  countWaiting(app, parts);
}

/** For the navigation. A store that does not answer takes the number away, not the page. */
function countWaiting(app: FastifyInstance, { store, log }: ConsoleParts): void {
  app.addHook('preHandler', async (request) => {
    const { config } = request.routeOptions;
    const isPage = request.headers.accept?.includes('text/html') ?? true;
    if (request.person === undefined || config?.role === 'anybody' || !isPage) return;
    if (config?.frame === false) return;
    try {
      request.waiting = await store.countReview();
    } catch (error) {
      log.warn({ err: error }, 'the waiting cases could not be counted');
    }
  });
}
