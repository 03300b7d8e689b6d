/**
 * Running a worker’s jobs: which failures are tried again, and telling the worker of those that are not.
 */
import { AssertionError } from 'node:assert';
import { type Job as BullJob, RateLimitError, UnrecoverableError } from 'bullmq';
import { ResponderError } from '../errors.ts';
import type { Job, JobWorker, Log } from '../ports.ts';
import { isThrottled, type QueueRest } from './jobs-limit.ts';

/** How often a job is tried, and the pauses between: doubling from the first up to the longest. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Whether another attempt could help. A failed assertion is a bug, and stays one. */
function isHopeless(error: unknown): boolean {
  if (error instanceof ResponderError) return error.retry === 'never';
  return error instanceof AssertionError;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

export interface RunnerDependencies {
  readonly log: Log;
  /** Makes the queue rest when the other side asks for it. */
  readonly rest: QueueRest;
}

/** Runs a worker’s jobs, and tells it once of each that is given up. */
export class Runner {
  readonly #worker: JobWorker;
  readonly #policy: RetryPolicy;
  readonly #log: Log;
  readonly #rest: QueueRest;
  /** Jobs whose worker was told by `run`, so that the event that follows does not tell it again. */
  readonly #told = new WeakSet<BullJob<Job>>();
  readonly #busy = new Set<Promise<void>>();

  constructor(worker: JobWorker, policy: RetryPolicy, { log, rest }: RunnerDependencies) {
    this.#worker = worker;
    this.#policy = policy;
    this.#log = log;
    this.#rest = rest;
  }

  run(bullJob: BullJob<Job>): Promise<void> {
    return this.#whileBusy(this.#attempt(bullJob));
  }

  /** BullMQ fails a job without running it when it stalled too often. */
  failed(bullJob: BullJob<Job> | undefined, error: Error): void {
    if (bullJob?.finishedOn === undefined || this.#told.has(bullJob)) return;
    void this.#whileBusy(this.#tell(bullJob.data, error));
  }

  /** Resolves when nothing runs; what starts meanwhile is waited for too. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.allSettled(this.#busy);
  }

  #whileBusy(work: Promise<void>): Promise<void> {
    this.#busy.add(work);
    const done = () => this.#busy.delete(work);
    work.then(done, done);
    return work;
  }

  async #attempt(bullJob: BullJob<Job>): Promise<void> {
    const job = bullJob.data;
    try {
      await this.#worker.run(job);
      this.#rest.over(bullJob.id ?? '');
    } catch (failure) {
      const error = isThrottled(failure)
        ? await this.#rest.after(failure, bullJob.id ?? '', job.mailbox)
        : failure;
      if (error instanceof RateLimitError) throw error;
      const attempt = bullJob.attemptsMade + 1;
      if (attempt < this.#policy.attempts && !isHopeless(error)) {
        this.#log.warn({ ...job, attempt, err: error }, 'A job failed and is tried again.');
        throw error;
      }
      // Told while the job is still in the queue: were the process to end here, it would come back.
      this.#told.add(bullJob);
      await this.#tell(job, asError(error));
      throw new UnrecoverableError(asError(error).message);
    }
  }

  async #tell(job: Job, error: Error): Promise<void> {
    this.#log.error({ ...job, err: error }, 'A job is given up.');
    try {
      await this.#worker.gaveUp(job, error);
    } catch (failure) {
      // The store still says that the work is not done, so the next sweep adds the job again.
      this.#log.error({ ...job, err: failure }, 'Giving up a job failed; it will come back.');
    }
  }
}
