/**
 * The places where jobs can be kept, for the suites of the jobs; and a worker that remembers.
 */
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { type OpenJobsOptions, openJobs } from '../../src/edges/jobs.ts';
import { MemoryQueues } from '../../src/edges/jobs-memory.ts';
import type { RetryPolicy } from '../../src/edges/jobs-runner.ts';
import type { Job, JobKind, Jobs, JobWorker, Log } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { requireService } from '../support/services.ts';

/** Kept short, so that giving up takes milliseconds. */
const fast: RetryPolicy = { attempts: 3, firstMs: 5, longestMs: 20 };
export const fastRetry: Readonly<Record<JobKind, RetryPolicy>> = {
  handle: fast,
  deliver: fast,
  mark: fast,
};

export interface OpenedQueues {
  /** Opens the same queues once more, as another process or a restart would. */
  openJobs(more?: Partial<OpenJobsOptions>): Promise<Jobs>;
  /** The store’s, where the jobs lie in it. */
  readonly pool?: object;
  /** What another process needs to do the same. */
  readonly elsewhere?: { readonly redisUrl?: string; readonly databaseUrl?: string };
  /** Takes the server away, and brings it back. */
  readonly crash?: () => Promise<void>;
  readonly restart?: () => Promise<void>;
  /** Makes the server lose everything at once, as FLUSHALL does. */
  readonly loseAll?: () => Promise<void>;
  close(): Promise<void>;
}

export interface TestQueues {
  readonly name: string;
  readonly isMissing: boolean;
  open(log: Log): Promise<OpenedQueues>;
}

export const queuePlaces: readonly TestQueues[] = [
  {
    // As it is beside the embedded store; opened twice it is still one process.
    name: 'this process',
    isMissing: false,
    async open(log) {
      const { store, pool } = await openStore({ dataDir: ':memory:' });
      const memory = new MemoryQueues();
      return {
        openJobs: (more) => openJobs({ pool, memory, log, retry: fastRetry, ...more }),
        close: () => store.close(),
      };
    },
  },
  {
    name: 'PGlite',
    isMissing: false,
    async open(log) {
      const { store, pool } = await openStore({ dataDir: ':memory:' });
      return {
        openJobs: (more) => openJobs({ pool, log, retry: fastRetry, ...more }),
        pool,
        close: () => store.close(),
      };
    },
  },
  {
    name: 'PostgreSQL',
    isMissing: !requireService('postgres'),
    async open(log) {
      const server = await startPostgres();
      const databaseUrl = await server.createDatabase();
      const { store, pool } = await openStore({ databaseUrl });
      return {
        openJobs: (more) => openJobs({ pool, log, retry: fastRetry, ...more }),
        pool,
        elsewhere: { databaseUrl },
        crash: () => server.crash(),
        restart: () => server.start(),
        async close() {
          await store.close();
          await server.stop();
        },
      };
    },
  },
  {
    name: 'Redis',
    isMissing: !requireService('redis'),
    async open(log) {
      const server = await startRedis();
      return {
        openJobs: (more) => openJobs({ redisUrl: server.url, log, retry: fastRetry, ...more }),
        elsewhere: { redisUrl: server.url },
        crash: () => server.crash(),
        restart: () => server.start(),
        async loseAll() {
          const redis = new Redis(server.url);
          await redis.flushall();
          redis.disconnect();
        },
        close: () => server.stop(),
      };
    },
  },
];

export interface LogLine {
  readonly level: keyof Log;
  readonly fields: object;
  readonly sentence: string;
}

/** A log that is kept. */
export function keptLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const keep = (level: keyof Log) => (fields: object, sentence: string) => {
    lines.push({ level, fields, sentence });
  };
  return {
    lines,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  };
}

export interface KeptWorker extends JobWorker {
  readonly runs: Job[];
  readonly givenUp: { readonly job: Job; readonly error: Error }[];
}

/** A worker that remembers what it was asked to do. */
export function keptWorker(kind: JobKind, more: Partial<JobWorker> = {}): KeptWorker {
  const runs: Job[] = [];
  const givenUp: { job: Job; error: Error }[] = [];
  return {
    kind,
    mailbox: 'support',
    concurrency: 1,
    ...more,
    runs,
    givenUp,
    async run(job) {
      runs.push(job);
      await more.run?.(job);
    },
    async gaveUp(job, error) {
      givenUp.push({ job, error });
      await more.gaveUp?.(job, error);
    },
  };
}

/** Waits until the expectation holds. */
export function eventually(expectation: () => void, timeout = 10_000): Promise<void> {
  return vi.waitFor(expectation, { timeout, interval: 10 });
}
