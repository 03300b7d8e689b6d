/**
 * The store over every database: what is paid twice now, and how much of it there was before.
 *
 * The spans are put in as rows here; that they follow from the records is tested where records are written.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DoubleBilling, DoubleBillingTrendPoint } from '../../src/ports/records.ts';
import type { Store } from '../../src/ports.ts';
import { byTest } from '../support/origin.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { contoso, customerOf, later, noon } from './samples.ts';

interface Span {
  readonly customer_id: string;
  readonly subscription: string;
  readonly since: string | Date;
  readonly until?: Date;
  readonly monthly_cost?: string;
  readonly currency?: string;
}

for (const database of databases) {
  describe.skipIf(database.isMissing)(`double billings on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(async () => {
      await emptyStore(opened.pool);
      await store.importCustomers([contoso, customerOf('C-2'), customerOf('C-3')], {
        dryRun: false,
        at: noon,
        origin: byTest,
      });
      await opened.pool.query('truncate double_billings');
    });

    const put = (...spans: readonly Span[]) =>
      opened.pool.query(
        `insert into double_billings (customer_id, subscription, since, until, monthly_cost, currency)
         select * from jsonb_to_recordset($1::jsonb) as s(customer_id text, subscription text,
           since timestamptz, until timestamptz, monthly_cost numeric, currency text)`,
        [JSON.stringify(spans)],
      );
    const all = async () => {
      const billings: DoubleBilling[] = [];
      for await (const billing of store.eachDoubleBilling()) billings.push(billing);
      return billings;
    };

    describe('now', () => {
      test('nobody is billed twice where there is no span', async () => {
        expect(await all()).toEqual([]);
      });

      test('the longest first, with the customer, and not what has ended', async () => {
        const span = { customer_id: 'C-1', subscription: 'microsoft 365 business standard' };
        await put(
          { ...span, since: later(0), monthly_cost: '412.50', currency: 'EUR' },
          { customer_id: 'C-2', subscription: 'ems e3', since: later(-1) },
          { customer_id: 'C-3', subscription: 'ems e3', since: later(-2), until: later(5) },
        );
        expect(await all()).toEqual([
          {
            customerId: 'C-2',
            subscription: 'ems e3',
            since: later(-1),
            customer: customerOf('C-2'),
          },
          {
            customerId: 'C-1',
            subscription: 'microsoft 365 business standard',
            since: noon,
            monthlyCost: '412.50',
            currency: 'EUR',
            customer: contoso,
          },
        ]);
      });

      test('no span is lost or told twice between pages, also where they began at once', async () => {
        const spans = Array.from({ length: 2_500 }, (_, index) => ({
          customer_id: 'C-2',
          subscription: `p${index}`,
          // Many at the same moment, and moments that differ by less than a Date can tell.
          since: `2026-03-02T12:00:00.000${String(Math.floor(index / 900))}00Z`,
        }));
        await put(...spans);
        const names = (await all()).map(({ subscription }) => subscription);
        expect(names).toEqual(spans.map(({ subscription }) => subscription));
      });

      test('whoever stops reading keeps nobody waiting', async () => {
        await put({ customer_id: 'C-2', subscription: 'ems e3', since: noon });
        for await (const { customerId } of store.eachDoubleBilling()) {
          expect(customerId).toBe('C-2');
          expect(await store.countCustomers()).toBe(3);
          break;
        }
        expect(await store.countCustomers()).toBe(3);
      });

      test('a failure of the database is an operational error', async () => {
        await opened.pool.query('alter table double_billings rename to gone');
        try {
          await expect(all()).rejects.toMatchObject({ code: 'STORE_FAILED' });
        } finally {
          await opened.pool.query('alter table gone rename to double_billings');
        }
      });
    });

    describe('trend', () => {
      test('no time, no point; no span, nothing counted', async () => {
        expect(await store.doubleBillingTrend([])).toEqual([]);
        expect(await store.doubleBillingTrend([noon])).toEqual([
          { at: noon, subscriptions: 0, customers: 0, monthlyCost: {} },
        ]);
      });

      test('a span counts from the moment it began until just before it ended', async () => {
        await put({ customer_id: 'C-1', subscription: 'a', since: later(1), until: later(3) });
        const times = [0, 1, 2, 3, 4].map(later);
        const points = await store.doubleBillingTrend(times);
        expect(points.map(({ at }) => at)).toEqual(times);
        expect(points.map(({ subscriptions }) => subscriptions)).toEqual([0, 1, 1, 0, 0]);
        expect(points.map(({ customers }) => customers)).toEqual([0, 1, 1, 0, 0]);
      });

      test('currencies are never added up, and an unknown cost adds nothing', async () => {
        await put(
          { customer_id: 'C-1', subscription: 'a', since: noon, monthly_cost: '412.50' },
          {
            customer_id: 'C-1',
            subscription: 'b',
            since: noon,
            monthly_cost: '0.1',
            currency: 'EUR',
          },
          {
            customer_id: 'C-2',
            subscription: 'a',
            since: noon,
            monthly_cost: '0.2',
            currency: 'EUR',
          },
          {
            customer_id: 'C-2',
            subscription: 'b',
            since: noon,
            monthly_cost: '3',
            currency: 'USD',
          },
          { customer_id: 'C-3', subscription: 'a', since: noon, currency: 'CHF' },
        );
        expect(await store.doubleBillingTrend([noon])).toEqual([
          {
            at: noon,
            subscriptions: 5,
            customers: 3,
            monthlyCost: { '': '412.50', EUR: '0.3', USD: '3' },
          },
        ]);
      });

      test('times out of their order are a mistake of the caller', async () => {
        await expect(store.doubleBillingTrend([later(1), noon])).rejects.toThrow('in their order');
      });

      test('says of any spans what counting them one by one says', async () => {
        const spans = manySpans();
        await put(...spans);
        const times = Array.from({ length: 30 }, (_, index) => later(index * 10));
        expect(await store.doubleBillingTrend(times)).toEqual(
          times.map((at) => counted(spans, at)),
        );
      });
    });
  });
}

/** Overlapping, touching, empty and open ones; the same every time. */
function manySpans(): readonly (Span & { readonly since: Date })[] {
  let state = 7;
  const below = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
  return Array.from({ length: 600 }, (_, index) => {
    const since = below(35) * 10 - 30 + below(2);
    const cost = below(4);
    return {
      customer_id: `C-${1 + below(3)}`,
      subscription: `p${index}`,
      since: later(since),
      ...(below(3) === 0 ? {} : { until: later(since + below(12) * 10) }),
      ...(cost === 0 ? {} : { monthly_cost: `${cost}.25`, currency: below(2) ? 'EUR' : 'USD' }),
    };
  });
}

function counted(
  spans: readonly (Span & { readonly since: Date })[],
  at: Date,
): DoubleBillingTrendPoint {
  const open = spans.filter(
    ({ since, until }) => since <= at && (until === undefined || at < until),
  );
  const cents: Record<string, number> = {};
  for (const { monthly_cost, currency = '' } of open) {
    if (monthly_cost === undefined) continue;
    cents[currency] = (cents[currency] ?? 0) + Number(monthly_cost) * 100;
  }
  return {
    at,
    subscriptions: open.length,
    customers: new Set(open.map((span) => span.customer_id)).size,
    monthlyCost: Object.fromEntries(
      Object.entries(cents).map(([currency, sum]) => [currency, (sum / 100).toFixed(2)]),
    ),
  };
}
