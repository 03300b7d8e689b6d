import { openJobs } from '../../src/edges/jobs.ts';
import { openStore } from '../../src/store/open.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';

const log = {
  debug() {},
  info(f: object, s: string) {
    console.log('info', s, f);
  },
  warn(f: object, s: string) {
    console.log('warn', s, f);
  },
  error(f: object, s: string) {
    console.log('error', s, f);
  },
};
async function measure(name: string, options: { pool?: object; redisUrl?: string }) {
  let t = performance.now();
  const jobs = await openJobs({ ...options, log });
  console.log(name, 'open', Math.round(performance.now() - t));
  let started: (() => void) | undefined;
  await jobs.work({
    kind: 'handle',
    concurrency: 4,
    async run() {
      started?.();
    },
    async gaveUp() {},
  });
  await jobs.work({ kind: 'deliver', concurrency: 4, async run() {}, async gaveUp() {} });
  await jobs.work({
    kind: 'mark',
    mailbox: 'support',
    concurrency: 1,
    async run() {},
    async gaveUp() {},
  });
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    await new Promise((r) => setTimeout(r, 40));
    const t0 = performance.now();
    const p = new Promise<void>((r) => {
      started = r;
    });
    await jobs.add([{ kind: 'handle', caseId: `c${i}`, mailbox: 'support' }]);
    const t1 = performance.now();
    await p;
    times.push(performance.now() - t0);
    if (i === 0) console.log('first add', Math.round(t1 - t0));
  }
  times.sort((a, b) => a - b);
  console.log(
    name,
    'add->start ms median',
    times[30]?.toFixed(1),
    'p95',
    times[56]?.toFixed(1),
    'max',
    times[59]?.toFixed(1),
  );
  // throughput
  let done = 0;
  let fin: () => void;
  const all = new Promise<void>((r) => {
    fin = r;
  });
  started = () => {
    if (++done === 1000) fin();
  };
  t = performance.now();
  await jobs.add(
    Array.from({ length: 1000 }, (_, i) => ({
      kind: 'handle' as const,
      caseId: `t${i}`,
      mailbox: 'support',
    })),
  );
  console.log('bulk add 1000', Math.round(performance.now() - t));
  await all;
  console.log(name, '1000 jobs/s', Math.round(1000 / ((performance.now() - t) / 1000)));
  t = performance.now();
  await jobs.close();
  console.log(name, 'close idle', Math.round(performance.now() - t));
}
for (const which of process.argv.slice(2)) {
  if (which === 'pglite') {
    const t = performance.now();
    const s = await openStore({ dataDir: '/tmp/exp/data' });
    console.log('open store', Math.round(performance.now() - t));
    await measure('PGlite', { pool: s.pool });
    await s.store.close();
  }
  if (which === 'pg') {
    const p = await startPostgres();
    const s = await openStore({ databaseUrl: await p.createDatabase() });
    await measure('PG', { pool: s.pool });
    await s.store.close();
    await p.stop();
  }
  if (which === 'redis') {
    const r = await startRedis();
    await measure('Redis', { redisUrl: r.url });
    await r.stop();
  }
}
