/**
 * What `jobs.ts` asks of a place where jobs are kept; `jobs-backend.ts` opens the places.
 */
import type { JobSchedulerTemplateOptions, JobsOptions, JobType, WorkerOptions } from 'bullmq';
import type { ResponderError } from '../errors.ts';
import type { PackedJob } from './jobs-pack.ts';

export interface Closable {
  close(): Promise<void>;
}

export interface StartedJob {
  readonly id?: string | undefined;
  readonly processedOn?: number | undefined;
}

/** A job in hand, as BullMQ has it. */
export interface TakenJob {
  readonly id?: string | undefined;
  readonly data: PackedJob;
  /** Before this one. */
  readonly attemptsMade: number;
  readonly finishedOn?: number | undefined;
}

export interface OpenQueue extends Closable {
  add(name: string, job: PackedJob, options: JobsOptions): Promise<unknown>;
  addBulk(jobs: { name: string; data: PackedJob; opts: JobsOptions }[]): Promise<unknown>;
  getJobCounts(...types: JobType[]): Promise<Readonly<Record<string, number>>>;
  /** Nothing of the queue begins for so long, here; elsewhere where its workers have a limit. */
  rateLimit(forMs: number): Promise<void>;
}

export interface ScheduleQueue extends Closable {
  /** Jobs that run somewhere. */
  getActive(): Promise<readonly StartedJob[]>;
  getJobScheduler(id: string): Promise<{ readonly every?: number } | undefined>;
  upsertJobScheduler(
    id: string,
    repeat: { readonly every: number },
    template: { readonly name: string; readonly opts: JobSchedulerTemplateOptions },
  ): Promise<unknown>;
  removeJobScheduler(id: string): Promise<unknown>;
}

export interface WorkerSpec {
  readonly name: string;
  readonly run: (job: TakenJob & StartedJob) => Promise<void>;
  readonly failed: (job: TakenJob | undefined, error: Error) => void;
  readonly error: (error: Error) => void;
  readonly options: Omit<WorkerOptions, 'connection'>;
}

export interface QueuePlace<Queue> {
  openQueue(name: string, onError: (error: Error) => void): Promise<Queue>;
  openWorker(spec: WorkerSpec): Promise<Closable>;
}

export interface JobsBackend extends QueuePlace<OpenQueue>, Closable {
  readonly schedules: QueuePlace<ScheduleQueue>;
  /** Any failure as an operational error. */
  failure(error: unknown): ResponderError;
}
