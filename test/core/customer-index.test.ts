/** The keys a customer is found by: each once, strongest first, bounded. */
import { describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import { askedKeys, customerKeys, indexCustomers } from '../../src/core/customer-index.ts';
import { candidatesMax, nameNeighboursMax, similarNamesMax } from '../../src/core/limits.ts';
import type { MatchKeys } from '../../src/core/match.ts';
import { normalizeOrganization } from '../../src/core/organization-name.ts';
import { customers } from '../support/sample-desk.ts';

const none: MatchKeys = {
  subscriptionIds: [],
  tenantIds: [],
  domains: [],
  addresses: [],
  organizations: [],
};

const bare = (id: string, changes: Partial<Customer> = {}): Customer => ({
  id,
  name: id,
  otherDomains: [],
  contacts: [],
  subscriptions: [],
  ...changes,
});

test('a record has each of its keys once', () => {
  const found = customerKeys(
    bare('A Ltd', {
      tenantDomain: 'a.example',
      tenantId: 't',
      otherDomains: ['a.example', 'b.example'],
      contacts: [{ address: 'X@A.example' }, { address: 'x@a.example' }],
      subscriptions: [
        { product: 'p', advisorSubscriptionId: 's1', cspSubscriptionId: 's2' },
        { product: 'q', advisorSubscriptionId: 's1' },
      ],
    }),
  );
  expect(found.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
    'subscription s1',
    'subscription s2',
    'tenant t',
    'domain a.example',
    'domain b.example',
    'address x@a.example',
    'organization a',
  ]);
});

test('a value that is not there is no key', () => {
  expect(customerKeys(bare('!!!'))).toEqual([]);
});

test('a mail asks strongest first', () => {
  const asked = askedKeys({
    ...none,
    organizations: ['o'],
    subscriptionIds: ['s'],
    domains: ['d'],
  });
  expect(asked.map(({ kind }) => kind)).toEqual(['subscription', 'domain', 'organization']);
});

test('every sample customer is found by every one of its keys', async () => {
  const { findCandidates: find } = indexCustomers(customers);
  for (const customer of customers) {
    for (const { kind, value } of customerKeys(customer)) {
      const keys = {
        ...none,
        ...(kind === 'subscription' ? { subscriptionIds: [value] } : {}),
        ...(kind === 'tenant' ? { tenantIds: [value] } : {}),
        ...(kind === 'domain' ? { domains: [value] } : {}),
        ...(kind === 'address' ? { addresses: [value] } : {}),
        ...(kind === 'organization' ? { organizations: [value] } : {}),
      };
      expect(await find(keys)).toContain(customer);
    }
  }
});

test('a key of one kind finds nothing of another', async () => {
  const { findCandidates: find } = indexCustomers([bare('a', { tenantId: 'x' })]);
  expect(await find({ ...none, subscriptionIds: ['x'] })).toEqual([]);
});

test('a customer found by two keys comes once', async () => {
  const { findCandidates: find } = indexCustomers([
    bare('a', { tenantId: 't', tenantDomain: 'a.example' }),
  ]);
  expect(await find({ ...none, tenantIds: ['t'], domains: ['a.example'] })).toHaveLength(1);
});

test('a crowd at one domain does not push out the one whom an id names', async () => {
  const crowd = Array.from({ length: candidatesMax * 2 }, (_, n) =>
    bare(`c${n}`, { tenantDomain: 'crowd.example' }),
  );
  const named = bare('named', { tenantId: 't' });
  const found = await indexCustomers([...crowd, named]).findCandidates({
    ...none,
    tenantIds: ['t'],
    domains: ['crowd.example'],
  });
  expect(found).toHaveLength(candidatesMax);
  expect(found).toContain(named);
});

describe('names that are alike, in memory', () => {
  const named = (name: string) => bare(name, { name });
  const find = async (asked: string, names: readonly string[]) =>
    (await indexCustomers(names.map(named)).findSimilar(normalizeOrganization(asked))).map(
      ({ name }) => name,
    );

  test('the most alike come first, and what is not alike does not come', async () => {
    const names = ['Contoso Austria', 'Contoso', 'Fabrikam', 'Contosso Austria AG', 'Adventure'];
    expect(await find('Contoso Austria', names)).toEqual([
      'Contoso Austria',
      'Contosso Austria AG',
      'Contoso',
    ]);
  });

  test('a few at most', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `Contoso Consulting ${n}`);
    expect(await find('Contoso Consulting', names)).toHaveLength(similarNamesMax);
  });

  test.each([
    ['a slip at its beginning', 'Zantoso Consulting'],
    ['a slip at its end', 'Contoso Consultinx'],
    ['a slip in the middle', 'Contoso Kconsulting'],
    ['a word more in front', 'Neue Contoso Consulting'],
    ['a word more behind', 'Contoso Consulting Nord'],
  ])('is found in a crowd by %s', async (_, asked) => {
    const crowd = Array.from({ length: nameNeighboursMax * 20 }, (_, n) => `Firm ${n} Logistics`);
    expect(await find(asked, [...crowd, 'Contoso Consulting'])).toEqual(['Contoso Consulting']);
  });

  test.each(['', '!!!', 'x'])('nothing is like “%s”', async (asked) => {
    expect(await find(asked, ['Contoso', '!!!'])).toEqual([]);
  });
});
