/**
 * The store over every database: merging facts into records, and how far a run of a source came.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import type { CustomerFacts } from '../../src/core/record-facts.ts';
import { ResponderError } from '../../src/errors.ts';
import type { MergeOptions, MergeSummary, RecordChange } from '../../src/ports/records.ts';
import type { Store } from '../../src/ports.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { contoso, customerOf, later, noon } from './samples.ts';

const tenantId = contoso.tenantId ?? '';
const advisorId = contoso.subscriptions[0]?.advisorSubscriptionId ?? '';
const elsewhere = '99999999-9999-4999-8999-999999999999';

function factsOf(more: Partial<CustomerFacts> = {}): CustomerFacts {
  return { tenantId, subscriptions: [], complete: [], ...more };
}

const cancelled = factsOf({
  subscriptions: [
    { channel: 'direct', subscriptionId: advisorId, advisorStatus: 'cancelled', licensesTotal: 15 },
  ],
});

function newcomer(id: string, more: Partial<CustomerFacts> = {}): CustomerFacts {
  return {
    tenantId: id,
    name: 'Tailspin',
    subscriptions: [
      { channel: 'direct', subscriptionId: `s-${id}`, product: 'E3', advisorStatus: 'active' },
    ],
    complete: [],
    ...more,
  };
}

for (const database of databases) {
  describe.skipIf(database.isMissing)(`facts in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    const origin = { source: 'sync', from: 'graph', by: 'worker' } as const;
    const load = (...customers: Customer[]) =>
      store.importCustomers(customers, { dryRun: false, at: noon, origin });
    const merging = async (
      facts: Iterable<CustomerFacts> | AsyncIterable<CustomerFacts>,
      more: Partial<MergeOptions> = {},
    ) => {
      const changes: RecordChange[] = [];
      const conflicts: string[] = [];
      const summary = await store.mergeFacts(facts, {
        dryRun: false,
        at: later(1),
        origin,
        productAliases: [],
        onChange: (change) => changes.push(change),
        onConflict: ({ customerId, sentence }) => conflicts.push(`${customerId}: ${sentence}`),
        ...more,
      });
      return { summary, changes, conflicts };
    };
    const history = async () =>
      (
        await opened.pool.query<{ customer_id: string; source: string; from_name: string }>(
          'select customer_id, source, from_name, at from customer_changes order by id',
        )
      ).rows;

    test('a known tenant gets what changed, and its history says who said so', async () => {
      await load(contoso);
      const { summary, changes } = await merging([cancelled]);
      expect(summary).toEqual({ added: 0, changed: 1, unchanged: 0, unknown: 0, conflicts: 0 });
      expect(changes).toEqual([
        {
          customerId: 'C-1',
          kind: 'changed',
          fields: [
            { path: 'subscriptions[0].advisorStatus', before: 'active', after: 'cancelled' },
            { path: 'subscriptions[0].licensesTotal', before: '', after: '15' },
          ],
        },
      ]);
      const [first] = (await store.findCustomer('C-1'))?.subscriptions ?? [];
      expect(first).toMatchObject({ advisorStatus: 'cancelled', licensesAssigned: 12 });
      expect((await history()).at(-1)).toMatchObject({
        customer_id: 'C-1',
        source: 'sync',
        from_name: 'graph',
        at: later(1),
      });
    });

    test('the same facts again write nothing', async () => {
      await load(contoso);
      await merging([cancelled, newcomer('t-1')]);
      const before = await history();
      const { summary, changes } = await merging([cancelled, newcomer('t-1')], { at: later(2) });
      expect([summary.unchanged, changes]).toEqual([2, []]);
      expect(await history()).toEqual(before);
      const { rows } = await opened.pool.query<{ updated_at: Date }>(
        'select distinct updated_at from customers',
      );
      expect(rows).toEqual([{ updated_at: later(1) }]);
    });

    test('an unknown tenant is added under its id where something is to be moved', async () => {
      const { summary } = await merging([newcomer('t-1'), factsOf({ tenantId: 't-2' })]);
      expect(summary).toMatchObject({ added: 1, unknown: 1 });
      expect(await store.findCustomer('t-1')).toMatchObject({ name: 'Tailspin', tenantId: 't-1' });
      expect(await store.countCustomers()).toBe(1);
    });

    test('a dry run says the same and writes nothing', async () => {
      await load(contoso);
      const facts = [cancelled, newcomer('t-1')];
      const dry = await merging(facts, { dryRun: true });
      expect(await store.findCustomer('C-1')).toEqual(contoso);
      expect(await store.countCustomers()).toBe(1);
      expect(await merging(facts)).toEqual(dry);
    });

    test('two records of one tenant: neither is changed, and the desk is told', async () => {
      await load(contoso, { ...contoso, id: 'C-2' });
      const { summary, conflicts } = await merging([cancelled]);
      expect(summary).toEqual({ added: 0, changed: 0, unchanged: 1, unknown: 0, conflicts: 1 });
      expect(conflicts).toEqual(['undefined: several records have this tenant id: C-1, C-2']);
      expect(await store.findCustomer('C-1')).toEqual(contoso);
    });

    test('a record without a tenant id is found by its tenant domain, and gets no double', async () => {
      const { tenantId: _unknown, ...nameless } = contoso;
      await load(nameless);
      const { summary } = await merging([
        factsOf({ ...cancelled, tenantDomain: contoso.tenantDomain ?? '' }),
      ]);
      expect(summary).toMatchObject({ added: 0, changed: 1 });
      expect(await store.findCustomer('C-1')).toMatchObject({ tenantId });
    });

    test.each([
      ['a domain', { otherDomains: ['contoso.example'] }],
      [
        'a subscription',
        {
          subscriptions: [
            {
              channel: 'direct',
              subscriptionId: advisorId,
              product: 'E3',
              advisorStatus: 'active',
            },
          ],
        },
      ],
    ] as const)('%s of another record makes no new customer', async (_name, more) => {
      await load(contoso);
      const { summary, conflicts } = await merging([newcomer(elsewhere, more)]);
      expect(summary).toMatchObject({ added: 0, unchanged: 1, conflicts: 1 });
      expect(conflicts).toEqual([expect.stringContaining('stands in C-1')]);
      expect(await store.countCustomers()).toBe(1);
    });

    test('an id that another record has is not taken from it', async () => {
      await load({ ...customerOf('t-1'), tenantId: elsewhere });
      const { conflicts } = await merging([newcomer('t-1')]);
      expect(conflicts).toEqual([expect.stringContaining('stands in t-1')]);
      expect(await store.findCustomer('t-1')).toMatchObject({ name: 'Customer t-1' });
    });

    test('what was merged before the source broke off stays, and is told batch by batch', async () => {
      const told: [string, MergeSummary][] = [];
      async function* breaking(): AsyncGenerator<CustomerFacts> {
        for (let index = 0; index < 70; index++) yield newcomer(`t-${index}`);
        throw new ResponderError('SYNC_FAILED', 'It is away.');
      }
      const onMerged = async (last: CustomerFacts, soFar: MergeSummary) => {
        told.push([last.tenantId, soFar]);
      };
      await expect(merging(breaking(), { onMerged })).rejects.toThrow('It is away.');
      expect(await store.countCustomers()).toBe(70);
      expect(told.map(([id, { added }]) => [id, added])).toEqual([
        ['t-49', 50],
        ['t-69', 70],
      ]);
    });

    test('a tenant that comes twice is merged twice', async () => {
      await load(contoso);
      const { summary } = await merging([cancelled, factsOf({ otherDomains: ['new.example'] })]);
      expect(summary).toMatchObject({ changed: 2 });
      const record = await store.findCustomer('C-1');
      expect(record?.otherDomains).toContain('new.example');
      expect(record?.subscriptions[0]?.advisorStatus).toBe('cancelled');
    });

    test('a merge and an import at once leave neither half', async () => {
      await load(contoso);
      await Promise.all([
        merging([cancelled]),
        store.importCustomers([contoso, customerOf('C-2')], { dryRun: false, at: noon, origin }),
      ]);
      expect(await store.countCustomers()).toBe(2);
      const [first] = (await store.findCustomer('C-1'))?.subscriptions ?? [];
      // Of the state the last word counts; the count of licenses only the facts have, and a file keeps it.
      expect(['active', 'cancelled']).toContain(first?.advisorStatus);
      expect(first?.licensesTotal).toBe(15);
    });

    test('text that a database does not take is merged once, not again and again', async () => {
      const odd = newcomer('t-1', { name: 'nul \u0000' });
      await merging([odd]);
      expect((await merging([odd])).summary).toMatchObject({ unchanged: 1 });
    });

    test('the newest run of a source is found, as it was saved last', async () => {
      expect(await store.findSyncRun('graph')).toBeUndefined();
      const counts = { added: 1, changed: 2, unchanged: 3, unknown: 4 };
      await store.saveSyncRun({ source: 'graph', startedAt: noon, mark: 'm', ...counts });
      expect(await store.findSyncRun('graph')).toEqual({
        source: 'graph',
        startedAt: noon,
        mark: 'm',
        ...counts,
      });
      const ended = { startedAt: noon, finishedAt: later(5), error: 'broke off', ...counts };
      await store.saveSyncRun({ source: 'graph', ...ended, added: 9 });
      await store.saveSyncRun({ source: 'graph', ...ended, startedAt: later(-9) });
      await store.saveSyncRun({ source: 'partner-center', ...ended, startedAt: later(9) });
      expect(await store.findSyncRun('graph')).toEqual({ source: 'graph', ...ended, added: 9 });
    });

    test('a file that leaves a told state empty does not wipe it out, nor end what is paid twice', async () => {
      const [subscription] = contoso.subscriptions;
      const product = subscription?.product ?? '';
      const bare: Customer = {
        ...contoso,
        subscriptions: [{ product, advisorSubscriptionId: advisorId }],
      };
      await load(bare);
      const told = factsOf({
        subscriptions: [
          { channel: 'direct', subscriptionId: advisorId, advisorStatus: 'active' },
          { channel: 'csp', subscriptionId: 'new-1', product, cspStatus: 'active' },
        ],
      });
      await merging([told]);
      const before = await store.findCustomer('C-1');
      expect(before?.subscriptions[0]).toMatchObject({
        advisorStatus: 'active',
        cspStatus: 'active',
      });
      await load(bare);
      expect(await store.findCustomer('C-1')).toEqual(before);
      const { rows } = await opened.pool.query<{ since: Date; until: Date | null }>(
        'select since, until from double_billings',
      );
      expect(rows).toEqual([{ since: later(1), until: null }]);
    });
  });
}
