/**
 * Runs of a source: going on where one broke off, for a day and no longer; and the scheduled job.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runSource } from '../../src/commands/sync-run.ts';
import { scheduleSync } from '../../src/commands/sync-schedule.ts';
import { syncResumeMsMax } from '../../src/core/limits.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { ResponderError } from '../../src/errors.ts';
import type { FactSource } from '../../src/ports/sync.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import { eventually, keptLog } from '../conformance/queues.ts';
import { contoso, later, noon } from '../conformance/samples.ts';
import { whyNoCertificate } from '../support/certificate.ts';
import { startMicrosoft } from '../support/microsoft-server.ts';
import { byTest } from '../support/origin.ts';

let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
afterAll(() => opened?.store.close());
beforeEach(() => emptyStore(opened.pool));

const sixty = Array.from({ length: 60 }, (_, index) => `t-${String(index).padStart(2, '0')}`);

/** Shows sixty tenants, each with something to move; breaks off before the one named. */
function sourceOf(breakBefore?: string): FactSource & { readonly asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  return {
    name: 'graph',
    asked,
    async *facts(after) {
      asked.push(after);
      for (const tenantId of sixty.filter((id) => after === undefined || id > after)) {
        if (tenantId === breakBefore) throw new ResponderError('SYNC_FAILED', 'It is away.');
        const subscriptionId = `s-${tenantId}`;
        const product = 'Office 365 E3';
        yield {
          mark: tenantId,
          facts: {
            tenantId,
            subscriptions: [
              { channel: 'direct', subscriptionId, product, advisorStatus: 'active' },
            ],
            complete: [],
          },
        };
      }
    },
  };
}

const run = (source: FactSource, at: Date, signal?: AbortSignal) =>
  runSource(source, {
    store: opened.store,
    now: () => at,
    by: 'maria',
    dryRun: false,
    productAliases: [],
    ...(signal === undefined ? {} : { signal }),
  });

describe('a run that breaks off', () => {
  test('goes on after its last mark, and counts together', async () => {
    const broken = await run(sourceOf('t-55'), noon);
    expect(broken).toMatchObject({ counts: { added: 55 }, resumed: false });
    expect(broken.error?.message).toBe('It is away.');
    const next = sourceOf();
    expect(await run(next, later(syncResumeMsMax - 1))).toMatchObject({
      counts: { added: 5 },
      resumed: true,
    });
    expect(next.asked).toEqual(['t-54']);
    expect(await opened.store.findSyncRun('graph')).toEqual({
      source: 'graph',
      startedAt: noon,
      finishedAt: later(syncResumeMsMax - 1),
      mark: 't-59',
      added: 60,
      changed: 0,
      unchanged: 0,
      unknown: 0,
    });
  });

  test('begins anew after a day, and after a run that was whole', async () => {
    await run(sourceOf('t-55'), noon);
    const late = sourceOf();
    await run(late, later(syncResumeMsMax));
    await run(late, later(syncResumeMsMax + 1));
    expect(late.asked).toEqual([undefined, undefined]);
  });

  test('before anything was merged begins anew', async () => {
    await run(sourceOf('t-00'), noon);
    const next = sourceOf();
    expect((await run(next, later(1))).resumed).toBe(false);
    expect(next.asked).toEqual([undefined]);
  });

  test('because the process ends keeps what was read until then', async () => {
    const stopping = new AbortController();
    const source = sourceOf();
    const stoppedSource: FactSource = {
      name: 'graph',
      async *facts(after) {
        for await (const one of source.facts(after)) {
          if (one.mark === 't-10') stopping.abort();
          yield one;
        }
      },
    };
    const stopped = await run(stoppedSource, noon, stopping.signal);
    expect(stopped).toMatchObject({ counts: { added: 10 } });
    expect(await opened.store.findSyncRun('graph')).toMatchObject({ mark: 't-09' });
  });

  test('with a process that was killed goes on as well', async () => {
    const counts = { added: 1, changed: 0, unchanged: 0, unknown: 0 };
    await opened.store.saveSyncRun({ source: 'graph', startedAt: noon, mark: 't-30', ...counts });
    const next = sourceOf();
    expect((await run(next, later(1))).counts.added).toBe(29);
    expect(next.asked).toEqual(['t-30']);
  });
});

describe.skipIf(whyNoCertificate() !== undefined)('the scheduled job', () => {
  const log = keptLog();
  let microsoft: Awaited<ReturnType<typeof startMicrosoft>>;
  let jobs: Awaited<ReturnType<typeof openJobs>>;

  beforeEach(async () => {
    log.lines.length = 0;
    const { tenantId = '', tenantDomain = '' } = contoso;
    microsoft = await startMicrosoft([
      { id: tenantId, name: 'Contoso', domain: tenantDomain, relationship: 'reseller' },
    ]);
    jobs = await openJobs({ pool: opened.pool, log });
    await opened.store.importCustomers([contoso], { dryRun: false, at: noon, origin: byTest });
  });
  afterEach(async () => {
    await jobs.close();
    await microsoft.close();
  });

  const schedule = (everyMinutes: number) =>
    scheduleSync({
      settings: {
        sync: {
          everyMinutes,
          sources: ['partner-center'],
          tenantId: '0a1b2c3d-0000-4000-8000-000000000001',
          clientId: '0a1b2c3d-0000-4000-8000-000000000002',
          clientSecret: 's3cret-value',
          distributorTenantIds: [],
          loginUrl: microsoft.url,
          partnerCenterUrl: microsoft.url,
          graphUrl: microsoft.url,
          ca: microsoft.ca,
        },
      },
      productAliases: [],
      store: opened.store,
      jobs,
      clock: { now: () => noon },
      log,
    });
  const sentences = () => log.lines.map(({ level, sentence }) => `${level}: ${sentence}`);

  test('merges at once, and ends when it is switched off', async () => {
    await schedule(60);
    await eventually(() =>
      expect(sentences()).toContain('info: the records are in step with the source'),
    );
    const [subscription] = (await opened.store.findCustomer('C-1'))?.subscriptions ?? [];
    // Partner Center shows no subscription any more, and it shows all there are.
    expect(subscription?.cspStatus).toBe('none');
    await schedule(0);
    const { rows } = await opened.pool.query('select scheduler_id from bullmq.scheduler');
    expect(rows).toEqual([]);
  });

  test('a source that breaks off is told to the desk with its mend, and the job stays', async () => {
    microsoft.fail('/v1/customers', (_request, response) => response.writeHead(403).end());
    await schedule(60);
    await eventually(() =>
      expect(log.lines).toContainEqual({
        level: 'error',
        fields: expect.objectContaining({ source: 'partner-center', code: 'SYNC_REFUSED' }),
        sentence: 'desk: a source of records broke off; what was merged stays',
      }),
    );
    await schedule(0);
  });
});
