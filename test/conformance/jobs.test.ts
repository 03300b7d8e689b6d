/**
 * Jobs over every queue: each is run, tried again, given up where the desk sees it, and never lost.
 */
import assert from 'node:assert';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ResponderError } from '../../src/errors.ts';
import type { Job, Jobs } from '../../src/ports.ts';
import {
  eventually,
  type KeptWorker,
  keptLog,
  keptWorker,
  type OpenedQueues,
  queuePlaces,
} from './queues.ts';

for (const place of queuePlaces) {
  describe.skipIf(place.isMissing)(`jobs on ${place.name}`, () => {
    const log = keptLog();
    const opened: Jobs[] = [];
    let queues: OpenedQueues;

    beforeAll(async () => {
      queues = await place.open(log);
    });
    afterAll(() => queues?.close());
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
      log.lines.length = 0;
    });

    const open = async () => {
      const jobs = await queues.openJobs();
      opened.push(jobs);
      return jobs;
    };
    let count = 0;
    /** A job of its own for every test: what one leaves behind must not meet the next. */
    const jobOf = (kind: Job['kind'] = 'handle', mailbox = 'support'): Job => ({
      kind,
      caseId: `case:${++count} /ä`,
      mailbox,
    });

    /**
     * Waits until what the worker has run is out of the queue: it turns to the next job only then,
     * when it has a single hand.
     */
    const outOfTheQueue = async (jobs: Jobs, worker: KeptWorker) => {
      const marker = jobOf(worker.kind);
      await jobs.add([marker]);
      await eventually(() => expect(worker.runs).toContainEqual(marker));
    };

    test('a job that is added is run, with what it points to', async () => {
      const jobs = await open();
      const worker = keptWorker('handle');
      await jobs.work(worker);
      const job = jobOf();
      await jobs.add([job]);
      await eventually(() => expect(worker.runs).toEqual([job]));
    });

    test('jobs that were added before there was a worker are run in their order', async () => {
      const jobs = await open();
      const added = [jobOf(), jobOf(), jobOf()];
      await jobs.add(added);
      await jobs.add([]);
      const worker = keptWorker('handle');
      await jobs.work(worker);
      await eventually(() => expect(worker.runs).toEqual(added));
    });

    test('adding a job that waits or runs changes nothing; one that is done can come back', async () => {
      const jobs = await open();
      const job = jobOf('deliver');
      const gate = Promise.withResolvers<void>();
      await jobs.add([job, job]);
      await jobs.add([job]);
      const worker = keptWorker('deliver', { concurrency: 3, run: () => gate.promise });
      await jobs.work(worker);
      await eventually(() => expect(worker.runs).toHaveLength(1));
      await jobs.add([job]);
      const other = jobOf('deliver');
      await jobs.add([job, other]);
      await eventually(() => expect(worker.runs).toEqual([job, other]));
      gate.resolve();
      await jobs.close();
      expect(worker.runs).toEqual([job, other]);
      const again = await open();
      const next = keptWorker('deliver');
      await again.work(next);
      await again.add([job]);
      await eventually(() => expect(next.runs).toEqual([job]));
    });

    test('a job that fails is tried again, then given up once', async () => {
      const jobs = await open();
      const worker = keptWorker('handle', { run: () => Promise.reject(new Error('not now')) });
      await jobs.work(worker);
      const job = jobOf();
      await jobs.add([job]);
      await eventually(() => expect(worker.givenUp).toHaveLength(1));
      expect(worker.runs).toEqual([job, job, job]);
      expect(worker.givenUp[0]).toMatchObject({ job, error: { message: 'not now' } });
      await outOfTheQueue(jobs, worker);
      await jobs.add([job]);
      await eventually(() =>
        expect(worker.givenUp.filter((one) => one.job.caseId === job.caseId)).toHaveLength(2),
      );
    });

    test('a job that fails once is run again and is done', async () => {
      const jobs = await open();
      let failures = 1;
      const worker = keptWorker('handle', {
        async run() {
          if (failures-- > 0) throw new ResponderError('STORE_FAILED', 'Not now.');
        },
      });
      await jobs.work(worker);
      await jobs.add([jobOf()]);
      await eventually(() => expect(worker.runs).toHaveLength(2));
      expect(worker.givenUp).toEqual([]);
    });

    test.each([
      ['an error that says never', new ResponderError('SETTINGS_INVALID', 'No such folder.')],
      ['a failed assertion', new assert.AssertionError({ message: 'a bug' })],
    ])('%s is given up at the first attempt', async (_name, error) => {
      const jobs = await open();
      const worker = keptWorker('mark', { mailbox: 'support', run: () => Promise.reject(error) });
      await jobs.work(worker);
      const [job, next] = [jobOf('mark'), jobOf('mark')];
      await jobs.add([job]);
      await jobs.add([next]);
      await eventually(() => expect(worker.givenUp).toHaveLength(2));
      expect(worker.runs).toEqual([job, next]);
      expect(worker.givenUp[0]?.error).toBe(error);
    });

    test('when giving up fails too, it is logged and the job can come back', async () => {
      const jobs = await open();
      const never = new ResponderError('SETTINGS_INVALID', 'No such template.');
      const worker = keptWorker('handle', {
        run: () => Promise.reject(never),
        gaveUp: () => Promise.reject(new Error('the store is away')),
      });
      await jobs.work(worker);
      const job = jobOf();
      await jobs.add([job]);
      await eventually(() => expect(worker.givenUp).toHaveLength(1));
      expect(log.lines).toContainEqual(
        expect.objectContaining({
          level: 'error',
          fields: expect.objectContaining({ case: job.caseId }),
          sentence: 'Giving up a job failed; it will come back.',
        }),
      );
      await outOfTheQueue(jobs, worker);
      await jobs.add([job]);
      await eventually(() =>
        expect(worker.runs.filter((run) => run.caseId === job.caseId)).toHaveLength(2),
      );
    });

    test('as many jobs as the concurrency says run at once, and no more', async () => {
      const jobs = await open();
      const gates = Array.from({ length: 7 }, () => Promise.withResolvers<void>());
      let running = 0;
      let most = 0;
      const worker = keptWorker('handle', {
        concurrency: 3,
        async run() {
          most = Math.max(most, ++running);
          await gates[worker.runs.length - 1]?.promise;
          running--;
        },
      });
      await jobs.work(worker);
      await jobs.add(gates.map(() => jobOf()));
      await eventually(() => expect(running).toBe(3));
      for (const gate of gates) gate.resolve();
      await eventually(() => expect(worker.runs).toHaveLength(7));
      await eventually(() => expect(running).toBe(0));
      expect(most).toBe(3);
    });

    test('a job can add others while it runs', async () => {
      const jobs = await open();
      const deliver = keptWorker('deliver');
      const handle = keptWorker('handle', {
        run: (job) => jobs.add([{ ...job, kind: 'deliver' }]),
      });
      await jobs.work(handle);
      await jobs.work(deliver);
      const job = jobOf();
      await jobs.add([job]);
      await eventually(() => expect(deliver.runs).toEqual([{ ...job, kind: 'deliver' }]));
    });

    test('marks are done by the worker of their mailbox, whatever it is called', async () => {
      const jobs = await open();
      const names = ['support', 'a:b', 'Ärger/Über uns', 'support-2'];
      const workers = names.map((mailbox) => keptWorker('mark', { mailbox }));
      for (const worker of workers) await jobs.work(worker);
      const added = names.map((mailbox) => jobOf('mark', mailbox));
      await jobs.add(added);
      await eventually(() =>
        expect(workers.map((worker) => worker.runs)).toEqual(added.map((job) => [job])),
      );
    });

    test('two workers of one kind never run the same job', async () => {
      const [one, two] = [await open(), await open()];
      const workers = [
        keptWorker('handle', { concurrency: 2 }),
        keptWorker('handle', { concurrency: 2 }),
      ] as const;
      await one.work(workers[0]);
      await two.work(workers[1]);
      const added = Array.from({ length: 60 }, () => jobOf());
      await one.add(added);
      const runs = () => workers.flatMap((worker) => worker.runs.map((job) => job.caseId));
      await eventually(() => expect(runs().length).toBeGreaterThanOrEqual(60));
      expect(runs().toSorted()).toEqual(added.map((job) => job.caseId).toSorted());
    });

    test('closing waits for the running job; what waits is run after the next start', async () => {
      const jobs = await open();
      const gate = Promise.withResolvers<void>();
      let finished = false;
      const worker = keptWorker('handle', {
        async run() {
          await gate.promise;
          finished = true;
        },
      });
      await jobs.work(worker);
      const [running, waiting] = [jobOf(), jobOf()];
      await jobs.add([running, waiting]);
      await eventually(() => expect(worker.runs).toEqual([running]));
      const closed = jobs.close().then(() => finished);
      gate.resolve();
      expect(await closed).toBe(true);
      expect(worker.runs).toEqual([running]);
      const next = keptWorker('handle');
      await (await open()).work(next);
      await eventually(() => expect(next.runs).toEqual([waiting]));
    });

    test('closing is quick when nothing runs, and can be asked for twice', async () => {
      const jobs = await open();
      await jobs.work(keptWorker('handle'));
      await jobs.work(keptWorker('deliver'));
      const begun = performance.now();
      await Promise.all([jobs.close(), jobs.close()]);
      expect(performance.now() - begun).toBeLessThan(1_000);
    });
  });
}
