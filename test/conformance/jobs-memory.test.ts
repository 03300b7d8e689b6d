/**
 * What is asked only of the queue in the process: the rest is in the suites of all queues.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from 'vitest';
import type { Job } from '../../src/ports.ts';
import { eventually, keptLog, keptWorker, queuePlaces } from './queues.ts';

test('a job does not run in the log context or the trace of the one that queued it', async () => {
  const place = queuePlaces.find(({ name }) => name === 'this process') ?? expect.fail();
  const queues = await place.open(keptLog());
  const jobs = await queues.openJobs();
  try {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const run = async (): Promise<void> => void seen.push(context.getStore());
    await jobs.work(keptWorker('deliver', { run }));
    const job: Job = { kind: 'deliver', caseId: 'one', mailbox: 'support' };
    await context.run('of another case', () => jobs.add([job]));
    await eventually(() => expect(seen).toEqual([undefined]));
  } finally {
    await jobs.close();
    await queues.close();
  }
});
