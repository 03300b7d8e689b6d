/**
 * A process of its own that takes a job and is killed in the middle of it, as by a crash.
 *
 * Arguments: the queues as JSON.
 */
import { openJobs } from '../../src/edges/jobs.ts';
import type { Log } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { dyingStall } from './dying-stall.ts';

const elsewhere: { redisUrl?: string; databaseUrl?: string } = JSON.parse(process.argv[2] ?? '{}');
const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
const { databaseUrl, redisUrl } = elsewhere;
const jobs = await openJobs({
  log,
  stall: dyingStall,
  ...(databaseUrl === undefined ? {} : { pool: (await openStore({ databaseUrl })).pool }),
  ...(redisUrl === undefined ? {} : { redisUrl }),
});
await jobs.work({
  kind: 'handle',
  mailbox: 'support',
  concurrency: 1,
  async run() {
    process.kill(process.pid, 'SIGKILL');
  },
  async gaveUp() {
    process.exit(3);
  },
});
