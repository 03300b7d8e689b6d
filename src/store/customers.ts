/**
 * Customers as records, and the keys by which a mail’s evidence finds them.
 *
 * The keys are derived from the record in the transaction that writes it, so that no lookup ever reads
 * all customers. Finding a candidate proves nothing: `match` judges.
 */
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import { askedKeys, type CustomerKey, customerKeys, keyKinds } from '../core/customer-index.ts';
import { candidatesMax, namesakesMax } from '../core/limits.ts';
import type { MatchKeys } from '../core/match.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/** The keys of a record, each once, as the database can hold them. */
export function keysOf(customer: Customer): readonly CustomerKey[] {
  return customerKeys(customer).map(({ kind, value }) => ({ kind, value: cleanText(value) }));
}

export async function findCandidates(db: Database, keys: MatchKeys): Promise<readonly Customer[]> {
  const pairs = askedKeys(keys).map(({ kind, value }) => ({
    kind,
    rank: keyKinds.indexOf(kind),
    value: cleanText(value),
    atMost: kind === 'organization' ? namesakesMax : candidatesMax,
  }));
  if (pairs.length === 0) return [];
  const found = await sql<{ record: Customer }>`
    select c.record
    from (
      select k.customer_id, min(a.rank) as rank
      from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) 
        as a(kind text, rank integer, value text, "atMost" integer)
      -- A key that thousands share costs no more than one that nobody else has.
      cross join lateral (
        select customer_id from customer_keys
        where kind = a.kind and value = a.value
        order by customer_id limit a."atMost"
      ) as k
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
