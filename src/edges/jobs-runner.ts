/**
 * Running a worker’s jobs: which failures are tried again, and telling the worker of those that are not.
 */
import { AssertionError } from 'node:assert';
import { RateLimitError, UnrecoverableError } from 'bullmq';
import { ResponderError } from '../errors.ts';
import type { Job, JobKind, JobWorker, Log } from '../ports.ts';
import { isThrottled, type QueueRest } from './jobs-limit.ts';
import { unpacked } from './jobs-pack.ts';
import type { TakenJob } from './jobs-queue.ts';
import { inLogContext, type LogContext } from './log.ts';

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
  /** Queues a job of a pack by itself, for its second attempt. */
  readonly again: (job: Job) => Promise<void>;
}

/** What a job is about, in the words of the log. */
function about({ kind, caseId, mailbox }: Job): LogContext {
  return { case: caseId, mailbox, stage: stageOf[kind] };
}

/** The last step of the story that a job of the kind takes. */
const stageOf: Readonly<Record<JobKind, string>> = {
  handle: 'decide',
  deliver: 'deliver',
  mark: 'mark',
};

/** Runs a worker’s jobs, and tells it once of each that is given up. */
export class Runner {
  readonly #worker: JobWorker;
  readonly #policy: RetryPolicy;
  readonly #log: Log;
  readonly #rest: QueueRest;
  readonly #again: RunnerDependencies['again'];
  /** Jobs whose worker was told by `run`, so that the event that follows does not tell it again. */
  readonly #told = new WeakSet<TakenJob>();
  readonly #busy = new Set<Promise<void>>();

  constructor(worker: JobWorker, policy: RetryPolicy, { log, again, rest }: RunnerDependencies) {
    this.#worker = worker;
    this.#policy = policy;
    this.#log = log;
    this.#again = again;
    this.#rest = rest;
  }

  run(taken: TakenJob): Promise<void> {
    const jobs = unpacked(taken.data);
    return this.#whileBusy(jobs.length === 1 ? this.#attempt(taken) : this.#attemptPack(jobs));
  }

  /** BullMQ fails a job without running it when it stalled too often. */
  failed(taken: TakenJob | undefined, error: Error): void {
    if (taken?.finishedOn === undefined || this.#told.has(taken)) return;
    const jobs = unpacked(taken.data);
    // Of a pack one may be the culprit: each by itself it is found.
    const [only] = jobs.length === 1 ? jobs : [];
    void this.#whileBusy(only === undefined ? this.#comeBack(jobs) : this.#tell(only, error));
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

  async #attempt(taken: TakenJob): Promise<void> {
    const [job = taken.data] = unpacked(taken.data);
    try {
      await inLogContext(about(job), () => this.#worker.run(job));
      this.#rest.over(taken.id ?? '');
    } catch (failure) {
      const error = isThrottled(failure)
        ? await this.#rest.after(failure, taken.id ?? '', job.mailbox)
        : failure;
      if (error instanceof RateLimitError) throw error;
      const attempt = taken.attemptsMade + 1;
      if (attempt < this.#policy.attempts && !isHopeless(error)) {
        this.#log.warn({ ...about(job), attempt, err: error }, 'A job failed and is tried again.');
        throw error;
      }
      // Told while the job is still in the queue: were the process to end here, it would come back.
      this.#told.add(taken);
      await this.#tell(job, asError(error));
      throw new UnrecoverableError(asError(error).message);
    }
  }

  /** Every job for itself: what fails comes back alone. The pack fails only when that cannot be written down. */
  async #attemptPack(jobs: readonly Job[]): Promise<void> {
    const attempts = jobs.map(async (job) => {
      try {
        await inLogContext(about(job), () => this.#worker.run(job));
      } catch (error) {
        if (isHopeless(error)) return this.#tell(job, asError(error));
        this.#log.warn(
          { ...about(job), attempt: 1, err: error },
          'A job failed and is tried again.',
        );
        await this.#again(job);
      }
    });
    const failed = (await Promise.allSettled(attempts)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #comeBack(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      try {
        await this.#again(job);
      } catch (error) {
        this.#log.error(
          { ...about(job), err: error },
          'A job was lost from the queue; the sweep adds it.',
        );
      }
    }
  }

  async #tell(job: Job, error: Error): Promise<void> {
    this.#log.error({ ...about(job), err: error }, 'A job is given up.');
    try {
      await inLogContext(about(job), () => this.#worker.gaveUp(job, error));
    } catch (failure) {
      // The store still says that the work is not done, so the next sweep adds the job again.
      this.#log.error(
        { ...about(job), err: failure },
        'Giving up a job failed; it will come back.',
      );
    }
  }
}
