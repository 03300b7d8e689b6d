/**
 * Measures the pages of the console over a full store: `npm run bench:console -- [cases] [customers] [pglite|postgresql]`,
 * by default 100,000 of each on both.
 *
 * Time to the first octet of each page, the first asking and the median of ten more, and its size. Then what the
 * indexes of the search cost: saving 1,000 decisions with and without them. Nothing is asserted: machines differ.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { consoleParts } from '../src/commands/console-parts.ts';
import { buildConsole } from '../src/console/server.ts';
import { loadSettings, programRoot } from '../src/edges/settings.ts';
import type { CaseRecord } from '../src/ports.ts';
import { type OpenedStore, openStore } from '../src/store/open.ts';
import { cursor, mailOf, recordOf, replyDecision } from './conformance/samples.ts';
import type { Asked } from './support/asking-worker.ts';
import { openDoor } from './support/console-desk.ts';
import { openPipelineDesk, silent } from './support/pipeline-desk.ts';
import { startPostgres } from './support/postgres.ts';
import { findService } from './support/services.ts';

const [casesAsked = '100000', customersAsked = '100000', placeAsked] = process.argv.slice(2);
const cases = Number(casesAsked);
const customers = Number(customersAsked);
const now = new Date();
const secondsApart = Math.max(1, Math.floor((60 * 86_400) / cases));

/** Sixty days of cases, every kind of outcome, each decision of the size of a real one. */
const scenario = `(array['cancel-portal','cancel-phone','approve-partner','wait-for-csp','mixed','already-cancelled'])[1 + n % 6]`;
const decided = `timestamptz '${now.toISOString()}' - (${cases} - n) * interval '${secondsApart} seconds'`;
const kind = `case n % 10 when 0 then 'review' when 1 then 'suppress' else 'reply' end`;
const reason = `case n % 10 when 0 then 'review-no-customer' when 1 then 'suppressed-list' else 'reply-instructions' end`;
const filling: readonly string[] = [
  `insert into customers (id, name, record, updated_at)
   select 'C-' || n, 'Customer number ' || n || ' of Fabrikam', jsonb_build_object('id', 'C-' || n,
     'name', 'Customer number ' || n || ' of Fabrikam', 'tenantDomain', 'c' || n || '.onmicrosoft.com',
     'otherDomains', jsonb_build_array('customer-' || n || '.example'), 'contacts', jsonb_build_array(
       jsonb_build_object('name', 'Kim Doe', 'address', 'kim@customer-' || n || '.example')),
     'subscriptions', jsonb_build_array(jsonb_build_object('product', 'Office 365 E3', 'advisorStatus', 'active',
       'cspStatus', 'active', 'licensesAssigned', 12))), now()
   from generate_series(1, ${customers}) n`,
  `insert into double_billings (customer_id, subscription, since, monthly_cost, currency)
   select 'C-' || n, 'office 365 e3', now() - n % 90 * interval '1 day', 12.5, 'EUR'
   from generate_series(1, ${customers}, 7) n`,
  `insert into mails (case_id, mailbox, message_id, state, size_bytes, complete, answered, received_at, reason, decided_at)
   select 'case-' || md5(n::text), 'support', '<' || n || '@customer-' || n % ${customers} || '.example>', 'finished', 100, true, false,
     ${decided} - interval '3 seconds', ${reason}, ${decided} from generate_series(1, ${cases}) n`,
  `insert into cases (case_id, mailbox, message_id, subject, action, reason, scenario, customer_id, decision, decided_at)
   select 'case-' || md5(n::text), 'support', '<' || n || '@customer-' || n % ${customers} || '.example>',
     'Fwd: You’re about to lose access to your subscription ' || n, ${kind}, ${reason}, ${scenario},
     case when n % 10 > 1 then 'C-' || n % ${customers} end,
     jsonb_strip_nulls(jsonb_build_object('action', ${kind}, 'reason', ${reason},
       'sender', 'kim@customer-' || n % ${customers} || '.example',
       'authentication', jsonb_build_object('result', 'none', 'dkimAligned', false),
       'match', case when n % 10 > 1 then jsonb_build_object('customer', jsonb_build_object('id', 'C-' || n % ${customers},
         'name', 'Customer number ' || n % ${customers} || ' of Fabrikam', 'otherDomains', '[]'::jsonb,
         'contacts', '[]'::jsonb, 'subscriptions', '[]'::jsonb), 'matchedBy', '[]'::jsonb, 'against', '[]'::jsonb,
         'score', 1) end,
       'evidence', (select jsonb_agg(jsonb_build_object('stage', 'match', 'code', 'seen', 'detail', md5(n::text || k)))
         from generate_series(1, 20) k))), ${decided}
   from generate_series(1, ${cases}) n`,
  `insert into replies (case_id, mailbox, reply_key, state, content, to_address, to_domain, created_at, claimed_at, settled_at)
   select 'case-' || md5(n::text), 'support', 'key-' || n, case when n % 5000 = 2 then 'unconfirmed' else 'sent' end, '{}',
     'kim@customer-' || n % ${customers} || '.example', 'customer-' || n % ${customers} || '.example', ${decided}, ${decided},
     ${decided} + n % 30 * interval '1 second' from generate_series(1, ${cases}) n where n % 10 > 1`,
];

const worker = new Worker(new URL('./support/asking-worker.ts', import.meta.url));

async function ask(url: string): Promise<Asked> {
  worker.postMessage(url);
  const [asked] = await once(worker, 'message');
  return asked as Asked;
}

async function measurePages({ store, pool }: OpenedStore): Promise<void> {
  const settings = loadSettings({ env: {}, cwd: programRoot, secrets: 'optional' });
  const desk = await openPipelineDesk(store);
  const parts = consoleParts({
    settings,
    store,
    pipelineOf: (mailbox) => (mailbox === 'support' ? desk.parts : undefined),
    clock: { now: () => new Date() },
    log: silent,
    service: { jobs: { depth: async () => [] }, pool, loginExpiries: () => [] },
  });
  const app = await buildConsole({ parts, doors: openDoor('admin') });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const day = now.toISOString().slice(0, 10);
  const last = await store.searchCases({
    limit: 50,
    before: new Date(now.getTime() - 30 * 86_400_000),
  });
  const after = `${last.at(-1)?.decidedAt.getTime()}~${last.at(-1)?.caseId}`;
  const [waiting] = await store.listReview(1);
  const pages: readonly string[] = [
    '/review',
    `/review?case=${waiting?.caseId}`,
    `/cases/${waiting?.caseId}`,
    '/cases',
    `/cases?after=${after}`,
    '/cases?q=customer-4242.example',
    '/cases?q=lose+access',
    '/cases?q=no-such-thing-at-all',
    '/cases?q=zz',
    '/cases?reason=review-no-customer',
    '/cases?reason=review-unparsable',
    '/cases?scenario=stop-renewal',
    '/cases?reply=unconfirmed',
    '/cases?reply=undeliverable',
    '/cases?customer=C-4242',
    `/cases?from=2020-01-01&to=2020-12-31`,
    `/cases?from=${day}`,
    '/customers',
    '/customers?q=customer-4242.example',
    '/customers?q=fabrikam',
    '/customers?q=no-such-thing-at-all',
    '/customers?q=zz',
    '/customers/C-4242',
    '/customers/C-4242/edit',
    '/customers/-/billed-twice',
    '/',
    '/today/figures',
    '/',
  ];
  await ask(`${origin}/customers/-/new`);
  console.log(
    `  ${'page'.padEnd(44)}${'first'.padStart(8)}${'median'.padStart(8)}${'size'.padStart(9)}`,
  );
  for (const page of pages) {
    const first = await ask(`${origin}${page}`);
    const more: number[] = [];
    for (let at = 0; at < 10; at += 1) more.push((await ask(`${origin}${page}`)).ms);
    more.sort((a, b) => a - b);
    const cells = [first.ms, more[5] ?? 0].map((ms) => `${ms.toFixed(0)} ms`.padStart(8));
    const size = `${(first.bytes / 1_000).toFixed(1)} kB`.padStart(9);
    console.log(
      `  ${page.slice(0, 43).padEnd(44)}${cells.join('')}${size}${first.status === 200 ? '' : ` status ${first.status}`}`,
    );
  }
  await app.close();
}

/** What the search costs whoever writes: the same thousand decisions, with its indexes and without. */
async function measureWriting({ store, pool }: OpenedStore): Promise<void> {
  const saveMany = async (name: string): Promise<number> => {
    const records = Array.from({ length: 1_000 }, (_, n): CaseRecord => {
      const { match: _match, ...rest } = replyDecision;
      const decision = { ...rest, action: 'suppress', reason: 'suppressed-list' } as const;
      return {
        ...recordOf(`${name}-${n}`, decision),
        subject: `Fwd: about to lose access ${name} ${n}`,
        decidedAt: new Date(),
      };
    });
    for (const { caseId } of records) await store.accept('support', [mailOf(caseId)], cursor);
    const started = performance.now();
    for (let at = 0; at < records.length; at += 20)
      await Promise.all(records.slice(at, at + 20).map((record) => store.saveDecision(record)));
    return performance.now() - started;
  };
  const lists = [
    'cases_by_time',
    'cases_by_reason',
    'cases_by_scenario',
    'mails_by_decision',
    'mails_by_arrival',
  ];
  let run = 0;
  const best = async (): Promise<string> => {
    const values: number[] = [];
    for (let at = 0; at < 3; at += 1) values.push(await saveMany(`run-${run++}`));
    return `${Math.min(...values).toFixed(0)} ms`;
  };
  await saveMany('warm');
  console.log(`  saving 1,000 decisions: ${await best()}`);
  await pool.query('drop index if exists cases_by_words');
  console.log(`    without the index of words: ${await best()}`);
  await pool.query('alter table cases drop column words');
  for (const index of lists) await pool.query(`drop index if exists ${index}`);
  console.log(`    without words and the other indexes of the lists: ${await best()}`);
}

async function measure(name: string, open: () => Promise<OpenedStore>): Promise<void> {
  const opened = await open();
  console.log(`${name}: ${cases} cases, ${customers} customers`);
  for (const statement of filling) await opened.pool.query(statement);
  await opened.pool.query('vacuum analyze');
  await measurePages(opened);
  await measureWriting(opened);
  await opened.store.close();
}

if (placeAsked !== 'pglite' && findService('postgres') !== undefined) {
  const server = await startPostgres();
  const databaseUrl = await server.createDatabase();
  await measure('PostgreSQL', () => openStore({ databaseUrl }));
  await server.stop();
}
if (placeAsked !== 'postgresql') await measure('PGlite', () => openStore({ dataDir: ':memory:' }));
await worker.terminate();
