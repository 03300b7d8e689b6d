/**
 * Customers as records, and the keys by which a mail’s evidence finds them.
 *
 * The keys are derived from the record in the transaction that writes it, so that no lookup ever reads
 * all customers. Finding a candidate proves nothing: `match` judges.
 */
import { sql } from 'kysely';
import { normalizeAddress } from '../core/address.ts';
import { type Customer, verifiedDomains } from '../core/customer.ts';
import { candidatesMax } from '../core/limits.ts';
import { type MatchKeys, normalizeOrganization } from '../core/match.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/** Strongest first: when there are too many candidates, the weak ones are left out. */
const keyKinds = ['subscription', 'tenant', 'domain', 'address', 'organization'] as const;
type KeyKind = (typeof keyKinds)[number];

export interface CustomerKey {
  readonly kind: KeyKind;
  readonly value: string;
}

/** The keys of a record, each once. */
export function keysOf(customer: Customer): readonly CustomerKey[] {
  const values: Record<KeyKind, readonly (string | undefined)[]> = {
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
      value === undefined || value === '' ? [] : [{ kind, value: cleanText(value) }],
    ),
  );
}

export async function findCandidates(db: Database, keys: MatchKeys): Promise<readonly Customer[]> {
  const asked: Record<KeyKind, readonly string[]> = {
    subscription: keys.subscriptionIds,
    tenant: keys.tenantIds,
    domain: keys.domains,
    address: keys.addresses,
    organization: keys.organizations,
  };
  const pairs = keyKinds.flatMap((kind, rank) =>
    asked[kind].map((value) => ({ kind, rank, value: cleanText(value) })),
  );
  if (pairs.length === 0) return [];
  const found = await sql<{ record: Customer }>`
    select c.record
    from (
      select k.customer_id, min(a.rank) as rank
      from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as a(kind text, rank integer, value text)
      join customer_keys k on k.kind = a.kind and k.value = a.value
      group by k.customer_id
      order by min(a.rank), k.customer_id
      limit ${candidatesMax}
    ) as hits
    join customers c on c.id = hits.customer_id
    order by hits.rank, c.id`.execute(db);
  return found.rows.map((row) => row.record);
}

export async function findCustomer(
  db: Database,
  customerId: string,
): Promise<Customer | undefined> {
  const row = await db
    .selectFrom('customers')
    .select('record')
    .where('id', '=', cleanText(customerId))
    .executeTakeFirst();
  return row?.record;
}

export async function countCustomers(db: Database): Promise<number> {
  const row = await db
    .selectFrom('customers')
    .select((select) => select.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
