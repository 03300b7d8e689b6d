/**
 * The lines of the report: days, costs, and whose move it is.
 */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../src/core/amount.ts';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import {
  amountText,
  type OpenBilling,
  type ReportLine,
  ReportTotals,
  reportLines,
} from '../../src/core/report.ts';

const ready: SubscriptionTransition = {
  product: 'Office 365 E3',
  advisorSubscriptionId: '22222222-2222-4222-8222-222222222222',
  advisorStatus: 'active',
  licensesAssigned: 12,
  cspStatus: 'active',
  cspLicensesAssigned: 12,
};

function customerWith(
  subscription: Partial<SubscriptionTransition> = {},
  more: Partial<Customer> = {},
): Customer {
  return {
    id: 'C-1',
    name: 'Contoso Ltd.',
    otherDomains: [],
    contacts: [],
    partnerApproved: true,
    subscriptions: [{ ...ready, ...subscription }],
    ...more,
  };
}

function lineOf(
  billing: Partial<OpenBilling> = {},
  at: { readonly now?: string; readonly timeZone?: string } = {},
): ReportLine {
  const { now = '2026-03-02T12:00:00Z', timeZone = 'UTC' } = at;
  return reportLines({ now: new Date(now), timeZone, portalLicensesBelow: 25 })({
    customer: customerWith(),
    subscription: 'office 365 e3',
    since: new Date('2026-03-01T12:00:00Z'),
    ...billing,
  });
}

describe('days', () => {
  test.each([
    ['the same day', '2026-03-01T00:00:00Z', '2026-03-01T23:59:59.999Z', 'UTC', 0],
    ['a millisecond over midnight', '2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00Z', 'UTC', 1],
    ['just under 48 hours', '2026-03-01T00:00:00Z', '2026-03-02T23:59:59Z', 'UTC', 1],
    [
      'midnight of the partner, not of UTC',
      '2026-03-01T22:59:00Z',
      '2026-03-01T23:00:00Z',
      'Europe/Berlin',
      1,
    ],
    [
      'one day of the partner on two of UTC',
      '2026-03-01T23:00:00Z',
      '2026-03-02T22:59:00Z',
      'Europe/Berlin',
      0,
    ],
    ['over a leap day', '2028-02-28T12:00:00Z', '2028-03-01T12:00:00Z', 'UTC', 2],
    ['over no leap day', '2027-02-28T12:00:00Z', '2027-03-01T12:00:00Z', 'UTC', 1],
    ['over a day of 23 hours', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z', 'Europe/Berlin', 2],
    ['a clock that runs ahead', '2026-03-02T12:00:00Z', '2026-03-01T12:00:00Z', 'UTC', 0],
  ])('%s', (_, since, now, timeZone, days) => {
    expect(lineOf({ since: new Date(since) }, { now, timeZone }).days).toBe(days);
  });
});

describe('cost', () => {
  test('of the days so far', () => {
    const since = new Date('2026-02-20T12:00:00Z');
    const line = lineOf({ since, monthlyCost: '412.5', currency: 'EUR' });
    expect([line.days, amountText(line.monthlyCost), amountText(line.paidTwice)]).toEqual([
      10,
      '412.50',
      '135.62',
    ]);
    expect(line.currency).toBe('EUR');
  });

  test('what is unknown stays unknown', () => {
    const line = lineOf({ currency: 'EUR' });
    expect(line).not.toHaveProperty('monthlyCost');
    expect(line).not.toHaveProperty('paidTwice');
    expect(lineOf({ monthlyCost: 'NaN' })).not.toHaveProperty('monthlyCost');
  });
});

describe('whose move it is', () => {
  test.each<[string, Partial<SubscriptionTransition>, Partial<Customer>, string, string]>([
    ['few licenses', {}, {}, 'customer', 'cancel-portal'],
    [
      'many licenses',
      { licensesAssigned: 25, cspLicensesAssigned: 25 },
      {},
      'customer',
      'cancel-phone',
    ],
    [
      'an agreement by term',
      { billingAccount: 'mca', advisorRenewsOn: '2026-12-01' },
      {},
      'customer',
      'stop-renewal',
    ],
    ['too few new licenses', { cspLicensesAssigned: 11 }, {}, 'partner', 'wait-for-csp'],
    ['a suspended new subscription', { cspStatus: 'suspended' }, {}, 'partner', 'wait-for-csp'],
    [
      'a move that was stopped',
      { transitionStatus: 'stopped' },
      {},
      'partner',
      'review-transition-stopped',
    ],
    ['a contradiction', {}, { partnerApproved: false }, 'partner', 'review-contradictory-record'],
  ])('%s', (_, subscription, customer, move, code) => {
    const line = lineOf({ customer: customerWith(subscription, customer) });
    expect([line.move, line.code]).toEqual([move, code]);
  });

  test('licenses that nobody counted are the customer’s move as well as can be told', () => {
    const { licensesAssigned: _unknown, ...rest } = ready;
    const line = lineOf({ customer: customerWith({}, { subscriptions: [rest] }) });
    expect([line.move, line.code]).toEqual(['customer', 'cancel-unknown-licenses']);
  });

  test('a record that lacks something is the partner’s, with what it lacks', () => {
    const { cspLicensesAssigned: _unknown, ...rest } = ready;
    const line = lineOf({ customer: customerWith({}, { subscriptions: [rest] }) });
    expect([line.move, line.code, line.outstanding]).toEqual([
      'partner',
      'review-incomplete-record',
      'complete the record: csp_licenses_assigned is unknown',
    ]);
  });

  test('a bad line of the same customer does not hide this one', () => {
    const customer = customerWith({}, { subscriptions: [{ product: 'EMS E3' }, ready] });
    expect(lineOf({ customer })).toMatchObject({
      product: 'Office 365 E3',
      move: 'customer',
      code: 'cancel-portal',
      advisorSubscriptionId: ready.advisorSubscriptionId,
    });
  });

  test('the second of two of one product is told from the first', () => {
    const second = { ...ready, cspStatus: 'suspended', advisorSubscriptionId: 'second' } as const;
    const customer = customerWith({}, { subscriptions: [ready, second] });
    expect(lineOf({ customer, subscription: 'office 365 e3 #2' })).toMatchObject({
      advisorSubscriptionId: 'second',
      code: 'wait-for-csp',
    });
  });

  test('a subscription that the record has no more is the partner’s', () => {
    expect(lineOf({ subscription: 'project online' })).toMatchObject({
      product: 'project online',
      move: 'partner',
      code: 'review-incomplete-record',
    });
  });
});

describe('totals', () => {
  function totalsOf(...billings: readonly Partial<OpenBilling>[]): ReportTotals {
    const totals = new ReportTotals();
    for (const billing of billings) totals.add(lineOf(billing));
    return totals;
  }

  test('never add two currencies, nor an unknown cost', () => {
    const totals = totalsOf(
      { monthlyCost: '100', currency: 'EUR' },
      { monthlyCost: '200.25', currency: 'EUR' },
      { monthlyCost: '50', currency: 'CHF' },
      { monthlyCost: '7' },
      { currency: 'EUR' },
    );
    const shown = totals
      .groups()
      .map((group) => [
        group.currency,
        group.subscriptions,
        group.withoutCost,
        formatAmount(group.monthlyCost),
        formatAmount(group.paidTwice),
      ]);
    expect(shown).toEqual([
      ['CHF', 1, 0, '50.00', '1.64'],
      ['EUR', 3, 1, '300.25', '9.87'],
      [undefined, 1, 0, '7.00', '0.23'],
    ]);
    expect([totals.subscriptions, totals.customers, totals.withoutCost]).toEqual([5, 1, 1]);
  });

  test('tell whose move it is apart, and count a customer once', () => {
    const waiting = customerWith({ cspStatus: 'suspended' }, { id: 'C-2' });
    const totals = totalsOf({ customer: waiting, currency: 'EUR' }, { currency: 'EUR' }, {});
    expect(totals.groups().map(({ move, subscriptions }) => [move, subscriptions])).toEqual([
      ['customer', 1],
      ['customer', 1],
      ['partner', 1],
    ]);
    expect(totals.customers).toBe(2);
  });
});
