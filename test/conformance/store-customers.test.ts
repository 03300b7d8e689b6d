/**
 * The store over every database: importing customers and finding them by their keys.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import { candidatesMax } from '../../src/core/limits.ts';
import type { MatchKeys } from '../../src/core/match.ts';
import { normalizeOrganization } from '../../src/core/organization-name.ts';
import type { RecordChange } from '../../src/ports/records.ts';
import type { Store } from '../../src/ports.ts';
import { byTest } from '../support/origin.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { contoso, customerOf, later, noon } from './samples.ts';

const noKeys: MatchKeys = {
  subscriptionIds: [],
  tenantIds: [],
  domains: [],
  addresses: [],
  organizations: [],
};

for (const database of databases) {
  describe.skipIf(database.isMissing)(`customers in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    const importing = async (
      customers: readonly Customer[],
      options: { readonly dryRun?: boolean; readonly at?: Date } = {},
    ) => {
      const changes: RecordChange[] = [];
      await store.importCustomers(customers, {
        dryRun: options.dryRun ?? false,
        at: options.at ?? noon,
        origin: byTest,
        onChange: (change) => changes.push(change),
      });
      return changes;
    };
    const load = (...customers: Customer[]) => importing(customers);
    const historyRows = async () =>
      (
        await opened.pool.query<{ customer_id: string; kind: string }>(
          'select customer_id, at, source, kind, fields from customer_changes order by id',
        )
      ).rows;

    describe('importing', () => {
      test('holds nobody up while the file is read through, however large it is', async () => {
        // On a server a transaction that pauses is ended; on the embedded store everybody else would wait for it.
        async function* slowly(): AsyncGenerator<Customer> {
          expect(await store.findCustomer('C-1')).toBeUndefined();
          yield contoso;
        }
        await store.importCustomers(slowly(), { dryRun: false, at: noon, origin: byTest });
        expect(await store.findCustomer('C-1')).toEqual(contoso);
      }, 10_000);

      test('reads a customer back as it was given', async () => {
        await load(contoso);
        expect(await store.findCustomer('C-1')).toEqual(contoso);
        expect(await store.findCustomer('C-2')).toBeUndefined();
        expect(await store.countCustomers()).toBe(1);
      });

      test('says what is new, of which no field needs saying', async () => {
        expect(await load(contoso)).toEqual([{ customerId: 'C-1', kind: 'added', fields: [] }]);
      });

      test('the same file again changes nothing and leaves no history', async () => {
        await load(contoso, customerOf('C-2', { name: 'nul \u0000' }));
        const before = await historyRows();
        expect(await load(contoso, customerOf('C-2', { name: 'nul \u0000' }))).toEqual([]);
        expect(await historyRows()).toEqual(before);
      });

      test('a change is told, kept as history, and replaces the keys', async () => {
        await load(contoso);
        const [subscription] = contoso.subscriptions;
        const { partnerApprovedOn: _dropped, ...rest } = contoso;
        const changed: Customer = {
          ...rest,
          otherDomains: ['new.example'],
          subscriptions: [{ product: subscription?.product ?? '', cspStatus: 'suspended' }],
        };
        const [change] = await importing([changed], { at: later(1) });
        expect(change?.kind).toBe('changed');
        expect(change?.fields).toContainEqual({
          path: 'subscriptions[0].cspStatus',
          before: 'active',
          after: 'suspended',
        });
        expect(change?.fields).toContainEqual({
          path: 'subscriptions[1].product',
          before: 'Exchange Online (Plan 1)',
          after: '',
        });
        expect(change?.fields).toContainEqual({
          path: 'partnerApprovedOn',
          before: '2026-01-15',
          after: '',
        });
        expect(await store.findCustomer('C-1')).toEqual(changed);
        const history = await historyRows();
        expect(history[1]).toEqual({
          customer_id: 'C-1',
          at: later(1),
          source: 'import',
          kind: 'changed',
          fields: change?.fields,
        });
        const byDomain = (domain: string) => store.findCandidates({ ...noKeys, domains: [domain] });
        expect(await byDomain('contoso.example')).toEqual([]);
        expect(await byDomain('new.example')).toEqual([changed]);
      });

      test('a dry run says the same and writes nothing', async () => {
        await load(contoso);
        const next = [{ ...contoso, name: 'Contoso GmbH' }, customerOf('C-2')];
        const dry = await importing(next, { dryRun: true });
        expect(await store.findCustomer('C-1')).toEqual(contoso);
        expect(await store.countCustomers()).toBe(1);
        expect(await historyRows()).toHaveLength(1);
        expect(await load(...next)).toEqual(dry);
      });

      test('a customer that is not in the file stays', async () => {
        await load(contoso, customerOf('C-2'));
        await load(customerOf('C-3'));
        expect(await store.countCustomers()).toBe(3);
        expect(await store.findCustomer('C-1')).toEqual(contoso);
      });

      test('nothing is half-imported', async () => {
        await expect(load(contoso, customerOf('C-2'), customerOf('C-2'))).rejects.toThrow('once');
        expect(await store.countCustomers()).toBe(0);
      });

      test('two imports at once leave the record of one of them', async () => {
        const names = ['One', 'Two', 'Three', 'Four'];
        await Promise.all(names.map((name) => load(customerOf('C-1', { name }))));
        const found = await store.findCustomer('C-1');
        expect(names).toContain(found?.name);
        const organizations = [normalizeOrganization(found?.name ?? '')];
        expect(await store.findCandidates({ ...noKeys, organizations })).toHaveLength(1);
        const { rows } = await opened.pool.query('select * from customer_keys');
        expect(rows).toHaveLength(1);
      });

      test('thousands of customers take few statements', async () => {
        const many = Array.from({ length: 3_000 }, (_, index) =>
          customerOf(`C-${index}`, {
            otherDomains: [`d${index}.example`],
            contacts: [{ address: `it@d${index}.example` }],
          }),
        );
        const changes = await load(...many);
        expect(changes).toHaveLength(3_000);
        expect(changes.map((change) => change.customerId)).toEqual(many.map((one) => one.id));
        expect(await store.countCustomers()).toBe(3_000);
      });
    });

    describe('finding candidates', () => {
      const keys: [keyof MatchKeys, string][] = [
        ['subscriptionIds', '22222222-2222-4222-8222-222222222222'],
        ['subscriptionIds', '33333333-3333-4333-8333-333333333333'],
        ['tenantIds', '11111111-1111-4111-8111-111111111111'],
        ['domains', 'contoso.onmicrosoft.com'],
        ['domains', 'contoso.example.org'],
        ['addresses', 'ana@contoso.example'],
        ['organizations', normalizeOrganization('CONTOSO Ltd')],
      ];

      test.each(keys)('by %s %s', async (kind, value) => {
        await load(contoso, customerOf('C-2'));
        expect(await store.findCandidates({ ...noKeys, [kind]: [value, 'no-such'] })).toEqual([
          contoso,
        ]);
      });

      test('a key of one kind does not find by another', async () => {
        await load(contoso);
        expect(await store.findCandidates({ ...noKeys, tenantIds: ['contoso.example'] })).toEqual(
          [],
        );
        expect(await store.findCandidates(noKeys)).toEqual([]);
      });

      test('a customer that several keys name is found once', async () => {
        await load(contoso);
        const found = await store.findCandidates({
          ...noKeys,
          domains: ['contoso.example', 'contoso.onmicrosoft.com'],
          addresses: ['ana@contoso.example'],
        });
        expect(found).toEqual([contoso]);
      });

      test('at most the limit, and the strong keys first', async () => {
        const many = Array.from({ length: candidatesMax + 10 }, (_, index) =>
          customerOf(`A-${String(index).padStart(3, '0')}`, { otherDomains: ['host.example'] }),
        );
        await load(...many, contoso);
        const found = await store.findCandidates({
          ...noKeys,
          domains: ['host.example'],
          tenantIds: [contoso.tenantId ?? ''],
        });
        expect(found).toHaveLength(candidatesMax);
        expect(found[0]?.id).toBe('C-1');
      });

      test('text from a hostile notice is only text', async () => {
        await load(contoso);
        const hostile = ["'; drop table customers; --", 'nul \u0000', '\ud800'];
        expect(await store.findCandidates({ ...noKeys, organizations: hostile })).toEqual([]);
        expect(await store.countCustomers()).toBe(1);
      });
    });
  });
}
