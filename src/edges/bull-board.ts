/**
 * Bull Board: a page that shows each job of the queue. It only reads.
 *
 * The board can also empty, pause and fill queues, change what is in a job, and let a job run before its time. A job
 * is only a pointer and the store decides what it may do, so nothing would be sent twice by it; but a paused queue is
 * mail that waits without anybody being told, and a job let through early takes from the desk the seconds in which
 * it can undo. What people need is in the console, judged by the store and written into the audit log. So every
 * queue is shown read-only, and whoever mounts the board lets no unsafe request through.
 */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { createPostgresBackend, createRedisBackend, isPgPool, withBackend } from 'bullmq';
import type { FastifyPluginCallback } from 'fastify';
import { Redis } from 'ioredis';
import type { Log } from '../ports.ts';
import { jobKinds } from '../ports.ts';
import { queueName } from './jobs.ts';
import { redisPrefix } from './jobs-backend.ts';
import { JobsPool } from './jobs-pool.ts';

export interface QueueBoard {
  /** For a scope of its own with a prefix, behind whatever guards it. */
  readonly plugin: FastifyPluginCallback;
  close(): Promise<void>;
}

export interface QueueBoardOptions {
  /** The queue of the service: Redis where given, else the pool of the store. */
  readonly redisUrl?: string;
  readonly pool: object;
  readonly mailboxes: readonly string[];
  readonly log: Log;
}

const reconnectMsMax = 5_000;
/** Nobody needs to see a count move within the second. */
const pollSeconds = 10;

export function openQueueBoard(options: QueueBoardOptions): QueueBoard {
  const { queues, close } = openQueues(options);
  const serverAdapter = new FastifyAdapter();
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Queue',
        hideDocsLink: true,
        hideRedisDetails: true,
        showWorkers: false,
        pollingInterval: { showSetting: false, forceInterval: pollSeconds },
        miscLinks: [{ text: 'Back to the console', url: '/settings/queue' }],
      },
    },
  });
  const board = serverAdapter.registerPlugin();
  const plugin: FastifyPluginCallback = (scope, own, done) => {
    serverAdapter.setBasePath(scope.prefix);
    scope.addHook('onSend', async (_request, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
      return isPage && typeof payload === 'string' ? withoutRemoteFonts(payload) : payload;
    });
    board(scope, own, done);
  };
  return { plugin, close };
}

/** The page asks a server of Google's for its letters; it is readable without. */
function withoutRemoteFonts(page: string): string {
  return page.replace(/<link href="https:\/\/fonts\.googleapis\.com\/[^>]{0,400}>/, '');
}

function openQueues({ redisUrl, pool, mailboxes, log }: QueueBoardOptions): {
  readonly queues: readonly ShownQueue[];
  close(): Promise<void>;
} {
  const names = mailboxes.flatMap((mailbox) => jobKinds.map((kind) => queueName(kind, mailbox)));
  const onError = (error: Error): void =>
    log.warn({ err: error }, 'The board of the queue reports an error.');
  const { open, end } = redisUrl === undefined ? onPool(pool, log) : onRedis(redisUrl, onError);
  const queues = names.map((name) => {
    const queue = open(name);
    queue.on('error', onError);
    return queue;
  });
  return {
    queues,
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      await end();
    },
  };
}

type ShownQueue = ConstructorParameters<typeof BullMQAdapter>[0];

interface Opener {
  open(name: string): ShownQueue;
  end(): Promise<void>;
}

function onRedis(redisUrl: string, onError: (error: Error) => void): Opener {
  const connection = new Redis(redisUrl, {
    retryStrategy: (attempt) => Math.min(attempt * 250, reconnectMsMax),
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
  });
  connection.on('error', onError);
  const { Queue: RedisQueue } = withBackend(createRedisBackend);
  return {
    open: (name) => new RedisQueue(name, { connection, prefix: redisPrefix }),
    async end() {
      connection.disconnect();
    },
  };
}

function onPool(pool: object, log: Log): Opener {
  if (!isPgPool(pool)) throw new Error('the board needs the pool of the store');
  const connection = new JobsPool(pool, log);
  const { Queue: PoolQueue } = withBackend(createPostgresBackend);
  return {
    // The adapter asks only what a queue of any place answers; its type names the one of Redis.
    open: (name) => new PoolQueue(name, { connection }) as unknown as ShownQueue,
    end: () => connection.end(),
  };
}
