/**
 * The keys a customer is found by, and an index over customers held in memory (`classify --customers`).
 *
 * The store keeps the same keys in a table, so that both find the same candidates.
 */
import { normalizeAddress } from './address.ts';
import { type Customer, verifiedDomains } from './customer.ts';
import { candidatesMax, comparedNamesMax, similarNamesMax } from './limits.ts';
import { likenessMin, type MatchKeys } from './match.ts';
import { nameSimilarity, normalizeOrganization, trigramsOf } from './organization-name.ts';

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
   * first, at most `similarNamesMax`. None where names cannot be compared so.
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
      else if (known.length < candidatesMax) known.push(customer);
    }
  }
  let names: NameIndex | undefined;
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
      names ??= indexNames(customers);
      return findAlike(names, name);
    },
  };
}

/** The customers that have a trigram in their name, by trigram. */
type NameIndex = ReadonlyMap<string, readonly Customer[]>;

function indexNames(customers: readonly Customer[]): NameIndex {
  const index = new Map<string, Customer[]>();
  for (const customer of customers) {
    for (const trigram of trigramsOf(normalizeOrganization(customer.name))) {
      const known = index.get(trigram);
      if (known === undefined) index.set(trigram, [customer]);
      else known.push(customer);
    }
  }
  return index;
}

/**
 * A name that is alike shares `likenessMin` of the asked trigrams at least, so it has one of the rarest few: only
 * their customers are compared.
 */
function findAlike(names: NameIndex, asked: string): readonly Customer[] {
  const lists = [...trigramsOf(asked)]
    .map((trigram) => names.get(trigram) ?? [])
    .sort((a, b) => a.length - b.length);
  const enough = lists.length - Math.ceil(likenessMin * lists.length) + 1;
  const near = new Set<Customer>();
  for (const list of lists.slice(0, enough)) {
    if (near.size + list.length > comparedNamesMax) break;
    for (const customer of list) near.add(customer);
  }
  return [...near]
    .map((customer) => ({
      customer,
      likeness: nameSimilarity(asked, normalizeOrganization(customer.name)),
    }))
    .filter(({ likeness }) => likeness >= likenessMin)
    .sort((a, b) => b.likeness - a.likeness || a.customer.id.localeCompare(b.customer.id))
    .slice(0, similarNamesMax)
    .map(({ customer }) => customer);
}
