/**
 * Jobs when things break: workers that are killed, and servers that go away.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openJobs, retryDelayMs, retryPolicies } from '../../src/edges/jobs.ts';
import type { Job, Jobs } from '../../src/ports.ts';
import { freePort } from '../support/services.ts';
import { dyingStall } from './dying-stall.ts';
import { eventually, keptLog, keptWorker, type OpenedQueues, queuePlaces } from './queues.ts';

const job: Job = { kind: 'handle', caseId: 'one', mailbox: 'support' };

/** Those that several processes share. */
const servers = queuePlaces.filter(({ name }) => ['PostgreSQL', 'Redis'].includes(name));

for (const place of servers) {
  describe.skipIf(place.isMissing)(`jobs on ${place.name} when things break`, () => {
    let log = keptLog();
    let queues: OpenedQueues;
    let jobs: Jobs;

    beforeEach(async () => {
      log = keptLog();
      queues = await place.open(log);
      jobs = await queues.openJobs({ stall: dyingStall });
    });
    afterEach(async () => {
      await jobs?.close();
      await queues?.close();
    });

    /** Runs the worker that is killed in the middle of its job. */
    const die = async () => {
      const script = fileURLToPath(new URL('./dying-worker.ts', import.meta.url));
      const child = spawn(process.execPath, [script, JSON.stringify(queues.elsewhere)], {
        stdio: 'inherit',
      });
      const [code, signal] = await once(child, 'exit');
      expect([code, signal]).toEqual([null, 'SIGKILL']);
    };

    test('the job of a worker that was killed is run by the next', async () => {
      await jobs.add([job]);
      await die();
      // The sweep after a restart adds it again: that changes nothing.
      await jobs.add([job]);
      const worker = keptWorker('handle');
      await jobs.work(worker);
      await eventually(() => expect(worker.runs).toEqual([job]));
      expect(worker.givenUp).toEqual([]);
    });

    test('a job that kills its worker again and again is given up', async () => {
      await jobs.add([job]);
      for (let round = 0; round < 3; round++) await die();
      const worker = keptWorker('handle');
      await jobs.work(worker);
      await eventually(() => expect(worker.givenUp).toHaveLength(1));
      expect(worker.givenUp[0]).toMatchObject({ job, error: { message: /stalled/ } });
      expect(worker.runs).toEqual([]);
    });

    test('a server that goes away and comes back is found again, without a flood of errors', async () => {
      const worker = keptWorker('handle');
      await jobs.work(worker);
      await jobs.add([job]);
      await eventually(() => expect(worker.runs).toHaveLength(1));
      await queues.crash?.();
      const begun = performance.now();
      await expect(jobs.add([{ ...job, caseId: 'two' }])).rejects.toMatchObject({
        code: 'QUEUE_UNREACHABLE',
      });
      expect(performance.now() - begun).toBeLessThan(15_000);
      await queues.restart?.();
      await eventually(async () => {
        await jobs.add([{ ...job, caseId: 'three' }]);
      });
      await eventually(() => expect(worker.runs.map((run) => run.caseId)).toContain('three'));
      expect(log.lines.length).toBeLessThan(10);
    });

    test('closing does not wait for a server that is away', async () => {
      await jobs.work(keptWorker('handle'));
      await jobs.add([job]);
      await queues.crash?.();
      const begun = performance.now();
      await jobs.close();
      expect(performance.now() - begun).toBeLessThan(15_000);
    });

    test('a job that ends while the server is away is still done once it is back', async () => {
      const gate = Promise.withResolvers<void>();
      const worker = keptWorker('handle', { run: () => gate.promise });
      await jobs.work(worker);
      await jobs.add([job]);
      await eventually(() => expect(worker.runs).toHaveLength(1));
      await queues.crash?.();
      gate.resolve();
      await queues.restart?.();
      await eventually(async () => {
        await jobs.add([{ ...job, caseId: 'next' }]);
        expect(worker.runs.map((run) => run.caseId)).toContain('next');
      });
      expect(worker.givenUp).toEqual([]);
    });
  });
}

describe('opening the queues', () => {
  test('an unreachable Redis is named by host and port, its password is not', async () => {
    const port = await freePort();
    const opening = openJobs({ redisUrl: `redis://:s3cret@127.0.0.1:${port}`, log: keptLog() });
    await expect(opening).rejects.toMatchObject({
      code: 'QUEUE_UNREACHABLE',
      message: `Redis at 127.0.0.1:${port} cannot be reached (ECONNREFUSED).`,
    });
  });

  test('neither a pool nor a Redis is a bug', async () => {
    await expect(openJobs({ log: keptLog() })).rejects.toThrow('need a pool');
  });
});

describe('pauses between attempts', () => {
  const totalMs = (kind: Job['kind']) => {
    const policy = retryPolicies[kind];
    return Array.from({ length: policy.attempts - 1 }, (_, index) =>
      retryDelayMs(policy, index + 1, 0.5),
    ).reduce((sum, ms) => sum + ms, 0);
  };

  test('double up to the longest, with a quarter of jitter either way', () => {
    const policy = { attempts: 9, firstMs: 1_000, longestMs: 5_000 };
    expect([1, 2, 3, 4, 5].map((made) => retryDelayMs(policy, made, 0.5))).toEqual([
      1_000, 2_000, 4_000, 5_000, 5_000,
    ]);
    expect(retryDelayMs(policy, 1, 0)).toBe(750);
    expect(retryDelayMs(policy, 1, 1)).toBe(1_250);
  });

  test('handling is given up after minutes, delivering and marking after about two days', () => {
    const hours = (kind: Job['kind']) => totalMs(kind) / 3_600_000;
    expect(totalMs('handle') / 60_000).toBeGreaterThan(2);
    expect(totalMs('handle') / 60_000).toBeLessThan(10);
    for (const kind of ['deliver', 'mark'] as const) {
      expect(hours(kind)).toBeGreaterThan(44);
      expect(hours(kind)).toBeLessThan(52);
    }
  });
});
