/**
 * Jobs as whoever counts and traces sees them: how each attempt begins and ends, whatever the queue does then.
 */
import { ResponderError } from '../errors.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Job, Jobs, JobWorker } from '../ports.ts';

/** What surrounds the work at a job. */
export type Around = (job: Job, work: () => Promise<void>) => Promise<void>;

export function observedJobs(
  jobs: Jobs,
  { metrics, around }: { readonly metrics: Metrics; readonly around: Around },
): Jobs {
  /** Counts the failure, and lets it go on its way. */
  const failing = (error: unknown): never => {
    metrics.failed(error instanceof ResponderError ? error.code : undefined);
    throw error;
  };
  const run = async (worker: JobWorker, job: Job): Promise<void> => {
    const from = performance.now();
    try {
      await worker.run(job);
    } catch (error) {
      metrics.jobEnded(job, 'failed', performance.now() - from);
      failing(error);
    }
    metrics.jobEnded(job, 'done', performance.now() - from);
  };
  return {
    add: (added) => jobs.add(added).catch(failing),
    depth: (mailboxes) => jobs.depth(mailboxes),
    schedule: (schedule) => jobs.schedule(schedule),
    unschedule: (name) => jobs.unschedule(name),
    close: () => jobs.close(),
    work: (worker) =>
      jobs.work({
        ...worker,
        run: (job) => around(job, () => run(worker, job)),
        async gaveUp(job, error) {
          metrics.jobEnded(job, 'given-up');
          await worker.gaveUp(job, error);
        },
      }),
  };
}
