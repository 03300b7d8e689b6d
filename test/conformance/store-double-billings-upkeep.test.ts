/**
 * Since when each subscription is paid twice, as imports change its record, on every database.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SubscriptionTransition } from '../../src/core/customer.ts';
import { byTest } from '../support/origin.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { customerOf, later, noon } from './samples.ts';

const twice = { advisorStatus: 'active', cspStatus: 'active' } as const;
const one: SubscriptionTransition = { product: 'Office 365 E3', ...twice };
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const withId = (n: number, more: Partial<SubscriptionTransition> = {}): SubscriptionTransition => ({
  ...one,
  advisorSubscriptionId: id(n),
  ...more,
});

for (const database of databases) {
  describe.skipIf(database.isMissing)(`what is paid twice on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let hour = 0;
    beforeAll(async () => {
      opened = await database.open();
    });
    afterAll(() => opened?.close());
    beforeEach(async () => {
      await emptyStore(opened.pool);
      hour = 0;
    });

    /** Imports the record as it is an hour later. */
    const say = async (...subscriptions: SubscriptionTransition[]) => {
      const at = hour === 0 ? noon : later(hour);
      hour += 1;
      await opened.store.importCustomers([customerOf('C-1', { subscriptions })], {
        dryRun: false,
        at,
        origin: byTest,
      });
      return at;
    };
    const spans = async () =>
      (
        await opened.pool.query<{ subscription: string; since: Date; until: Date | null }>(
          'select subscription, since, until from double_billings order by id',
        )
      ).rows;

    test('it begins when both sides bill, and ends when one does not', async () => {
      await say({ ...one, cspStatus: 'ordered' });
      expect(await spans()).toEqual([]);
      const since = await say(one);
      await say({ ...one, cspStatus: 'suspended' });
      const until = await say({ ...one, advisorStatus: 'cancelled' });
      expect(await spans()).toEqual([{ subscription: 'office 365 e3', since, until }]);
    });

    test('what is paid twice again begins anew', async () => {
      await say(one);
      await say({ ...one, cspStatus: 'none' });
      const since = await say(one);
      expect(await spans()).toHaveLength(2);
      expect((await spans())[1]).toMatchObject({ since, until: null });
    });

    test('a record that no longer says how it is ends nothing', async () => {
      const since = await say(one);
      await say({ product: one.product });
      await say({ product: one.product, advisorStatus: 'active' });
      await say(one);
      expect(await spans()).toEqual([{ subscription: 'office 365 e3', since, until: null }]);
    });

    test('a subscription that is gone from the record ends', async () => {
      await say(withId(1), withId(2, { product: 'Visio' }));
      const until = await say(withId(1));
      expect((await spans()).map((span) => span.until)).toEqual([null, until]);
    });

    test('it goes on when its id becomes known, when its product is renamed, and when rows change places', async () => {
      const since = await say(one, { ...one, product: 'Visio', advisorStatus: 'cancelled' });
      await say(withId(1));
      await say(withId(1, { product: 'Microsoft 365 E3' }));
      await say(withId(2, { advisorStatus: 'cancelled' }), withId(1));
      await say(withId(1), withId(2, { advisorStatus: 'cancelled' }));
      expect(await spans()).toEqual([{ subscription: id(1), since, until: null }]);
    });

    test('of two of one product the other goes on when one is cancelled and then left out', async () => {
      const since = await say(withId(1), withId(2));
      await say(withId(1, { advisorStatus: 'cancelled' }), withId(2));
      await say(withId(2));
      expect((await spans()).filter(({ until }) => until === null)).toEqual([
        { subscription: id(2), since, until: null },
      ]);
    });

    test('two rows of one id, which nobody should write, are two spans and no error', async () => {
      await say(withId(1), withId(1, { product: 'Visio' }));
      expect((await spans()).map(({ subscription }) => subscription)).toEqual([
        id(1),
        `${id(1)} #2`,
      ]);
    });

    test('cost and currency are what the record says last', async () => {
      await say({ ...one, monthlyCost: '10.00', currency: 'EUR' });
      await say({ ...one, monthlyCost: '12.50', currency: 'USD' });
      const found = [];
      for await (const span of opened.store.eachDoubleBilling()) found.push(span);
      expect(found).toMatchObject([{ monthlyCost: '12.50', currency: 'USD' }]);
    });
  });
}
