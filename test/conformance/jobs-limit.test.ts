/**
 * Rate limits over every queue: kept by all processes together, without using up a job’s attempts, and without
 * asking again and again while there is nothing to be had.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OpenJobsOptions } from '../../src/edges/jobs.ts';
import { openSubmission } from '../../src/edges/submission.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Job, Jobs, Submission } from '../../src/ports.ts';
import { silent } from '../support/pipeline-desk.ts';
import { plainReply } from '../support/plain-reply.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { eventually, keptLog, keptWorker, type OpenedQueues, queuePlaces } from './queues.ts';

let count = 0;
const mailboxOf = () => `box-${++count}`;

function jobsFor(mailbox: string, many: number): Job[] {
  return Array.from({ length: many }, () => ({
    kind: 'deliver' as const,
    caseId: `case-${++count}`,
    mailbox,
  }));
}

const throttled = () =>
  new ResponderError('SMTP_THROTTLED', 'The server refused the reply for now: 432 4.3.2.');

for (const place of queuePlaces) {
  describe.skipIf(place.isMissing)(`limits on ${place.name}`, () => {
    const log = keptLog();
    const opened: Jobs[] = [];
    const closers: (() => Promise<void>)[] = [];
    let queues: OpenedQueues;

    beforeAll(async () => {
      queues = await place.open(log);
    });
    afterAll(() => queues?.close());
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
      for (const close of closers.splice(0)) await close();
      log.lines.length = 0;
    });

    const open = async (more?: Partial<OpenJobsOptions>) => {
      const jobs = await queues.openJobs(more);
      opened.push(jobs);
      return jobs;
    };
    /** Runs jobs of another mailbox, one after the other, so that a limited worker has its chances meanwhile. */
    const meanwhile = async (jobs: Jobs) => {
      const worker = keptWorker('deliver', { mailbox: mailboxOf() });
      await jobs.work(worker);
      for (const job of jobsFor(worker.mailbox, 20)) {
        await jobs.add([job]);
        await eventually(() => expect(worker.runs).toContainEqual(job));
      }
    };

    test('two processes together send no more within a minute than is allowed', async () => {
      const perMinute = 20;
      const minuteMs = 1_000;
      const concurrency = 2;
      const mailbox = mailboxOf();
      const arrivals: number[] = [];
      const sink: SmtpSink = await startSmtpSink({
        onMailFrom(_address, _session, callback) {
          arrivals.push(performance.now());
          callback();
        },
      });
      closers.push(() => sink.close());
      const processes = [await open({ minuteMs }), await open({ minuteMs })];
      const jobs = jobsFor(mailbox, 2 * perMinute);
      await processes[0]?.add(jobs);
      for (const process of processes) {
        const submission: Submission = openSubmission(
          { host: '127.0.0.1', port: sink.port, secure: false },
          { log: silent },
        );
        closers.unshift(() => submission.close());
        const send = async ({ caseId }: Job) => {
          await submission.submit(plainReply({ subject: caseId }), new Date());
        };
        await process.work(keptWorker('deliver', { mailbox, perMinute, concurrency, run: send }));
      }
      await eventually(() => expect(sink.mails).toHaveLength(jobs.length), 20_000);
      // What was begun and had not arrived yet can come on top of what begins within the minute.
      const onTheirWay = concurrency * processes.length;
      for (const [index, at] of arrivals.entries()) {
        const behind = arrivals.slice(index).filter((later) => later < at + minuteMs);
        expect(behind.length).toBeLessThanOrEqual(perMinute + onTheirWay);
      }
    });

    test('a process that has to wait does not ask again and again', async () => {
      const mailbox = mailboxOf();
      const seen = countedPool(queues.pool, mailbox);
      const limited = await open(seen.pool === undefined ? {} : { pool: seen.pool });
      const worker = keptWorker('deliver', { mailbox, perMinute: 1, concurrency: 2 });
      await limited.add(jobsFor(mailbox, 5));
      await limited.work(worker);
      await eventually(() => expect(worker.runs).toHaveLength(1));
      await meanwhile(await open());
      expect(worker.runs).toHaveLength(1);
      if (seen.pool !== undefined) expect(seen.claims()).toBeGreaterThan(0);
      expect(seen.claims()).toBeLessThan(10);
    });

    test('a mailbox whose hands are full, with a flood behind them, does not hold up another', async () => {
      const jobs = await open();
      const flooded = mailboxOf();
      const gate = Promise.withResolvers<void>();
      const busy = keptWorker('deliver', {
        mailbox: flooded,
        concurrency: 4,
        run: () => gate.promise,
      });
      await jobs.add(jobsFor(flooded, 500));
      await jobs.work(busy);
      await eventually(() => expect(busy.runs).toHaveLength(4));
      const quiet = keptWorker('deliver', { mailbox: mailboxOf() });
      await jobs.work(quiet);
      await jobs.add(jobsFor(quiet.mailbox, 3));
      await eventually(() => expect(quiet.runs).toHaveLength(3));
      expect(busy.runs).toHaveLength(4);
      gate.resolve();
    });

    test('a server that asks to slow down uses up no attempts, and all goes out in the end', async () => {
      const mailbox = mailboxOf();
      const jobs = await open({ rest: { firstMs: 5, longestMs: 20 } });
      let refusals = 6;
      const sent: string[] = [];
      const worker = keptWorker('deliver', {
        mailbox,
        async run({ caseId }) {
          if (refusals-- > 0) throw throttled();
          sent.push(caseId);
        },
      });
      const added = jobsFor(mailbox, 4);
      await jobs.add(added);
      await jobs.work(worker);
      await eventually(() => expect(sent.toSorted()).toEqual(added.map(({ caseId }) => caseId)));
      expect(worker.givenUp).toEqual([]);
    });

    test('while it rests nothing else of the mailbox is tried, in no process with a limit', async () => {
      const mailbox = mailboxOf();
      const rest = { firstMs: 60_000, longestMs: 60_000 };
      const refusing = keptWorker('deliver', {
        mailbox,
        perMinute: 600,
        run: async () => {
          throw throttled();
        },
      });
      const first = await open({ rest });
      await first.add(jobsFor(mailbox, 3));
      await first.work(refusing);
      await eventually(() =>
        expect(log.lines.map(({ sentence }) => sentence)).toContainEqual(
          expect.stringContaining('asks to slow down'),
        ),
      );
      const second = await open({ rest });
      const other = keptWorker('deliver', { mailbox, perMinute: 600 });
      await second.work(other);
      await meanwhile(await open());
      expect(refusing.runs).toHaveLength(1);
      expect(other.runs).toEqual([]);
    });

    test('a reply that is never taken is given up like any other', async () => {
      const mailbox = mailboxOf();
      const jobs = await open({ rest: { firstMs: 1, longestMs: 2 } });
      const worker = keptWorker('deliver', {
        mailbox,
        run: async () => {
          throw throttled();
        },
      });
      await jobs.work(worker);
      await jobs.add(jobsFor(mailbox, 1));
      await eventually(() => expect(worker.givenUp).toHaveLength(1));
      // Three attempts of three refusals each.
      expect(worker.runs).toHaveLength(9);
    });
  });
}

/** Counts how often a worker asked the database for its next job. */
function countedPool(pool: object | undefined, mailbox: string) {
  let claims = 0;
  if (pool === undefined) return { pool, claims: () => claims };
  const counted = new Proxy(pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'query') return value.bind(target);
      return (text: string, params?: readonly unknown[]) => {
        const isOfMailbox = params?.some((value) => String(value).endsWith(mailbox));
        if (/move_to_active|_fetch\(/.test(text) && isOfMailbox) claims += 1;
        return value.call(target, text, params);
      };
    },
  });
  return { pool: counted, claims: () => claims };
}
