/**
 * Packs over every queue: jobs that may run together take one place in the queue, each is run, and one that fails
 * keeps nobody else.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jobId, packed, unpacked } from '../../src/edges/jobs-pack.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Job, Jobs } from '../../src/ports.ts';
import { eventually, keptLog, keptWorker, type OpenedQueues, queuePlaces } from './queues.ts';

const small = (caseId: string, kind: Job['kind'] = 'handle'): Job => ({
  kind,
  caseId,
  mailbox: 'support',
  together: true,
});
const bare = ({ kind, caseId, mailbox }: Job): Job => ({ kind, caseId, mailbox });

describe('packing', () => {
  const many = Array.from({ length: 50 }, (_, n) => small(`case-${n}`));

  test('small mails go together, in packs of about the same size', () => {
    const packs = packed(many);
    expect(packs.map((pack) => unpacked(pack).length)).toEqual([13, 13, 13, 11]);
    expect(packs.flatMap(unpacked)).toEqual(many.map(bare));
    expect(new Set(packs.map(jobId)).size).toBe(4);
  });

  test('a job that must run alone is as it always was', () => {
    const alone: Job = { kind: 'deliver', caseId: 'one', mailbox: 'support' };
    expect(packed([alone])).toEqual([alone]);
    expect(packed([{ ...alone, kind: 'handle', together: true }])).toEqual([
      { ...alone, kind: 'handle' },
    ]);
    expect(jobId(alone)).toBe('deliver-one');
  });

  test('replies are never packed: two that send the same one would each take it for cut off', () => {
    const replies = [small('one', 'deliver'), small('two', 'deliver')];
    expect(packed(replies)).toEqual(replies.map(bare));
  });
});

for (const place of queuePlaces) {
  describe.skipIf(place.isMissing)(`packs on ${place.name}`, () => {
    const log = keptLog();
    const opened: Jobs[] = [];
    let queues: OpenedQueues;
    beforeAll(async () => {
      queues = await place.open(log);
    });
    afterAll(() => queues?.close());
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
    });
    const open = async () => {
      const jobs = await queues.openJobs();
      opened.push(jobs);
      return jobs;
    };
    let serial = 0;
    const some = (count: number, kind: Job['kind'] = 'handle') =>
      Array.from({ length: count }, () => small(`case:${++serial} /ä`, kind));

    test('a pack runs all at once, though the worker has one hand', async () => {
      const jobs = await open();
      const wanted = some(10);
      const gate = Promise.withResolvers<void>();
      const worker = keptWorker('handle', { run: () => gate.promise });
      await jobs.add(wanted);
      await jobs.work(worker);
      await eventually(() => expect(worker.runs).toEqual(wanted.map(bare)));
      gate.resolve();
    });

    test('one that fails comes back alone, one that cannot succeed is given up, the others are done', async () => {
      const jobs = await open();
      const [later, hopeless, ...good] = some(6);
      let failures = 1;
      const worker = keptWorker('handle', {
        async run({ caseId }) {
          if (caseId === hopeless?.caseId) throw new ResponderError('SETTINGS_INVALID', 'Never.');
          if (caseId === later?.caseId && failures-- > 0)
            throw new ResponderError('STORE_FAILED', 'Not now.');
        },
      });
      await jobs.work(worker);
      await jobs.add([later, hopeless, ...good].flatMap((job) => job ?? []));
      await eventually(() => expect(worker.runs).toHaveLength(7));
      expect(worker.runs.at(-1)).toEqual(bare(later ?? expect.fail()));
      expect(worker.givenUp.map(({ job }) => job.caseId)).toEqual([hopeless?.caseId]);
    });

    test('one that never succeeds is given up once, after all its attempts', async () => {
      const jobs = await open();
      const [bad, ...good] = some(3);
      const worker = keptWorker('handle', {
        async run({ caseId }) {
          if (caseId === bad?.caseId) throw new Error('no');
        },
      });
      await jobs.work(worker);
      await jobs.add([bad, ...good].flatMap((job) => job ?? []));
      await eventually(() => expect(worker.givenUp).toHaveLength(1));
      expect(worker.runs.filter(({ caseId }) => caseId === good[0]?.caseId)).toHaveLength(1);
    });

    test('marks wait a moment for each other; closing adds those that still wait', async () => {
      const first = await open();
      const marks = some(3, 'mark');
      for (const mark of marks) await first.add([mark]);
      await first.close();
      const jobs = await open();
      const worker = keptWorker('mark');
      await jobs.work(worker);
      await eventually(() => expect(worker.runs).toEqual(marks.map(bare)));
    });
  });
}
