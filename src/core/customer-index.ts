/**
 * The keys a customer is found by, and an index over customers held in memory (`classify --customers`).
 *
 * The store keeps the same keys in a table, so that both find the same candidates.
 */
import { normalizeAddress } from './address.ts';
import { type Customer, verifiedDomains } from './customer.ts';
import { candidatesMax, nameNeighboursMax, namesakesMax, similarNamesMax } from './limits.ts';
import { likenessMin, type MatchKeys } from './match.ts';
import { nameSimilarity, normalizeOrganization } from './organization-name.ts';

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

/** Finds customers, by keys or by a name that is alike; over the store, or over records in memory. */
export interface CustomerFinder {
  /** Customers that any of the keys names, at most `candidatesMax`. */
  findCandidates(keys: MatchKeys): Promise<readonly Customer[]>;
  /**
   * Customers whose normalised name shares at least `likenessMin` of its trigrams with this one, the most alike
   * first, at most `similarNamesMax`: among those that begin or end most like it, so that the answer's cost does
   * not grow with the number of customers. None where names cannot be compared so.
   */
  findSimilar(name: string): Promise<readonly Customer[]>;
}

/** Builds the index; the answer's cost does not grow with the number of customers. */
export function indexCustomers(customers: readonly Customer[]): CustomerFinder {
  const index = new Map<string, Customer[]>();
  for (const customer of customers) {
    for (const { kind, value } of customerKeys(customer)) {
      const key = `${kind}\n${value}`;
      const known = index.get(key);
      if (known === undefined) index.set(key, [customer]);
      else if (known.length < (kind === 'organization' ? namesakesMax : candidatesMax))
        known.push(customer);
    }
  }
  let names: SortedNames | undefined;
  return {
    async findCandidates(keys) {
      const found = new Set<Customer>();
      for (const { kind, value } of askedKeys(keys)) {
        for (const customer of index.get(`${kind}\n${value}`) ?? []) found.add(customer);
      }
      return [...found].slice(0, candidatesMax);
    },
    async findSimilar(name) {
      // Few mails ask for it.
      names ??= sortNames(customers);
      return findAlike(names, name);
    },
  };
}

interface Named {
  /** The name as it is sorted; in the second list from its end to its beginning. */
  readonly name: string;
  readonly normalized: string;
  readonly customer: Customer;
}

/** By their beginning and by their end: a slip anywhere leaves one of them as it was. */
type SortedNames = readonly [byBeginning: readonly Named[], byEnd: readonly Named[]];

function sortNames(customers: readonly Customer[]): SortedNames {
  const named = customers.map((customer) => {
    const normalized = normalizeOrganization(customer.name);
    return { name: normalized, normalized, customer };
  });
  const sorted = (list: readonly Named[]) =>
    list.toSorted(
      (a, b) => compareText(a.name, b.name) || compareText(a.customer.id, b.customer.id),
    );
  return [sorted(named), sorted(named.map((one) => ({ ...one, name: reversed(one.name) })))];
}

/** The sorted-neighbourhood method (Hernández and Stolfo, 1995): only names that stand near are compared. */
function findAlike([byBeginning, byEnd]: SortedNames, asked: string): readonly Customer[] {
  const near = new Map(
    [...neighbours(byBeginning, asked), ...neighbours(byEnd, reversed(asked))].map(
      ({ customer, normalized }) => [customer, normalized],
    ),
  );
  return [...near]
    .map(([customer, normalized]) => ({ customer, likeness: nameSimilarity(asked, normalized) }))
    .filter(({ likeness }) => likeness >= likenessMin)
    .sort((a, b) => b.likeness - a.likeness || compareText(a.customer.id, b.customer.id))
    .slice(0, similarNamesMax)
    .map(({ customer }) => customer);
}

function neighbours(sorted: readonly Named[], asked: string): readonly Named[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(sorted[middle]?.name ?? '', asked) < 0) low = middle + 1;
    else high = middle;
  }
  return sorted.slice(Math.max(0, low - nameNeighboursMax), low + nameNeighboursMax);
}

function reversed(name: string): string {
  return [...name].reverse().join('');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
