/**
 * The queue: its depths for everybody, its board for admins.
 *
 * The board is another program's page behind our doors. Every route of it asks for the role admin, it reads only, and
 * it has a content security policy of its own, which holds for nothing else.
 */
import type { FastifyInstance } from 'fastify';
import { html } from '../html.ts';
import { sendPage } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { mayDo, personOf } from '../person.ts';
import { houseNavigation } from '../views/house-frame.ts';
import { queueView } from '../views/queue.ts';

const place = '/settings/queue';
export const boardPlace = `${place}/board`;

export function queueRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { house, queueBoard } = parts;
  app.get(place, { config: { role: 'viewer' } }, async (request, reply) => {
    const { queue } = await house.health();
    const person = personOf(request);
    const reach = mayDo(person.role, 'admin') ? 'open' : 'for admins';
    return sendPage(request, reply, {
      title: 'Queue',
      section: '/settings',
      assets: ['settings.css'],
      body: [
        houseNavigation(place, person),
        queueView({
          depths: queue,
          kept: house.queueKept,
          board: queueBoard === undefined ? 'none' : reach,
        }),
      ],
    });
  });
  if (queueBoard === undefined) return;
  app.register(async (scope) => {
    guardBoard(scope);
    await scope.register(queueBoard, { prefix: boardPlace });
  });
}

/** What the board's own files need: styles that its script writes, and the pictures it carries along. */
const boardPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
].join('; ');

function guardBoard(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    // Queues can be emptied, paused and filled from the board: what the desk relies on goes by the store instead.
    if (request.method === 'GET' || request.method === 'HEAD') return;
    return sendPage(request, reply.code(405).header('allow', 'GET, HEAD'), {
      title: 'Not allowed',
      body: html`<h1>Not allowed</h1><p>The board of the queue reads only.</p>`,
    });
  });
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', boardPolicy).header('cache-control', 'no-store');
  });
}
