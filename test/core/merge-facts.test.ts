/**
 * The merge rule: what a system may change in a record, what it may not, and what only a person can tell.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { advisorStatuses, cspStatuses, transitionStatuses } from '../../src/core/customer.ts';
import { customerListMax } from '../../src/core/limits.ts';
import { mergeFacts } from '../../src/core/merge-facts.ts';
import { productKeys } from '../../src/core/product-name.ts';
import type { CustomerFacts, SubscriptionFacts } from '../../src/core/record-facts.ts';

const tenantId = '11111111-1111-4111-8111-111111111111';
const [old, next, other] = ['aaaa', 'bbbb', 'cccc'];
const standard = 'Microsoft 365 Business Standard';
const keyOf = productKeys([['Office 365 Business Premium', standard]]);

function recordOf(...subscriptions: SubscriptionTransition[]): Customer {
  return { id: 'C-1', name: 'Contoso', tenantId, otherDomains: [], contacts: [], subscriptions };
}

function factsOf(subscriptions: readonly SubscriptionFacts[], more: Partial<CustomerFacts> = {}) {
  return { tenantId, subscriptions, complete: [], ...more } satisfies CustomerFacts;
}

const direct = (more: Partial<SubscriptionFacts> = {}): SubscriptionFacts => ({
  channel: 'direct',
  subscriptionId: old,
  product: standard,
  advisorStatus: 'active',
  ...more,
});
const csp = (more: Partial<SubscriptionFacts> = {}): SubscriptionFacts => ({
  channel: 'csp',
  subscriptionId: next,
  product: standard,
  cspStatus: 'active',
  ...more,
});

const merge = (before: Customer | undefined, facts: CustomerFacts) =>
  mergeFacts(before, facts, keyOf);
const rowsOf = (before: Customer, facts: CustomerFacts) =>
  merge(before, facts).customer?.subscriptions;

describe('a tenant that no record knows', () => {
  test('is not ours without a direct subscription that runs', () => {
    expect(merge(undefined, factsOf([csp()]))).toEqual({ conflicts: [] });
    const ended = factsOf([direct({ advisorStatus: 'cancelled' })]);
    expect(merge(undefined, ended).customer).toBeUndefined();
    const { product: _unnamed, ...nameless } = direct();
    expect(merge(undefined, factsOf([nameless])).customer).toBeUndefined();
  });

  test('becomes a customer under its tenant id, with both sides of the move', () => {
    const facts = factsOf([direct({ licensesTotal: 22 }), csp({ licensesAssigned: 20 })], {
      name: 'Contoso Ltd.',
      tenantDomain: 'contoso.onmicrosoft.example',
      otherDomains: ['contoso.example'],
      country: 'DE',
      partnerApproved: true,
    });
    expect(merge(undefined, facts)).toEqual({
      conflicts: [],
      customer: {
        id: tenantId,
        name: 'Contoso Ltd.',
        tenantId,
        tenantDomain: 'contoso.onmicrosoft.example',
        otherDomains: ['contoso.example'],
        contacts: [],
        country: 'DE',
        partnerApproved: true,
        subscriptions: [
          {
            product: standard,
            advisorSubscriptionId: old,
            advisorStatus: 'active',
            licensesTotal: 22,
            cspSubscriptionId: next,
            cspStatus: 'active',
            cspLicensesAssigned: 20,
          },
        ],
      },
    });
  });
});

describe('subscriptions are joined', () => {
  test('by their id, whatever they are called', () => {
    const before = recordOf({ product: 'E3', advisorSubscriptionId: old, advisorStatus: 'active' });
    expect(rowsOf(before, factsOf([direct({ advisorStatus: 'cancelled' })]))).toEqual([
      { product: 'E3', advisorSubscriptionId: old, advisorStatus: 'cancelled' },
    ]);
  });

  test('by the product, also under its older name, where one row has no id', () => {
    const before = recordOf({ product: 'Office 365 Business Premium' }, { product: 'Visio' });
    expect(rowsOf(before, factsOf([direct(), csp()]))).toEqual([
      {
        product: 'Office 365 Business Premium',
        advisorSubscriptionId: old,
        advisorStatus: 'active',
        cspSubscriptionId: next,
        cspStatus: 'active',
      },
      { product: 'Visio' },
    ]);
  });

  test.each<[string, SubscriptionTransition[], SubscriptionFacts[], RegExp]>([
    ['two rows fit', [{ product: standard }, { product: standard }], [csp()], /2 rows/],
    [
      'two subscriptions fit',
      [{ product: standard }],
      [direct(), direct({ subscriptionId: other })],
      /2 old subscriptions and 1 rows/,
    ],
    [
      'two rows have the id',
      [
        { product: standard, cspSubscriptionId: next },
        { product: 'Visio', cspSubscriptionId: next },
      ],
      [csp({ cspStatus: 'suspended' })],
      /several rows/,
    ],
    [
      'the record has it on the other side',
      [{ product: standard, advisorSubscriptionId: next, cspStatus: 'ordered' }],
      [csp()],
      /is the new one, but the record has it as the old one/,
    ],
    [
      'a direct subscription that the record does not have',
      [{ product: standard, advisorSubscriptionId: old }],
      [direct({ subscriptionId: other })],
      /the direct subscription cccc is not in the record/,
    ],
    ['it is shown twice', [{ product: standard }], [csp(), csp()], /shown 2 times/],
  ])('not where %s: the desk is told', (_name, rows, shown, sentence) => {
    const merged = merge(recordOf(...rows), factsOf(shown));
    expect(merged.customer?.subscriptions).toEqual(rows);
    expect(merged.conflicts).toEqual([expect.stringMatching(sentence)]);
  });

  test('a subscription that has ended is not told by its product', () => {
    const before = recordOf({ product: standard, advisorStatus: 'active' });
    const ended = [direct({ advisorStatus: 'cancelled' }), csp({ cspStatus: 'none' })];
    expect(merge(before, factsOf(ended))).toEqual({ customer: before, conflicts: [] });
  });

  test('a new subscription without an old one is no move', () => {
    const before = recordOf({ product: 'Visio' });
    expect(merge(before, factsOf([csp()]))).toEqual({ customer: before, conflicts: [] });
  });

  test('a state that the source does not know is no fact', () => {
    const before = recordOf({ product: standard, cspSubscriptionId: next, cspStatus: 'active' });
    const { cspStatus: _unknown, ...stateless } = csp();
    expect(merge(before, factsOf([stateless])).customer).toEqual(before);
  });
});

describe('subscriptions that are no longer shown', () => {
  const before = recordOf({
    product: standard,
    advisorSubscriptionId: old,
    advisorStatus: 'active',
    cspSubscriptionId: next,
    cspStatus: 'active',
  });

  test('a new one is gone where the source shows all of them', () => {
    const merged = merge(before, factsOf([], { complete: ['csp'] }));
    expect(merged.customer?.subscriptions[0]?.cspStatus).toBe('none');
    expect(merge(before, factsOf([])).customer).toEqual(before);
  });

  test('a new one that may have a successor is for the desk', () => {
    const facts = factsOf([csp({ subscriptionId: other })], { complete: ['csp'] });
    const merged = merge(before, facts);
    expect(merged.customer).toEqual(before);
    expect(merged.conflicts).toEqual([expect.stringMatching(/instead of bbbb/)]);
  });

  test('an old one is not thereby cancelled', () => {
    const merged = merge(before, factsOf([csp()], { complete: ['direct', 'csp'] }));
    expect(merged.customer).toEqual(before);
    expect(merged.conflicts).toEqual([expect.stringMatching(/aaaa is no longer shown/)]);
  });
});

describe('what people wrote', () => {
  const written: Customer = {
    ...recordOf({
      product: standard,
      advisorSubscriptionId: old,
      advisorStatus: 'active',
      billing: 'card',
      licensesAssigned: 12,
      monthlyCost: '412.50',
      currency: 'EUR',
      transitionStatus: 'stopped',
    }),
    tenantDomain: 'contoso.onmicrosoft.example',
    locale: 'de',
    country: 'AT',
    partnerApproved: true,
    partnerApprovedOn: '2026-01-15',
    approvalLink: 'https://partner.example/approve',
    accountManager: 'kim@partner.example',
    contacts: [{ address: 'ana@contoso.example' }],
  };

  test('stays, and only gaps are filled', () => {
    const facts = factsOf([direct({ licensesAssigned: 99, advisorStatus: 'expired' })], {
      name: 'CONTOSO LTD',
      tenantDomain: 'contoso2.onmicrosoft.example',
      otherDomains: ['contoso.example', 'contoso.onmicrosoft.example', 'contoso.example'],
      country: 'DE',
      approvalLink: 'https://elsewhere.example/',
    });
    expect(merge(written, facts).customer).toEqual({
      ...written,
      otherDomains: ['contoso2.onmicrosoft.example', 'contoso.example'],
      subscriptions: [{ ...written.subscriptions[0], advisorStatus: 'expired' }],
    });
  });

  test('an approval is never taken back, and the desk is told', () => {
    const merged = merge(written, factsOf([], { partnerApproved: false }));
    expect(merged.customer?.partnerApproved).toBe(true);
    expect(merged.conflicts).toEqual([expect.stringMatching(/relationship is gone/)]);
    const silent = merge(recordOf(), factsOf([], { partnerApproved: false }));
    expect(silent.customer?.partnerApproved).toBe(false);
    expect(merge(silent.customer, factsOf([], { partnerApproved: true })).customer).toMatchObject({
      partnerApproved: true,
    });
  });

  test('domains are added up to the limit, and none of the record is dropped', () => {
    const many = Array.from({ length: customerListMax + 1 }, (_, at) => `d${at}.example`);
    const merged = merge(recordOf(), factsOf([], { otherDomains: many })).customer;
    expect(merged?.otherDomains).toHaveLength(customerListMax);
    const full = { ...recordOf(), otherDomains: many };
    expect(merge(full, factsOf([], { otherDomains: ['e.example'] })).customer).toEqual(full);
  });
});

const words = ['alpha', 'beta', standard, 'Office 365 Business Premium'];
const ids = [old, next, other, 'dddd'];
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const without = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));

const rows = fc
  .record({
    product: fc.constantFrom(...words),
    advisorSubscriptionId: maybe(fc.constantFrom(...ids)),
    advisorStatus: maybe(fc.constantFrom(...advisorStatuses)),
    licensesAssigned: maybe(fc.nat(30)),
    licensesTotal: maybe(fc.nat(30)),
    cspStatus: maybe(fc.constantFrom(...cspStatuses)),
    cspSubscriptionId: maybe(fc.constantFrom(...ids)),
    cspLicensesAssigned: maybe(fc.nat(30)),
    monthlyCost: maybe(fc.constant('1.00')),
    transitionStatus: maybe(fc.constantFrom(...transitionStatuses)),
  })
  .map((row) => without(row) as unknown as SubscriptionTransition);
const customers = fc
  .record({
    partnerApproved: maybe(fc.boolean()),
    tenantDomain: maybe(fc.constantFrom('a.example', 'b.example')),
    locale: maybe(fc.constant('de')),
    subscriptions: fc.array(rows, { maxLength: 4 }),
  })
  .map((more) => ({ ...recordOf(), ...without(more) }) as Customer);
const facts = fc
  .record({
    tenantDomain: maybe(fc.constantFrom('a.example', 'c.example')),
    otherDomains: maybe(fc.uniqueArray(fc.constantFrom('a.example', 'd.example'))),
    partnerApproved: maybe(fc.boolean()),
    complete: fc.uniqueArray(fc.constantFrom('direct' as const, 'csp' as const)),
    subscriptions: fc.array(
      fc
        .record({
          channel: fc.constantFrom('direct' as const, 'csp' as const),
          subscriptionId: fc.constantFrom(...ids),
          product: maybe(fc.constantFrom(...words)),
          advisorStatus: maybe(fc.constantFrom(...advisorStatuses)),
          cspStatus: maybe(fc.constantFrom(...cspStatuses)),
          licensesAssigned: maybe(fc.nat(30)),
          licensesTotal: maybe(fc.nat(30)),
        })
        .map((one) => without(one) as unknown as SubscriptionFacts),
      { maxLength: 5 },
    ),
  })
  .map((more) => ({ tenantId, ...without(more) }) as unknown as CustomerFacts);

describe('for every record and all facts', () => {
  test('merging the same facts twice changes nothing', () => {
    fc.assert(
      fc.property(fc.option(customers, { nil: undefined }), facts, (before, shown) => {
        const once = merge(before, shown);
        if (once.customer === undefined) return;
        expect(merge(once.customer, shown).customer).toEqual(once.customer);
      }),
      { numRuns: 2_000 },
    );
  });

  test('nothing the record says is erased, and what is not the system’s stays as it is', () => {
    fc.assert(
      fc.property(customers, facts, (before, shown) => {
        const after = merge(before, shown).customer;
        expect(after).toMatchObject({ id: before.id, name: before.name, contacts: [] });
        for (const key of Object.keys(before)) expect(after).toHaveProperty(key);
        expect(after?.locale).toBe(before.locale);
        if (before.subscriptions.length === 0) return;
        expect(after?.subscriptions).toHaveLength(before.subscriptions.length);
        for (const [index, row] of before.subscriptions.entries()) {
          const now = after?.subscriptions[index];
          for (const key of Object.keys(row)) expect(now).toHaveProperty(key);
          const { product, licensesAssigned, monthlyCost, transitionStatus } = row;
          expect(now).toMatchObject(
            without({ product, licensesAssigned, monthlyCost, transitionStatus }),
          );
          expect(now?.licensesAssigned).toBe(licensesAssigned);
          if (row.advisorSubscriptionId !== undefined)
            expect(now?.advisorSubscriptionId).toBe(row.advisorSubscriptionId);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('no old subscription is called cancelled unless the source says so of it', () => {
    fc.assert(
      fc.property(customers, facts, (before, shown) => {
        const cancelled = new Set(
          shown.subscriptions
            .filter((one) => one.advisorStatus === 'cancelled')
            .map((one) => one.subscriptionId),
        );
        const after = merge(before, shown).customer;
        for (const [index, row] of before.subscriptions.entries()) {
          const now = after?.subscriptions[index];
          if (now?.advisorStatus !== 'cancelled' || row.advisorStatus === 'cancelled') continue;
          expect(cancelled).toContain(now.advisorSubscriptionId);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a state of some days or weeks ago', () => {
  const bought = { product: standard, cspSubscriptionId: next };
  const late = { isDelayed: true } as const;

  test.each(['suspended', 'none'] as const)(
    'does not make a new subscription active that the record saw become %s',
    (cspStatus) => {
      const before = recordOf({ ...bought, cspStatus });
      const { customer, conflicts } = merge(
        before,
        factsOf([csp({ ...late, licensesAssigned: 3 })]),
      );
      expect(customer?.subscriptions).toEqual([{ ...bought, cspStatus, cspLicensesAssigned: 3 }]);
      expect(conflicts).toEqual([
        `${standard}: the record has the new subscription as ${cspStatus}, and a report that comes late as active`,
      ]);
    },
  );

  test('does not bring an old subscription back that was cancelled', () => {
    const before = recordOf({
      product: standard,
      advisorSubscriptionId: old,
      advisorStatus: 'cancelled',
    });
    const { customer, conflicts } = merge(before, factsOf([direct(late)]));
    expect(customer).toEqual(before);
    expect(conflicts).toHaveLength(1);
  });

  test('does not make a subscription ordered that is active', () => {
    const before = recordOf({ ...bought, cspStatus: 'active' });
    const facts = factsOf([csp({ ...late, cspStatus: 'ordered' })]);
    expect(merge(before, facts).customer).toEqual(before);
  });

  test('says that a subscription has begun, and that it has ended', () => {
    const begun = rowsOf(recordOf({ product: standard, cspStatus: 'none' }), factsOf([csp(late)]));
    expect(begun).toEqual([{ ...bought, cspStatus: 'active' }]);
    const ordered = recordOf({ ...bought, cspStatus: 'ordered' });
    expect(rowsOf(ordered, factsOf([csp(late)]))?.[0]?.cspStatus).toBe('active');
    const active = recordOf({ ...bought, cspStatus: 'active' });
    const ended = factsOf([csp({ ...late, cspStatus: 'none' })]);
    expect(rowsOf(active, ended)?.[0]?.cspStatus).toBe('none');
  });

  test('of today it may be active again', () => {
    const before = recordOf({ ...bought, cspStatus: 'suspended' });
    expect(rowsOf(before, factsOf([csp()]))?.[0]?.cspStatus).toBe('active');
  });
});
