/**
 * Where jobs are kept: Redis, the store’s database, or this process. All look the same from `jobs.ts`.
 */
import assert from 'node:assert';
import {
  createPostgresBackend,
  createRedisBackend,
  isPgPool,
  runMigrations,
  type Telemetry,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import { ResponderError } from '../errors.ts';
import type { Log } from '../ports.ts';
import type { MemoryQueues } from './jobs-memory.ts';
import type { PackedJob } from './jobs-pack.ts';
import { JobsPool } from './jobs-pool.ts';
import type { Closable, JobsBackend, OpenQueue, QueuePlace, ScheduleQueue } from './jobs-queue.ts';

/** So that several programs can share one Redis. */
export const redisPrefix = 'transition-responder';
const connectTimeoutMs = 5_000;
const reconnectMsMax = 5_000;
/** A Redis that is gone without a word is found out: the kernel's own wait is two hours. */
const keepAliveMs = 10_000;
/** Events nobody reads: BullMQ keeps 10,000 a queue otherwise. */
const eventsMax = 100;

/** Waits until BullMQ is ready; closes again what is not. */
async function whenReady<T extends Closable & { waitUntilReady(): Promise<unknown> }>(
  opened: T,
): Promise<T> {
  try {
    await opened.waitUntilReady();
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function unreachable(place: string, error: unknown): ResponderError {
  if (error instanceof ResponderError) return error;
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  return new ResponderError('QUEUE_UNREACHABLE', `${place} cannot be reached${code}.`, {
    cause: error,
  });
}

/** Nothing where no traces are wanted. */
export interface Traced {
  readonly telemetry?: Telemetry;
}

/** `pool`: a `pg.Pool` or its like, whose connections find BullMQ’s schema in their search path. */
export async function openOnPool(
  pool: object | undefined,
  log: Log,
  traced: Traced,
): Promise<JobsBackend> {
  assert(isPgPool(pool), 'jobs need a pool or the URL of a Redis');
  const failure = (error: unknown) => unreachable('The queue’s database', error);
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client);
    } finally {
      client.release();
    }
  } catch (error) {
    throw failure(error);
  }
  const shared = new JobsPool(pool, log);
  const { Queue, Worker } = withBackend(createPostgresBackend);
  const place: QueuePlace<OpenQueue & ScheduleQueue> = {
    async openQueue(name, onError) {
      const queue = new Queue<PackedJob>(name, {
        connection: shared,
        ...traced,
        streams: { events: { maxLen: eventsMax } },
      });
      queue.on('error', onError);
      return whenReady(queue);
    },
    async openWorker({ name, run, failed, error, options }) {
      const worker = new Worker<PackedJob>(name, run, {
        ...options,
        ...traced,
        connection: shared,
      });
      worker.on('error', error);
      worker.on('failed', failed);
      return whenReady(worker);
    },
  };
  return { ...place, schedules: place, failure, close: () => shared.end() };
}

/**
 * Jobs in this process; schedules in the store’s database, which knows after a restart when each ran last.
 */
export async function openInMemory(
  memory: MemoryQueues,
  ...onPool: Parameters<typeof openOnPool>
): Promise<JobsBackend> {
  return {
    ...(await openOnPool(...onPool)),
    openQueue: async (name) => memory.openQueue(name),
    openWorker: async (spec) => memory.openWorker(spec),
  };
}

/** One connection that is not tried again: what is wrong at the start is said at once. */
async function probe(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  const place = `Redis at ${redis.options.host}:${redis.options.port}`;
  // ioredis also throws what it emits; without a listener it prints it.
  let emitted: unknown;
  redis.on('error', (error: unknown) => {
    emitted = error;
  });
  try {
    await redis.connect();
    await redis.ping();
    return place;
  } catch (error) {
    throw unreachable(place, emitted ?? error);
  } finally {
    redis.disconnect();
  }
}

export async function openOnRedis(
  redisUrl: string,
  onError: (error: Error) => void,
  traced: Traced,
): Promise<JobsBackend> {
  const place = await probe(redisUrl);
  const retryStrategy = (attempt: number) => Math.min(attempt * 250, reconnectMsMax);
  // Adding must fail at once while Redis is away: the sweep adds again what is missing.
  const forQueues = new Redis(redisUrl, {
    retryStrategy,
    keepAlive: keepAliveMs,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
  });
  // Workers wait until it is back.
  const forWorkers = new Redis(redisUrl, {
    retryStrategy,
    keepAlive: keepAliveMs,
    maxRetriesPerRequest: null,
  });
  for (const redis of [forQueues, forWorkers]) redis.on('error', onError);
  const { Queue, Worker } = withBackend(createRedisBackend);
  const queues: QueuePlace<OpenQueue & ScheduleQueue> = {
    async openQueue(name, onQueueError) {
      const queue = new Queue<PackedJob>(name, {
        connection: forQueues,
        ...traced,
        prefix: redisPrefix,
        streams: { events: { maxLen: eventsMax } },
      });
      queue.on('error', onQueueError);
      return whenReady(queue);
    },
    async openWorker({ name, run, failed, error, options }) {
      const connection = forWorkers;
      const worker = new Worker<PackedJob>(name, run, {
        ...options,
        ...traced,
        connection,
        prefix: redisPrefix,
      });
      worker.on('error', error);
      worker.on('failed', failed);
      return whenReady(worker);
    },
  };
  return {
    ...queues,
    schedules: queues,
    failure: (error) => unreachable(place, error),
    async close() {
      forQueues.disconnect();
      forWorkers.disconnect();
    },
  };
}
