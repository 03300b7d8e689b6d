/**
 * The keys a customer is found by, and an index over customers held in memory (`classify --customers`).
 *
 * The store keeps the same keys in a table, so that both find the same candidates.
 */
import { normalizeAddress } from './address.ts';
import { type Customer, verifiedDomains } from './customer.ts';
import { candidatesMax } from './limits.ts';
import { type MatchKeys, normalizeOrganization } from './match.ts';

/** Strongest first: when there are too many candidates, the weak ones are left out. */
export const keyKinds = ['subscription', 'tenant', 'domain', 'address', 'organization'] as const;
export type KeyKind = (typeof keyKinds)[number];

export interface CustomerKey {
  readonly kind: KeyKind;
  readonly value: string;
}

/** The keys of a record, each once. */
export function customerKeys(customer: Customer): readonly CustomerKey[] {
  const values: Readonly<Record<KeyKind, readonly (string | undefined)[]>> = {
    subscription: customer.subscriptions.flatMap((subscription) => [
      subscription.advisorSubscriptionId,
      subscription.cspSubscriptionId,
    ]),
    tenant: [customer.tenantId],
    domain: verifiedDomains(customer),
    address: customer.contacts.map((contact) => normalizeAddress(contact.address)),
    organization: [normalizeOrganization(customer.name)],
  };
  return keyKinds.flatMap((kind) =>
    [...new Set(values[kind])].flatMap((value) =>
      value === undefined || value === '' ? [] : [{ kind, value }],
    ),
  );
}

/** The keys of a mail in the same form, strongest first. */
export function askedKeys(keys: MatchKeys): readonly CustomerKey[] {
  const values: Readonly<Record<KeyKind, readonly string[]>> = {
    subscription: keys.subscriptionIds,
    tenant: keys.tenantIds,
    domain: keys.domains,
    address: keys.addresses,
    organization: keys.organizations,
  };
  return keyKinds.flatMap((kind) => values[kind].map((value) => ({ kind, value })));
}

/** Builds the index; the answer's cost does not grow with the number of customers. */
export function indexCustomers(
  customers: readonly Customer[],
): (keys: MatchKeys) => Promise<readonly Customer[]> {
  const index = new Map<string, Customer[]>();
  for (const customer of customers) {
    for (const { kind, value } of customerKeys(customer)) {
      const key = `${kind}\n${value}`;
      const known = index.get(key);
      if (known === undefined) index.set(key, [customer]);
      else if (known.length < candidatesMax) known.push(customer);
    }
  }
  return async (keys) => {
    const found = new Set<Customer>();
    for (const { kind, value } of askedKeys(keys)) {
      for (const customer of index.get(`${kind}\n${value}`) ?? []) found.add(customer);
    }
    return [...found].slice(0, candidatesMax);
  };
}
