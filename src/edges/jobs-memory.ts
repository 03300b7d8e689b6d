/**
 * Jobs kept in this process: for the embedded store, where one process does everything.
 *
 * A job is a pointer, and the store knows all that is to be done, so what is lost here when the process ends is
 * queued again by the first sweep of the next; with all its attempts, and at once. BullMQ would write each step of
 * each job into the store, which cost more than deciding about the mail. It must never be used where a second
 * process works on the same store.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type JobsOptions, RateLimitError, UnrecoverableError } from 'bullmq';
import type { QueueLimit } from './jobs-limit.ts';
import type { PackedJob } from './jobs-pack.ts';
import type { OpenQueue, WorkerSpec } from './jobs-queue.ts';

type State = 'waiting' | 'delayed' | 'active';

interface KeptJob {
  readonly id: string;
  readonly data: PackedJob;
  readonly attempts: number;
  attemptsMade: number;
  state: State;
  finishedOn?: number;
}

/** The jobs of one kind and one mailbox. */
class KeptQueue {
  readonly #jobs = new Map<string, KeptJob>();
  readonly #waiting: KeptJob[] = [];
  readonly #workers = new Set<KeptWorker>();
  #restsUntil = 0;
  #portion = { until: 0, left: 0 };
  #wake: NodeJS.Timeout | undefined;

  add(data: PackedJob, { jobId = '', attempts = 1, delay = 0 }: JobsOptions): void {
    // Waiting, running or to be tried again: it comes anyway.
    if (this.#jobs.has(jobId)) return;
    const job: KeptJob = { id: jobId, data, attempts, attemptsMade: 0, state: 'waiting' };
    this.#jobs.set(jobId, job);
    if (delay > 0) this.#delay(job, delay);
    else this.#wait(job);
  }

  counts(): { readonly wait: number; readonly active: number; readonly delayed: number } {
    const counts = { waiting: 0, active: 0, delayed: 0 };
    for (const { state } of this.#jobs.values()) counts[state] += 1;
    return { wait: counts.waiting, active: counts.active, delayed: counts.delayed };
  }

  rest(forMs: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, performance.now() + forMs);
  }

  /** The next job, where one may begin now; else its workers are woken when it may. */
  take(limit: QueueLimit | undefined): KeptJob | undefined {
    if (this.#waiting.length === 0) return undefined;
    const now = performance.now();
    const mayAt = Math.max(this.#restsUntil, this.#portionEnd(limit, now));
    if (mayAt > now) {
      this.#wakeIn(mayAt - now);
      return undefined;
    }
    if (limit !== undefined) this.#count(limit, now);
    const job = this.#waiting.shift();
    if (job !== undefined) job.state = 'active';
    return job;
  }

  done(job: KeptJob): void {
    this.#jobs.delete(job.id);
  }

  /** It was not its turn: none of its attempts is used up. */
  putBack(job: KeptJob): void {
    job.state = 'waiting';
    this.#waiting.unshift(job);
    this.#tell();
  }

  again(job: KeptJob, inMs: number): void {
    job.attemptsMade += 1;
    this.#delay(job, inMs);
  }

  join(worker: KeptWorker): void {
    this.#workers.add(worker);
    worker.look();
  }

  leave(worker: KeptWorker): void {
    this.#workers.delete(worker);
  }

  #delay(job: KeptJob, ms: number): void {
    job.state = 'delayed';
    setTimeout(() => this.#wait(job), ms).unref();
  }

  #wait(job: KeptJob): void {
    job.state = 'waiting';
    this.#waiting.push(job);
    this.#tell();
  }

  #tell(): void {
    for (const worker of this.#workers) worker.look();
  }

  #portionEnd(limit: QueueLimit | undefined, now: number): number {
    const { until, left } = this.#portion;
    return limit === undefined || left > 0 || until <= now ? 0 : until;
  }

  /** A portion begins with its first job. */
  #count({ max, duration }: QueueLimit, now: number): void {
    if (this.#portion.until <= now) this.#portion = { until: now + duration, left: max };
    this.#portion.left -= 1;
  }

  #wakeIn(ms: number): void {
    this.#wake ??= setTimeout(() => {
      this.#wake = undefined;
      this.#tell();
    }, Math.ceil(ms)).unref();
  }
}

/** A worker of one queue, until it is closed. */
class KeptWorker {
  readonly #queue: KeptQueue;
  readonly #spec: WorkerSpec;
  readonly #running = new Set<Promise<void>>();
  /** A job must not run in the log context, or the trace, of the one that queued it. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #looks: NodeJS.Immediate | undefined;
  #isClosed = false;

  constructor(queue: KeptQueue, spec: WorkerSpec) {
    this.#queue = queue;
    this.#spec = spec;
  }

  /** In the next turn, so that whoever adds jobs is not held up by them. */
  look(): void {
    this.#looks ??= setImmediate(() => {
      this.#looks = undefined;
      this.#outside(() => this.#takeAll());
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.leave(this);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #takeAll(): void {
    const { concurrency = 1, limiter } = this.#spec.options;
    while (!this.#isClosed && this.#running.size < concurrency) {
      const job = this.#queue.take(limiter);
      if (job === undefined) return;
      const running = this.#run(job).finally(() => {
        this.#running.delete(running);
        this.look();
      });
      this.#running.add(running);
    }
  }

  async #run(job: KeptJob): Promise<void> {
    try {
      await this.#spec.run(job);
      this.#queue.done(job);
    } catch (error) {
      if (error instanceof RateLimitError) this.#queue.putBack(job);
      else this.#failed(job, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #failed(job: KeptJob, error: Error): void {
    const made = job.attemptsMade + 1;
    if (!(error instanceof UnrecoverableError) && made < job.attempts) {
      const pauseMs = this.#spec.options.settings?.backoffStrategy?.(made);
      this.#queue.again(job, Number(pauseMs ?? 0));
      return;
    }
    job.finishedOn = Date.now();
    this.#queue.done(job);
    this.#spec.failed(job, error);
  }
}

/** All queues of this process. */
export class MemoryQueues {
  readonly #queues = new Map<string, KeptQueue>();

  openQueue(name: string): OpenQueue {
    const queue = this.#of(name);
    return {
      async add(_name, job, options) {
        queue.add(job, options);
      },
      async addBulk(jobs) {
        for (const { data, opts } of jobs) queue.add(data, opts);
      },
      getJobCounts: async () => queue.counts(),
      rateLimit: async (forMs) => queue.rest(forMs),
      close: async () => undefined,
    };
  }

  openWorker(spec: WorkerSpec): { close(): Promise<void> } {
    const queue = this.#of(spec.name);
    const worker = new KeptWorker(queue, spec);
    queue.join(worker);
    return worker;
  }

  #of(name: string): KeptQueue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new KeptQueue();
    this.#queues.set(name, queue);
    return queue;
  }
}
