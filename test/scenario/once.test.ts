/**
 * One reply, however many workers and however many forwards: two workers as two processes would be, each with
 * its own connections and queues, over the same store; on PGlite, and on PostgreSQL with Redis.
 *
 * PGlite belongs to one process, so there the two workers share its one store.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reply } from '../../src/core/decision.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { followUps } from '../../src/pipeline/follow-up.ts';
import type { PipelineParts } from '../../src/pipeline/parts.ts';
import { deliverReply, giveUp, handleMail, markMail, takeIn } from '../../src/pipeline.ts';
import type { FetchedMail, Job, Jobs } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
  silent,
  watchingSince,
} from '../support/pipeline-desk.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { requireService } from '../support/services.ts';

interface Place {
  readonly name: string;
  readonly isMissing: boolean;
  /** Stores and queues of two workers over the same data. */
  open(): Promise<{
    readonly stores: readonly [OpenedStore, OpenedStore];
    openJobs(worker: 0 | 1): Promise<Jobs>;
    close(): Promise<void>;
  }>;
}

const places: readonly Place[] = [
  {
    name: 'PGlite',
    isMissing: false,
    async open() {
      const opened = await openStore({ dataDir: ':memory:' });
      return {
        stores: [opened, opened],
        openJobs: () => openJobs({ pool: opened.pool, log: silent }),
        close: () => opened.store.close(),
      };
    },
  },
  {
    name: 'PostgreSQL with Redis',
    isMissing: !requireService('postgres') || !requireService('redis'),
    async open() {
      const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
      const databaseUrl = await postgres.createDatabase();
      const stores = [await openStore({ databaseUrl }), await openStore({ databaseUrl })] as const;
      return {
        stores,
        openJobs: () => openJobs({ redisUrl: redis.url, log: silent }),
        async close() {
          for (const { store } of stores) await store.close();
          await Promise.all([postgres.stop(), redis.stop()]);
        },
      };
    },
  },
];

const customers = 100;
const nameOf = (n: number): string => `once-${n}`;

for (const place of places) {
  describe.skipIf(place.isMissing)(`two workers on ${place.name}`, () => {
    let opened: Awaited<ReturnType<Place['open']>>;
    let desks: readonly [PipelineDesk, PipelineDesk];
    let uid = 0;

    beforeAll(async () => {
      opened = await place.open();
      const [first, second] = opened.stores;
      const records = Array.from({ length: customers }, (_, n) => readyCustomer(nameOf(n)));
      await first.store.importCustomers(records, { dryRun: false, at: noon, origin: byTest });
      desks = [await openPipelineDesk(first.store), await openPipelineDesk(second.store)];
      // What this suite counts are keys and claims: the limits have a suite of their own.
      for (const desk of desks) desk.perHour = 10_000;
    });
    afterAll(() => opened?.close());

    const fetched = (raw: Buffer): FetchedMail => {
      uid += 1;
      return {
        location: { mailbox: 'support', path: 'INBOX', uidValidity: '1', uid },
        internalDate: noon,
        answered: false,
        sizeBytes: raw.byteLength,
        raw,
        complete: true,
      };
    };
    const takeMails = async (raws: readonly Buffer[]): Promise<readonly Job[]> => {
      const queued: Job[] = [];
      const jobs = { add: async (more: readonly Job[]) => void queued.push(...more) };
      const parts = { ...desks[0].parts, jobs: { ...desks[0].parts.jobs, ...jobs } };
      await takeIn(parts, 'support', raws.map(fetched), {
        uidValidity: '1',
        nextUid: uid + 1,
        watchingSince,
      });
      return queued;
    };
    const sentTo = (name: string): readonly Reply[] =>
      desks.flatMap(({ sent }) => sent).filter(({ to }) => to.address.endsWith(`@${name}.example`));
    const forget = (): void => {
      for (const { sent, queue } of desks) {
        sent.length = 0;
        queue.length = 0;
      }
    };
    const both = <Result>(work: (parts: PipelineParts) => Promise<Result>) =>
      Promise.all(desks.map(({ parts }) => work(parts)));

    test('one mail handled and delivered by both at once is answered once, each of a hundred times', async () => {
      forget();
      for (let n = 0; n < customers; n += 1) {
        const [job] = await takeMails([forwardOf(nameOf(n), { id: `same-${n}` })]);
        if (job === undefined) throw new Error('the mail was not queued');
        await both((parts) => handleMail(parts, job));
        await both((parts) => deliverReply(parts, { ...job, kind: 'deliver' }));
        expect(sentTo(nameOf(n))).toHaveLength(1);
        expect(await opened.stores[1].store.findCase(job.caseId)).toMatchObject({
          reply: { state: 'sent', attempts: 1 },
        });
      }
    });

    test('two mails of one customer, one with each worker, are answered once and belong together', async () => {
      forget();
      await opened.stores[0].pool.query(
        'truncate desk_settlements, follow_ups, replies, cases, locations, mails, holds',
      );
      for (let n = 0; n < customers; n += 1) {
        const name = nameOf(n);
        const jobs = await takeMails([
          forwardOf(name, { id: `ana-${n}` }),
          forwardOf(name, { from: `ben@${name}.example`, id: `ben-${n}` }),
        ]);
        await Promise.all(
          jobs.map(async (job, index) => {
            const { parts } = desks[index === 0 ? 0 : 1];
            await handleMail(parts, job);
            await deliverReply(parts, { ...job, kind: 'deliver' });
          }),
        );
        expect(sentTo(name)).toHaveLength(1);
        const cases = await Promise.all(
          jobs.map(({ caseId }) => opened.stores[0].store.findCase(caseId)),
        );
        const answered = cases.find((one) => one?.action === 'reply');
        const other = cases.find((one) => one?.action === 'suppress');
        expect(other).toMatchObject({
          reason: 'suppressed-already-answered',
          relatedCaseId: answered?.caseId,
        });
        expect(answered?.followUps).toEqual([other?.caseId]);
      }
    });

    test('replies that led to nothing are reminded of once each, by both at once, before and after a restart', async () => {
      forget();
      await opened.stores[0].pool.query(
        'truncate desk_settlements, follow_ups, replies, cases, locations, mails, holds',
      );
      for (let n = 0; n < customers; n += 1) {
        const [job] = await takeMails([forwardOf(nameOf(n), { id: `remind-${n}` })]);
        if (job === undefined) throw new Error('the mail was not queued');
        await handleMail(desks[0].parts, job);
        await deliverReply(desks[0].parts, { ...job, kind: 'deliver' });
      }
      forget();
      const later = new Date(noon.getTime() + 8 * 24 * 3_600_000);
      for (const desk of desks) desk.now = later;
      await both(followUps);
      await both(followUps);
      const jobs = desks.flatMap(({ queue }) => queue);
      expect(new Set(jobs.map(({ caseId }) => caseId)).size).toBe(customers);
      for (const job of jobs) await both((parts) => deliverReply(parts, job));
      const names = Array.from({ length: customers }, (_, n) => nameOf(n));
      expect(names.filter((name) => sentTo(name).length !== 1)).toEqual([]);
      expect(desks.flatMap(({ sent }) => sent).map(({ templateId }) => templateId)).toEqual(
        names.map(() => 'en/reminder'),
      );
      const { rows } = await opened.stores[0].pool.query<{ state: string; count: string }>(
        'select state, count(*)::text as count from follow_ups group by state',
      );
      expect(rows).toEqual([{ state: 'reminded', count: String(customers) }]);
      for (const desk of desks) desk.now = noon;
    });

    test('five forwards each of a hundred customers through the queues: one reply each, every mail a case', async () => {
      forget();
      await opened.stores[0].pool.query(
        'truncate desk_settlements, follow_ups, replies, cases, locations, mails, holds',
      );
      const queues = [await opened.openJobs(0), await opened.openJobs(1)] as const;
      let marked = 0;
      let finished: () => void = () => undefined;
      const allMarked = new Promise<void>((resolve) => {
        finished = resolve;
      });
      for (const worker of [0, 1] as const) {
        const jobs = queues[worker];
        const parts = { ...desks[worker].parts, jobs };
        const gaveUp = (job: Job, error: Error) => giveUp(parts, job, error);
        const work = { mailbox: 'support', concurrency: 4, gaveUp };
        await jobs.work({ ...work, kind: 'handle', run: (job) => handleMail(parts, job) });
        await jobs.work({ ...work, kind: 'deliver', run: (job) => deliverReply(parts, job) });
        await jobs.work({
          ...work,
          kind: 'mark',
          async run(job) {
            await markMail(parts, job);
            marked += 1;
            if (marked >= customers * 5) finished();
          },
        });
      }
      const names = Array.from({ length: customers }, (_, n) => nameOf(n));
      const people = ['ana', 'ben', 'cy', 'ana', 'dee'];
      const mails = people.flatMap((person, round) =>
        names.map((name) =>
          forwardOf(name, { from: `${person}@${name}.example`, id: `q-${round}-${name}` }),
        ),
      );
      const waiting = await takeMails(mails);
      await queues[0].add(waiting);
      await allMarked;
      await Promise.all(queues.map((jobs) => jobs.close()));
      expect(names.filter((name) => sentTo(name).length !== 1)).toEqual([]);
      const { rows } = await opened.stores[0].pool.query<{ action: string; count: string }>(
        'select action, count(*)::text as count from cases group by action order by action',
      );
      expect(rows).toEqual([
        { action: 'reply', count: String(customers) },
        { action: 'suppress', count: String(customers * 4) },
      ]);
    });
  });
}
