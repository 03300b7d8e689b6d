/**
 * Writes records that changed: the record, the keys it is found by, its history, and since when it is paid
 * twice, all in the transaction of the caller.
 */
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { ChangeOrigin, RecordChange } from '../ports/records.ts';
import { keysOf } from './customers.ts';
import { cleanText, toJson } from './json.ts';
import type { DatabaseTransaction } from './schema.ts';

/** Spells `IMPO`: two writers at once would each compare with what the other is about to replace. */
export const recordsLock = 0x494d504f;

export interface WrittenRecord {
  readonly customer: Customer;
  readonly change: RecordChange;
}

export async function writeRecords(
  trx: DatabaseTransaction,
  records: readonly WrittenRecord[],
  { at, origin }: { readonly at: Date; readonly origin: ChangeOrigin },
): Promise<void> {
  if (records.length === 0) return;
  const customers = records.map(({ customer }) => customer);
  const changes = records.map(({ change }) => change);
  const ids = customers.map((customer) => customer.id);
  const rows = toJson(customers.map((record) => ({ id: record.id, name: record.name, record })));
  await sql`
    insert into customers (id, name, record, updated_at)
    select id, name, record, ${at}
    from jsonb_to_recordset(${rows}::jsonb) as r(id text, name text, record jsonb)
    on conflict (id) do update
    set name = excluded.name, record = excluded.record, updated_at = excluded.updated_at`.execute(
    trx,
  );
  await trx.deleteFrom('customer_keys').where('customer_id', 'in', ids).execute();
  const keys = toJson(
    customers.flatMap((customer) => keysOf(customer).map((key) => ({ ...key, id: customer.id }))),
  );
  await sql`
    insert into customer_keys (kind, value, customer_id)
    select kind, value, id from jsonb_to_recordset(${keys}::jsonb) as r(kind text, value text, id text)
    on conflict do nothing`.execute(trx);
  await sql`
    insert into customer_changes (customer_id, at, source, from_name, by_name, kind, fields)
    select "customerId", ${at}, ${origin.source}, ${cleanText(origin.from)}, ${cleanText(origin.by)}, kind, fields
    from jsonb_to_recordset(${toJson(changes)}::jsonb) as r("customerId" text, kind text, fields jsonb)`.execute(
    trx,
  );
}
