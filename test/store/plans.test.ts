/**
 * No statement that a mail needs may read a whole table of the ledger: what a mail costs must not grow with the
 * mails before it. The statements are those that the pipeline really sends, explained over a full ledger.
 *
 * `ROWS=1000000 npx vitest run test/store/plans.test.ts` does it over a million.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { byTest } from '../support/origin.ts';
import { forwardOf, noon, openPipelineDesk, readyCustomer } from '../support/pipeline-desk.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { requireService } from '../support/services.ts';

const rowsWanted = Number(process.env.ROWS ?? 20_000);
const ledger = ['mails', 'cases', 'replies', 'locations', 'customers', 'customer_keys'];

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** What reaches the server while `work` runs, each text once. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly Statement[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const seen = new Map<string, Statement>();
    for (const [text, values] of spy.mock.calls as unknown as [string | Statement, unknown[]?][]) {
      const one = typeof text === 'string' ? { text, values: values ?? [] } : text;
      if (!/^(begin|commit)/i.test(one.text)) seen.set(one.text, one);
    }
    return [...seen.values()];
  } finally {
    spy.mockRestore();
  }
}

/** As many mails as wanted, answered all, the last of them a moment ago. */
async function fill(opened: OpenedStore, rows: number): Promise<void> {
  const at = `timestamptz '${noon.toISOString()}' - (${rows} - n) * interval '20 seconds'`;
  for (const statement of [
    `insert into mails (case_id, mailbox, state, size_bytes, complete, answered, received_at, reason, decided_at)
       select 'old-' || n, 'support', 'finished', 100, true, false, ${at}, 'reply-instructions', ${at}
       from generate_series(1, ${rows}) n`,
    `insert into locations (mailbox, path, uid_validity, uid, case_id)
       select 'support', 'INBOX', '0', n, 'old-' || n from generate_series(1, ${rows}) n`,
    `insert into cases (case_id, mailbox, subject, action, reason, customer_id, decision, decided_at)
       select 'old-' || n, 'support', 's', 'reply', 'reply-instructions', 'c-' || n % 1000, '{}', ${at}
       from generate_series(1, ${rows}) n`,
    `insert into replies (case_id, mailbox, reply_key, state, content, to_address, to_domain, created_at,
         claimed_at, settled_at)
       select 'old-' || n, 'support', 'key-' || n, 'sent', '{}', 'a' || n || '@x' || n % 5000 || '.example',
         'x' || n % 5000 || '.example', ${at}, ${at}, ${at}
       from generate_series(1, ${rows}) n`,
    'vacuum analyze mails, locations, cases, replies',
  ])
    await opened.pool.query(statement);
}

describe.skipIf(!requireService('postgres'))('over a full ledger', () => {
  let server: TestPostgres;
  let opened: OpenedStore;
  beforeAll(async () => {
    server = await startPostgres();
    opened = await openStore({ databaseUrl: await server.createDatabase() });
    const customers = Array.from({ length: 2_000 }, (_, n) => readyCustomer(`customer-${n}`));
    await opened.store.importCustomers(customers, { dryRun: false, at: noon, origin: byTest });
    await fill(opened, rowsWanted);
    await opened.pool.query('vacuum analyze customers, customer_keys');
  }, 600_000);
  afterAll(async () => {
    await opened?.store.close();
    await server?.stop();
  });

  test('every statement of a mail goes by an index', { timeout: 120_000 }, async () => {
    const desk = await openPipelineDesk(opened.store);
    desk.perHour = 1_000_000;
    const statements = await statementsOf(async () => {
      await desk.take(forwardOf('customer-7'));
      await desk.take(Buffer.from('From: a@b.example\r\nSubject: hello\r\n\r\nhello\r\n'));
      await desk.run();
    });
    expect(desk.sent).toHaveLength(1);
    expect(statements.length).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const { text, values } of statements) {
      const { rows } = await opened.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `explain (format json) ${text}`,
        [...values],
      );
      for (const node of nodesOf(rows[0]?.['QUERY PLAN'][0].Plan ?? expect.fail(text)))
        if (node['Node Type'] === 'Seq Scan' && ledger.includes(node['Relation Name'] ?? ''))
          wrong.push(`${node['Relation Name']} in: ${text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
  });

  test('what a mailbox sent within the hour is counted without the days before', async () => {
    const [count] = await statementsOf(() =>
      opened.store.replyHistory({
        mailbox: 'support',
        replyKey: 'none',
        address: 'nobody@nowhere.example',
        domain: 'nowhere.example',
        now: noon,
      }),
    );
    const { text, values } = count ?? expect.fail('nothing was asked');
    const { rows } = await opened.pool.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, costs off, timing off) ${text}`,
      [...values],
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('replies_settled');
    const pages = Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1]);
    if (process.env.ROWS !== undefined) console.log(plan);
    // 180 replies within the hour, of as many as there are rows.
    expect(pages).toBeLessThan(250);
  });
});
