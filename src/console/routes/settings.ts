/**
 * The pages about the house: settings, and the way to health, queue and audit log.
 */
import type { FastifyInstance } from 'fastify';
import { sendPage } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { personOf } from '../person.ts';
import { houseNavigation } from '../views/house-frame.ts';
import { settingsView } from '../views/settings.ts';
import { auditRoutes } from './audit.ts';
import { healthRoutes } from './health.ts';
import { queueRoutes } from './queue.ts';

export function settingsRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get('/settings', { config: { role: 'viewer' } }, (request, reply) =>
    sendPage(request, reply, {
      title: 'Settings',
      section: '/settings',
      assets: ['settings.css'],
      body: [houseNavigation('/settings', personOf(request)), settingsView(parts.house.settings)],
    }),
  );
  healthRoutes(app, parts);
  queueRoutes(app, parts);
  auditRoutes(app, parts);
}
