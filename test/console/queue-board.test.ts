/**
 * The board of the queue over a real Redis: for admins only, reading only, without a way to anywhere else.
 */

import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../src/console/server.ts';
import { openQueueBoard, type QueueBoard } from '../../src/edges/bull-board.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import type { ConsoleRole } from '../../src/ports/doors.ts';
import type { Jobs } from '../../src/ports.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { silent } from '../support/pipeline-desk.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { requireService } from '../support/services.ts';

const place = '/settings/queue/board';
const queue = 'transition-responder-handle-support';

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(() => desk.close());

test('says that there is no board where the jobs are kept in the service itself', async () => {
  const { body } = await desk.app.inject('/settings/queue');
  expect(body).toContain('there is no board');
  expect((await desk.app.inject(`${place}/`)).statusCode).toBe(404);
});

describe.each(['Redis', 'the store'] as const)('over %s', (kept) => {
  const isMissing = kept === 'Redis' && !requireService('redis');
  describe.skipIf(isMissing)('the board', () => {
    let redis: TestRedis | undefined;
    let jobs: Jobs;
    let board: QueueBoard;
    const consoles: FastifyInstance[] = [];

    async function consoleFor(role: ConsoleRole): Promise<FastifyInstance> {
      const app = await buildConsole({
        parts: {
          ...desk.parts,
          house: { ...desk.parts.house, queueKept: 'redis' },
          queueBoard: board.plugin,
        },
        doors: openDoor(role),
      });
      consoles.push(app);
      return app;
    }

    beforeAll(async () => {
      if (kept === 'Redis') redis = await startRedis();
      const where = redis === undefined ? {} : { redisUrl: redis.url };
      jobs = await openJobs({ ...where, pool: desk.pool, log: silent });
      await jobs.add([{ kind: 'handle', caseId: 'case-on-the-board', mailbox: 'support' }]);
      board = openQueueBoard({ ...where, pool: desk.pool, mailboxes: ['support'], log: silent });
    });
    afterAll(async () => {
      for (const app of consoles) await app.close();
      await board.close();
      await jobs.close();
      await redis?.stop();
    });

    test('opens for an admin, with its own files and nothing from elsewhere', async () => {
      const app = await consoleFor('admin');
      const page = await app.inject(`${place}/`);
      expect(page.statusCode).toBe(200);
      expect(page.body).not.toContain('googleapis');
      const policy = String(page.headers['content-security-policy']);
      expect(policy).toContain("script-src 'self';");
      const [, script = ''] = /src="(static\/js\/main[^"]+)"/.exec(page.body) ?? [];
      expect((await app.inject(`${place}/${script}`)).statusCode).toBe(200);
      const list = await app.inject(
        `${place}/api/queues?activeQueue=${queue}&status=latest&page=1`,
      );
      expect(list.body).toContain('case-on-the-board');
      expect((await app.inject('/settings')).headers['content-security-policy']).not.toContain(
        'unsafe',
      );
    });

    test.each(['viewer', 'desk'] as const)('is shut for a %s, its files included', async (role) => {
      const app = await consoleFor(role);
      for (const path of ['/', '/api/queues', '/static/favicon.ico', `/queue/${queue}`])
        expect((await app.inject(`${place}${path}`)).statusCode, path).toBe(403);
    });

    test('neither empties, pauses nor fills a queue, and lets no job run before its time', async () => {
      const app = await consoleFor('admin');
      for (const path of [
        `/api/queues/${queue}/empty`,
        `/api/queues/${queue}/obliterate`,
        `/api/queues/${queue}/pause`,
        '/api/queues/pause',
        `/api/queues/${queue}/promote`,
        `/api/queues/${queue}/add`,
      ])
        for (const method of ['PUT', 'POST', 'PATCH', 'DELETE'] as const) {
          const { statusCode } = await app.inject({ method, url: `${place}${path}`, payload: {} });
          expect([403, 404, 405], `${method} ${path}`).toContain(statusCode);
        }
      const [depth] = await jobs.depth(['support']);
      expect(depth?.jobs).toEqual({ waiting: 1, active: 0, delayed: 0 });
    });
  });
});
