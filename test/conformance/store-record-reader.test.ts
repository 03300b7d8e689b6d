/**
 * The store over every database: all customers read in pages, and what became of one.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import type { ChangeOrigin } from '../../src/ports/records.ts';
import type { Store } from '../../src/ports.ts';
import { byTest } from '../support/origin.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { contoso, customerOf, later, noon } from './samples.ts';

for (const database of databases) {
  describe.skipIf(database.isMissing)(`reading records on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    const put = (customers: readonly Customer[], at = noon, origin: ChangeOrigin = byTest) =>
      store.importCustomers(customers, { dryRun: false, at, origin });
    const all = async () => {
      const customers: Customer[] = [];
      for await (const customer of store.eachCustomer()) customers.push(customer);
      return customers;
    };

    describe('all customers', () => {
      test('of an empty store are none', async () => {
        expect(await all()).toEqual([]);
      });

      test('come whole, as they were put in', async () => {
        await put([customerOf('C-2'), contoso]);
        expect(await all()).toEqual([contoso, customerOf('C-2')]);
      });

      test('none is lost or told twice between pages, whatever the order of the database’s language', async () => {
        const starts = [
          '',
          '_',
          '-',
          'a',
          'A',
          'ä',
          'Z',
          'z',
          'É',
          '株',
          '🚚',
          ' ',
          '"',
          "'",
          'ß',
          '10',
        ];
        const ids = starts.flatMap((start) =>
          Array.from({ length: 140 }, (_, number) => `${start}${number}${start}`),
        );
        await put(ids.map((id) => customerOf(id)));
        const read = (await all()).map(({ id }) => id);
        expect(read.length).toBe(ids.length);
        expect(new Set(read)).toEqual(new Set(ids));
      });

      test('may be changed by whoever reads them', async () => {
        await put(Array.from({ length: 600 }, (_, number) => customerOf(`C-${number}`)));
        let read = 0;
        for await (const { id } of store.eachCustomer()) {
          read += 1;
          if (read % 300 === 0) await put([customerOf(id, { country: 'DE' })], later(read));
        }
        expect(read).toBe(600);
      });
    });

    describe('the history of a customer', () => {
      test('of one that is not there is empty', async () => {
        await put([contoso]);
        expect(await store.listHistory('C-9', 10)).toEqual([]);
        expect(await store.listHistory('C-\u0000', 10)).toEqual([]);
      });

      test('is newest first, each change with its origin, and no other customer’s', async () => {
        await put([contoso, customerOf('C-2')]);
        const sync: ChangeOrigin = { source: 'sync', from: 'partner-center', by: 'worker' };
        await put([{ ...contoso, country: 'FR' }, customerOf('C-2')], later(1_000), sync);
        await put([{ ...contoso, country: 'AT' }], later(2_000));
        const entry = { customerId: 'C-1', kind: 'changed' };
        expect(await store.listHistory('C-1', 10)).toEqual([
          {
            ...entry,
            at: later(2_000),
            origin: byTest,
            fields: [{ path: 'country', before: 'FR', after: 'AT' }],
          },
          {
            ...entry,
            at: later(1_000),
            origin: sync,
            fields: [{ path: 'country', before: 'DE', after: 'FR' }],
          },
          { ...entry, kind: 'added', at: noon, origin: byTest, fields: [] },
        ]);
        expect(await store.listHistory('C-2', 10)).toMatchObject([{ kind: 'added' }]);
      });

      test('keeps its order where the clocks of two workers differ', async () => {
        await put([contoso], later(5_000));
        await put([{ ...contoso, country: 'FR' }], noon);
        const kinds = (await store.listHistory('C-1', 10)).map(({ kind }) => kind);
        expect(kinds).toEqual(['changed', 'added']);
      });

      test('ends at the limit, with the newest', async () => {
        await put([contoso]);
        for (const [index, country] of ['FR', 'AT', 'CH'].entries())
          await put([{ ...contoso, country }], later(index + 1));
        const shown = await store.listHistory('C-1', 2);
        expect(shown.map(({ fields }) => fields[0]?.after)).toEqual(['CH', 'AT']);
      });

      test('takes no line from a dry run or from an import that changes nothing', async () => {
        await put([contoso]);
        await put([contoso], later(1));
        await store.importCustomers([{ ...contoso, country: 'FR' }], {
          dryRun: true,
          at: later(2),
          origin: byTest,
        });
        expect(await store.listHistory('C-1', 10)).toHaveLength(1);
      });
    });
  });
}
