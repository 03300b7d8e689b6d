/** What a file leaves empty in a record that another system has spoken about. */
import { describe, expect, test } from 'vitest';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { keepFacts } from '../../src/core/keep-facts.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const known: SubscriptionTransition = {
  product: 'Office 365 E3',
  advisorSubscriptionId: id(1),
  advisorStatus: 'active',
  licensesAssigned: 12,
  cspStatus: 'active',
  cspSubscriptionId: id(2),
  cspLicensesAssigned: 12,
};
const before: Customer = {
  id: 'c',
  name: 'Contoso',
  tenantId: id(9),
  tenantDomain: 'contoso.example',
  otherDomains: ['contoso.co.example'],
  contacts: [{ address: 'ana@contoso.example' }],
  country: 'DE',
  partnerApproved: true,
  partnerApprovedOn: '2026-10-01',
  subscriptions: [known],
};
const bare: Customer = {
  id: 'c',
  name: 'Contoso',
  otherDomains: [],
  contacts: [],
  subscriptions: [{ product: 'Office 365 E3' }],
};
const withSubscriptions = (...subscriptions: SubscriptionTransition[]): Customer => ({
  ...bare,
  subscriptions,
});

describe('what the file leaves empty', () => {
  test('stays where a system may have said it', () => {
    expect(keepFacts(before, bare)).toEqual({
      ...before,
      contacts: [],
      subscriptions: [
        {
          product: 'Office 365 E3',
          advisorSubscriptionId: id(1),
          advisorStatus: 'active',
          cspStatus: 'active',
          cspSubscriptionId: id(2),
          cspLicensesAssigned: 12,
        },
      ],
    });
  });

  test('is unknown where only people can say it: contacts, licenses assigned in the old one', () => {
    const { contacts, subscriptions } = keepFacts(before, bare);
    expect(contacts).toEqual([]);
    expect(subscriptions[0]).not.toHaveProperty('licensesAssigned');
  });
});

describe('what the file says', () => {
  test('wins', () => {
    const file: Customer = {
      ...bare,
      tenantDomain: 'new.example',
      otherDomains: ['other.example'],
      partnerApproved: false,
      subscriptions: [{ product: 'Office 365 E3', cspStatus: 'suspended' }],
    };
    const { partnerApprovedOn, ...kept } = keepFacts(before, file);
    expect(partnerApprovedOn).toBeUndefined();
    expect(kept).toMatchObject({
      tenantDomain: 'new.example',
      otherDomains: ['other.example'],
      partnerApproved: false,
      subscriptions: [{ cspStatus: 'suspended', cspSubscriptionId: id(2) }],
    });
  });

  test('decides which subscriptions belong to the move', () => {
    const file = withSubscriptions({ product: 'Visio Plan 2' });
    expect(keepFacts(before, file).subscriptions).toEqual([{ product: 'Visio Plan 2' }]);
  });
});

describe('which subscription is which', () => {
  test.each<[string, Customer, SubscriptionTransition[], (string | undefined)[]]>([
    [
      'by its id, under another name',
      before,
      [{ product: 'Microsoft 365 E3', advisorSubscriptionId: id(1) }],
      ['active'],
    ],
    ['by its name, in other capitals', before, [{ product: 'office 365 e3' }], ['active']],
    [
      'of another id it is another one',
      before,
      [{ product: 'Office 365 E3', advisorSubscriptionId: id(5) }],
      [undefined],
    ],
    [
      'two of a name in the file are not told apart',
      before,
      [{ product: 'Office 365 E3' }, { product: 'Office 365 E3', advisorSubscriptionId: id(5) }],
      [undefined, undefined],
    ],
    [
      'two of a name in the record are not told apart',
      { ...before, subscriptions: [known, { ...known, advisorSubscriptionId: id(7) }] },
      [{ product: 'Office 365 E3' }],
      [undefined],
    ],
  ])('%s', (_, record, subscriptions, expected) => {
    const kept = keepFacts(record, withSubscriptions(...subscriptions)).subscriptions;
    expect(kept.map(({ cspStatus }) => cspStatus)).toEqual(expected);
  });
});

test('the same file again says the same', () => {
  const once = keepFacts(before, bare);
  expect(keepFacts(once, bare)).toEqual(once);
});
