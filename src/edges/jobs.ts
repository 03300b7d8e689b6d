/**
 * Jobs through BullMQ: on Redis, or on the store’s own database where there is no Redis. Where one process does
 * everything they stay in it, by the same rules.
 *
 * A job is a pointer to a case; whatever the queue loses is rebuilt from the store. The id of a job is made
 * of its kind and its case, so that adding it twice is harmless, and it is removed when it ends, so that
 * it can come back. A job that fails is tried again with growing pauses; one that cannot succeed is given
 * up by telling its worker before it leaves the queue: it must never end in silence.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { JobsOptions, Telemetry } from 'bullmq';
import { gathered } from '../core/gather.ts';
import {
  type Job,
  type JobKind,
  type Jobs,
  type JobWorker,
  jobKinds,
  type Log,
  type QueueDepth,
  type Schedule,
  type WorkingJobs,
} from '../ports.ts';
import { openInMemory, openOnPool, openOnRedis } from './jobs-backend.ts';
import { LaterJobs } from './jobs-later.ts';
import { limitOf, QueueRest, type RestTiming, restTiming } from './jobs-limit.ts';
import type { MemoryQueues } from './jobs-memory.ts';
import { jobId, type PackedJob, packed } from './jobs-pack.ts';
import type { JobsBackend, OpenQueue, ScheduleQueue } from './jobs-queue.ts';
import { type RetryPolicy, Runner } from './jobs-runner.ts';
import { type OpenSchedule, openSchedule, scheduleQueue } from './jobs-schedule.ts';

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
/** Calls of `add` that go to the queue together. */
const addsMax = 100;
/** When nothing runs any more, closing takes milliseconds. */
const closeMsMax = 2_000;
/** A queue that lost everything has its schedules back after this. */
const scheduleKeepMs = 30_000;
/** The same error of the queue itself is logged this often. */
const sameErrorMs = 60_000;

export interface OpenJobsOptions {
  /** Redis where given; the pool of the store otherwise. */
  readonly redisUrl?: string;
  readonly pool?: object;
  /** Where no other process works on the store: jobs are kept here, and only schedules in its pool. */
  readonly memory?: MemoryQueues;
  readonly log: Log;
  readonly retry?: Readonly<Record<JobKind, RetryPolicy>>;
  readonly stall?: StallTiming;
  readonly rest?: RestTiming;
  /** What counts as a minute for `perMinute`. A test may shorten it. */
  readonly minuteMs?: number;
  /** Where traces are wanted. */
  readonly telemetry?: Telemetry;
  /** How often it is looked whether the schedules are still there. */
  readonly keepMs?: number;
}

/** The pause before the next attempt, with a quarter of jitter either way. `made`: attempts so far. */
export function retryDelayMs(policy: RetryPolicy, made: number, random = Math.random()): number {
  const full = Math.min(policy.firstMs * 2 ** (made - 1), policy.longestMs);
  return Math.round(full * (0.75 + random / 2));
}

/** Names may hold no colon; what a mailbox is called in the settings may hold anything. */
export function queueName(kind: JobKind, mailbox: string): string {
  return `transition-responder-${kind}-${encodeURIComponent(mailbox)}`;
}

/** BullMQ’s words for what is not done yet. */
const countedTypes = ['wait', 'prioritized', 'active', 'delayed'] as const;

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

/** A worker of this process, from opening to closing. */
interface Working {
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

async function idle(workers: readonly Working[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.idle()));
}

/** The queues of one process, from opening to closing. */
class OpenedJobs implements Jobs {
  readonly #backend: JobsBackend;
  readonly #options: OpenJobsOptions;
  readonly #logError: (error: Error) => void;
  readonly #queues = new Map<string, Promise<OpenQueue>>();
  readonly #scheduleQueues = new Map<string, Promise<ScheduleQueue>>();
  readonly #workers = new Set<Working>();
  readonly #schedules: OpenSchedule[] = [];
  readonly #later = new LaterJobs((jobs) => this.#addLater(jobs));
  /** What is added at the same time goes to the queue together. */
  readonly #adding = gathered<readonly Job[], void>(
    async (lists) => {
      await this.#addAll(lists.flat());
      return lists.map(() => undefined);
    },
    { itemsMax: addsMax, turn },
  );
  #closing: Promise<void> | undefined;

  constructor(backend: JobsBackend, options: OpenJobsOptions, logError: (error: Error) => void) {
    this.#backend = backend;
    this.#options = options;
    this.#logError = logError;
  }

  async add(jobs: readonly Job[]): Promise<void> {
    const isLater = (job: Job) => job.kind === 'mark' && job.together === true;
    this.#later.push(jobs.filter(isLater));
    const now = jobs.filter((job) => !isLater(job));
    if (now.length > 0) await this.#adding(now);
  }

  async #addAll(jobs: readonly Job[]): Promise<void> {
    const byQueue = Map.groupBy(jobs, (job) => queueName(job.kind, job.mailbox));
    try {
      for (const [name, group] of byQueue) {
        const queue = await this.#queueOf(name);
        const [first, ...others] = packed(group).map((job) => this.#entry(job));
        // One job alone is the common case, and much cheaper than a batch on PostgreSQL.
        if (first !== undefined && others.length === 0)
          await queue.add(first.name, first.data, first.opts);
        else if (first !== undefined) await queue.addBulk([first, ...others]);
      }
    } catch (error) {
      throw this.#backend.failure(error);
    }
  }

  async #addLater(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#addAll(jobs);
    } catch (error) {
      this.#options.log.warn(
        { jobs: jobs.length, err: error },
        'The queue did not take the jobs; they are queued again later.',
      );
    }
  }

  async work(worker: JobWorker): Promise<WorkingJobs> {
    const { log, stall = stallTiming, rest: resting = restTiming } = this.#options;
    const policy = this.#policyOf(worker.kind);
    const name = queueName(worker.kind, worker.mailbox);
    const rest = new QueueRest(() => this.#queueOf(name), resting, log);
    const runner = new Runner(worker, policy, {
      log,
      rest,
      again: (job) => this.#addAgain(job, policy),
    });
    const { perMinute } = worker;
    try {
      const bullWorker = await this.#backend.openWorker({
        name,
        run: (job) => runner.run(job),
        failed: (job, error) => runner.failed(job, error),
        error: this.#logError,
        options: {
          concurrency: worker.concurrency,
          lockDuration: stall.lockMs,
          stalledInterval: stall.checkMs,
          maxStalledCount: stalledMax,
          runRetryDelay: retryBrokenMs,
          // Without it a worker would try again after half a minute of its rest.
          maximumRateLimitDelay: 2 * resting.longestMs,
          ...(perMinute === undefined
            ? {}
            : { limiter: limitOf(perMinute, this.#options.minuteMs) }),
          settings: { backoffStrategy: (made) => retryDelayMs(policy, made) },
        },
      });
      const working = { idle: () => runner.idle(), close: () => bullWorker.close() };
      this.#workers.add(working);
      return {
        close: async () => {
          await this.#closed([working]);
          this.#workers.delete(working);
        },
      };
    } catch (error) {
      throw this.#backend.failure(error);
    }
  }

  async schedule(schedule: Schedule): Promise<void> {
    const { log, stall = stallTiming } = this.#options;
    try {
      const queue = await this.#scheduleQueueOf(schedule.name);
      const [backend, logError] = [this.#backend.schedules, this.#logError];
      const keepMs = this.#options.keepMs ?? scheduleKeepMs;
      const options = { schedule, backend, log, logError, stall, keepMs };
      this.#schedules.push(await openSchedule(queue, options));
    } catch (error) {
      throw this.#backend.failure(error);
    }
  }

  async unschedule(name: string): Promise<void> {
    for (const schedule of this.#schedules) if (schedule.name === name) schedule.leave();
    try {
      const queue = await this.#scheduleQueueOf(name);
      await queue.removeJobScheduler(name);
    } catch (error) {
      throw this.#backend.failure(error);
    }
  }

  async depth(mailboxes: readonly string[]): Promise<readonly QueueDepth[]> {
    const asked = mailboxes.flatMap((mailbox) => jobKinds.map((kind) => ({ kind, mailbox })));
    try {
      return await Promise.all(
        asked.map(async ({ kind, mailbox }) => {
          const queue = await this.#queueOf(queueName(kind, mailbox));
          const found = await queue.getJobCounts(...countedTypes);
          const of = (type: (typeof countedTypes)[number]): number => found[type] ?? 0;
          const waiting = of('wait') + of('prioritized');
          return { kind, mailbox, jobs: { waiting, active: of('active'), delayed: of('delayed') } };
        }),
      );
    } catch (error) {
      throw this.#backend.failure(error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const schedule of this.#schedules) schedule.abort();
    const opened = [...this.#workers, ...this.#schedules];
    if ((await this.#closed(opened)) === 'closed') {
      await this.#later.flush();
      for (const queue of [...this.#queues.values(), ...this.#scheduleQueues.values()])
        await (await queue.catch(() => undefined))?.close();
      await idle(opened);
    }
    await this.#backend.close();
  }

  /**
   * Without its server BullMQ waits for ever. What it could not write down is run again: the store knows that it
   * is done.
   */
  async #closed(workers: readonly Working[]): Promise<'closed' | 'left'> {
    const closed = Promise.all(workers.map((worker) => worker.close()));
    const tooLong = idle(workers).then(() => pause(closeMsMax, 'too long', { ref: false }));
    if ((await Promise.race([closed, tooLong])) !== 'too long') return 'closed';
    this.#options.log.warn({}, 'The queue was left without its answer: its server is away.');
    closed.catch(this.#logError);
    return 'left';
  }

  #policyOf(kind: JobKind): RetryPolicy {
    return (this.#options.retry ?? retryPolicies)[kind];
  }

  /** A job of a pack that failed, by itself from here on. */
  async #addAgain(job: Job, policy: RetryPolicy): Promise<void> {
    const queue = await this.#queueOf(queueName(job.kind, job.mailbox));
    const { name, data, opts } = this.#entry(job);
    await queue.add(name, data, { ...opts, delay: retryDelayMs(policy, 1) });
  }

  #entry(job: PackedJob): { name: string; data: PackedJob; opts: JobsOptions } {
    const opts: JobsOptions = {
      jobId: jobId(job),
      attempts: this.#policyOf(job.kind).attempts,
      backoff: { type: 'custom' },
      removeOnComplete: true,
      removeOnFail: true,
    };
    return { name: job.kind, data: job, opts };
  }

  #queueOf(name: string): Promise<OpenQueue> {
    return keptIn(this.#queues, name, () => this.#backend.openQueue(name, this.#logError));
  }

  #scheduleQueueOf(name: string): Promise<ScheduleQueue> {
    const { schedules } = this.#backend;
    const open = () => schedules.openQueue(scheduleQueue(name), this.#logError);
    return keptIn(this.#scheduleQueues, name, open);
  }
}

function keptIn<Queue>(
  queues: Map<string, Promise<Queue>>,
  name: string,
  open: () => Promise<Queue>,
): Promise<Queue> {
  const known = queues.get(name);
  if (known !== undefined) return known;
  const opening = open();
  queues.set(name, opening);
  // A queue that could not be opened is opened anew when it is asked for again.
  opening.catch(() => queues.delete(name));
  return opening;
}

/**
 * Opens the queues. Throws QUEUE_UNREACHABLE, naming host and port, when they cannot be reached.
 */
export async function openJobs(options: OpenJobsOptions): Promise<Jobs> {
  const logError = errorLogger(options.log);
  const traced = options.telemetry === undefined ? {} : { telemetry: options.telemetry };
  return new OpenedJobs(await openBackend(options, logError, traced), options, logError);
}

function openBackend(
  { redisUrl, memory, pool, log }: OpenJobsOptions,
  logError: (error: Error) => void,
  traced: Pick<OpenJobsOptions, 'telemetry'>,
): Promise<JobsBackend> {
  if (redisUrl !== undefined) return openOnRedis(redisUrl, logError, traced);
  if (memory !== undefined) return openInMemory(memory, pool, log, traced);
  return openOnPool(pool, log, traced);
}
