/**
 * How many jobs a queue holds, over every queue; and how whoever counts sees the jobs that end.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { observedJobs } from '../../src/commands/observed-jobs.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Job, Jobs } from '../../src/ports.ts';
import { eventually, keptLog, type OpenedQueues, queuePlaces } from './queues.ts';

const job = (kind: Job['kind'], caseId: string, mailbox = 'support'): Job => ({
  kind,
  caseId,
  mailbox,
});
const none = { waiting: 0, active: 0, delayed: 0 };

describe.each(queuePlaces.filter(({ isMissing }) => !isMissing))('jobs on $name', (place) => {
  let queues: OpenedQueues;
  let jobs: Jobs;

  beforeAll(async () => {
    queues = await place.open(keptLog());
    const slow = { attempts: 3, firstMs: 600_000, longestMs: 600_000 };
    jobs = await queues.openJobs({ retry: { handle: slow, deliver: slow, mark: slow } });
  });
  afterAll(async () => {
    await jobs?.close();
    await queues?.close();
  });

  test('are counted by kind, mailbox and state, those of other mailboxes not', async () => {
    await jobs.add([job('deliver', 'd1'), job('deliver', 'd2'), job('deliver', 'd3', 'sales')]);
    const depth = await jobs.depth(['support']);
    expect(depth).toHaveLength(3);
    expect(depth).toEqual(
      expect.arrayContaining([
        { kind: 'handle', mailbox: 'support', jobs: none },
        { kind: 'deliver', mailbox: 'support', jobs: { ...none, waiting: 2 } },
        { kind: 'mark', mailbox: 'support', jobs: none },
      ]),
    );
  });

  test('are seen beginning and ending, and count as active and delayed', async () => {
    const seen: unknown[] = [];
    const nothing = (): void => undefined;
    const metrics: Metrics = {
      mailsSeen: nothing,
      decided: nothing,
      replied: nothing,
      templateFailed: nothing,
      jobEnded: ({ kind }, end) => void seen.push([kind, end]),
      failed: (code) => void seen.push(code),
    };
    const observed = observedJobs(jobs, {
      metrics,
      around: ({ caseId }, work) => {
        seen.push(caseId);
        return work();
      },
    });
    const ending = Promise.withResolvers<void>();
    await observed.work({
      kind: 'handle',
      mailbox: 'support',
      concurrency: 1,
      run: async ({ caseId }) => {
        await ending.promise;
        if (caseId === 'fails') throw new ResponderError('STORE_FAILED', 'The store is away.');
        if (caseId === 'hopeless') throw new ResponderError('USAGE', 'It never works.');
      },
      gaveUp: async () => undefined,
    });
    await observed.add([job('handle', 'works')]);
    const handleDepth = async () =>
      (await observed.depth(['support'])).find(({ kind }) => kind === 'handle')?.jobs;
    await eventually(async () => expect(await handleDepth()).toEqual({ ...none, active: 1 }));
    await observed.add([job('handle', 'fails')]);
    await eventually(async () =>
      expect(await handleDepth()).toEqual({ ...none, active: 1, waiting: 1 }),
    );
    ending.resolve();
    await eventually(async () => expect(await handleDepth()).toEqual({ ...none, delayed: 1 }));
    await observed.add([job('handle', 'hopeless')]);
    await eventually(async () => expect(seen).toContainEqual(['handle', 'given-up']));
    expect(seen).toEqual([
      'works',
      ['handle', 'done'],
      'fails',
      ['handle', 'failed'],
      'STORE_FAILED',
      'hopeless',
      ['handle', 'failed'],
      'USAGE',
      ['handle', 'given-up'],
    ]);
  });
});
