/**
 * Jobs through BullMQ: on Redis, or on the store’s own database where there is no Redis.
 *
 * A job is a pointer to a case; whatever the queue loses is rebuilt from the store. The id of a job is made
 * of its kind and its case, so that adding it twice is harmless, and it is removed when it ends, so that
 * it can come back. A job that fails is tried again with growing pauses; one that cannot succeed is given
 * up by telling its worker before it leaves the queue: it must never end in silence.
 */
import { AssertionError } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Job as BullJob,
  type JobsOptions,
  UnrecoverableError,
  type WorkerOptions,
} from 'bullmq';
import { ResponderError } from '../errors.ts';
import type { Job, JobKind, Jobs, JobWorker, Log } from '../ports.ts';
import { type JobsBackend, openOnPool, openOnRedis } from './jobs-backend.ts';

/** How often a job is tried, and the pauses between: doubling from the first up to the longest. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

export const retryPolicies: Readonly<Record<JobKind, RetryPolicy>> = {
  // About four minutes: a resolver or a database that restarts. Later than that people want to know.
  handle: { attempts: 9, firstMs: 1_000, longestMs: 300_000 },
  // About two days, as mail servers do. RFC 5321 §4.5.4.1 has four to five; a notice is urgent.
  deliver: { attempts: 200, firstMs: 5_000, longestMs: 900_000 },
  // About two days: nobody waits for a mark, but a mailbox may be away over a weekend’s maintenance.
  mark: { attempts: 300, firstMs: 2_000, longestMs: 600_000 },
};

/** How soon work that was cut off goes on elsewhere. */
export interface StallTiming {
  /** A worker that has not renewed its lock for so long is taken for dead. It renews at half time. */
  readonly lockMs: number;
  readonly checkMs: number;
}

export const stallTiming: StallTiming = { lockMs: 30_000, checkMs: 5_000 };

/** A mail whose handling ends the process again and again must not do so for ever. */
const stalledMax = 2;
const retryBrokenMs = 2_000;
/** When nothing runs any more, closing takes milliseconds. */
const closeMsMax = 2_000;
/** The same error of the queue itself is logged this often. */
const sameErrorMs = 60_000;

export interface OpenJobsOptions {
  /** Redis where given; the pool of the store otherwise. */
  readonly redisUrl?: string;
  readonly pool?: object;
  readonly log: Log;
  readonly retry?: Readonly<Record<JobKind, RetryPolicy>>;
  readonly stall?: StallTiming;
}

/** The pause before the next attempt, with a quarter of jitter either way. `made`: attempts so far. */
export function retryDelayMs(policy: RetryPolicy, made: number, random = Math.random()): number {
  const full = Math.min(policy.firstMs * 2 ** (made - 1), policy.longestMs);
  return Math.round(full * (0.75 + random / 2));
}

/** Whether another attempt could help. A failed assertion is a bug, and stays one. */
function isHopeless(error: unknown): boolean {
  if (error instanceof ResponderError) return error.retry === 'never';
  return error instanceof AssertionError;
}

/** Names may hold no colon; what a mailbox is called in the settings may hold anything. */
function queueName(kind: JobKind, mailbox: string): string {
  const name = `transition-responder-${kind}`;
  return kind === 'mark' ? `${name}-${encodeURIComponent(mailbox)}` : name;
}

function jobId(job: Job): string {
  return `${job.kind}-${encodeURIComponent(job.caseId)}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Logs errors of the queue itself, each at most once in `sameErrorMs`. */
function errorLogger(log: Log): (error: Error) => void {
  const logged = new Map<string, number>();
  return (error) => {
    const now = Date.now();
    if (now - (logged.get(error.message) ?? Number.NEGATIVE_INFINITY) < sameErrorMs) return;
    if (logged.size > 100) logged.clear();
    logged.set(error.message, now);
    log.warn({ err: error }, 'The queue reports an error.');
  };
}

/** Runs a worker’s jobs, and tells it once of each that is given up. */
class Runner {
  readonly #worker: JobWorker;
  readonly #policy: RetryPolicy;
  readonly #log: Log;
  /** Jobs whose worker was told by `run`, so that the event that follows does not tell it again. */
  readonly #told = new WeakSet<BullJob<Job>>();
  readonly #busy = new Set<Promise<void>>();

  constructor(worker: JobWorker, policy: RetryPolicy, log: Log) {
    this.#worker = worker;
    this.#policy = policy;
    this.#log = log;
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
    } catch (error) {
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

/**
 * Opens the queues. Throws QUEUE_UNREACHABLE, naming host and port, when they cannot be reached.
 */
export async function openJobs(options: OpenJobsOptions): Promise<Jobs> {
  const { log } = options;
  const policies = options.retry ?? retryPolicies;
  const stall = options.stall ?? stallTiming;
  const logError = errorLogger(log);
  const backend: JobsBackend =
    options.redisUrl === undefined
      ? await openOnPool(options.pool, log)
      : await openOnRedis(options.redisUrl, logError);
  const queues = new Map<string, ReturnType<JobsBackend['openQueue']>>();
  const workers: { readonly runner: Runner; readonly close: () => Promise<void> }[] = [];
  let closing: Promise<void> | undefined;

  const queueFor = (name: string) => {
    const open = queues.get(name) ?? backend.openQueue(name, logError);
    queues.set(name, open);
    // A queue that could not be opened is opened anew when it is asked for again.
    open.catch(() => queues.delete(name));
    return open;
  };

  const jobOptions = (job: Job): JobsOptions => ({
    jobId: jobId(job),
    attempts: policies[job.kind].attempts,
    backoff: { type: 'custom' },
    removeOnComplete: true,
    removeOnFail: true,
  });

  const add = async (jobs: readonly Job[]) => {
    const byQueue = Map.groupBy(jobs, (job) => queueName(job.kind, job.mailbox));
    try {
      for (const [name, group] of byQueue) {
        const queue = await queueFor(name);
        const [first, ...others] = group.map(({ kind, caseId, mailbox }) => {
          const job: Job = { kind, caseId, mailbox };
          return { name: kind, data: job, opts: jobOptions(job) };
        });
        // One job alone is the common case, and much cheaper than a batch on PostgreSQL.
        if (first !== undefined && others.length === 0)
          await queue.add(first.name, first.data, first.opts);
        else if (first !== undefined) await queue.addBulk([first, ...others]);
      }
    } catch (error) {
      throw backend.failure(error);
    }
  };

  const work = async (worker: JobWorker) => {
    const policy = policies[worker.kind];
    const runner = new Runner(worker, policy, log);
    const workerOptions: Omit<WorkerOptions, 'connection'> = {
      concurrency: worker.concurrency,
      lockDuration: stall.lockMs,
      stalledInterval: stall.checkMs,
      maxStalledCount: stalledMax,
      runRetryDelay: retryBrokenMs,
      settings: { backoffStrategy: (made) => retryDelayMs(policy, made) },
    };
    const bullWorker = await backend
      .openWorker({
        name: queueName(worker.kind, worker.mailbox ?? ''),
        run: (job) => runner.run(job),
        failed: (job, error) => runner.failed(job, error),
        error: logError,
        options: workerOptions,
      })
      .catch((error: unknown) => {
        throw backend.failure(error);
      });
    workers.push({ runner, close: () => bullWorker.close() });
  };

  const close = async () => {
    const closed = Promise.all(workers.map((worker) => worker.close()));
    const tooLong = (async () => {
      await Promise.all(workers.map((worker) => worker.runner.idle()));
      return pause(closeMsMax, 'too long' as const, { ref: false });
    })();
    // Without its server BullMQ waits for ever. What it could not write down is run again: the store
    // knows that it is done.
    if ((await Promise.race([closed, tooLong])) === 'too long') {
      log.warn({}, 'The queue was left without its answer, since its server is away.');
      closed.catch(logError);
    } else {
      for (const queue of queues.values()) await (await queue.catch(() => undefined))?.close();
      await Promise.all(workers.map((worker) => worker.runner.idle()));
    }
    await backend.close();
  };

  return {
    add,
    work,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
