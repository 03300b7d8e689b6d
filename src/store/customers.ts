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
import { prepared } from './prepared.ts';
import type { Database } from './schema.ts';

/** The keys of a record, each once, as the database can hold them. */
export function keysOf(customer: Customer): readonly CustomerKey[] {
  return customerKeys(customer).map(({ kind, value }) => ({ kind, value: cleanText(value) }));
}

/** The candidates of each mail’s keys, in the order of the mails. */
export async function findCandidates(
  db: Database,
  mails: readonly MatchKeys[],
): Promise<readonly (readonly Customer[])[]> {
  const pairs = mails.flatMap((keys, place) =>
    askedKeys(keys).map(({ kind, value }) => ({
      place,
      kind,
      rank: keyKinds.indexOf(kind),
      value: cleanText(value),
      atMost: kind === 'organization' ? namesakesMax : candidatesMax,
    })),
  );
  if (pairs.length === 0) return mails.map(() => []);
  const { rows } = await sql<{ place: number; record: Customer }>`${prepared('find-candidates')}
    select hits.place, c.record
    from (
      select a.place, k.customer_id, min(a.rank) as rank,
        row_number() over (partition by a.place order by min(a.rank), k.customer_id) as number
      from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb)
        as a(place integer, kind text, rank integer, value text, "atMost" integer)
      -- A key that thousands share costs no more than one that nobody else has.
      cross join lateral (
        select customer_id from customer_keys
        where kind = a.kind and value = a.value
        order by customer_id limit a."atMost"
      ) as k
      group by a.place, k.customer_id
    ) as hits
    -- One by one: the planner expects many more than there are, and would read the whole table for them.
    cross join lateral (select record from customers where id = hits.customer_id offset 0) as c
    where hits.number <= ${candidatesMax}
    order by hits.place, hits.rank, hits.customer_id`.execute(db);
  const found = Map.groupBy(rows, (row) => row.place);
  return mails.map((_keys, place) => (found.get(place) ?? []).map((row) => row.record));
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
