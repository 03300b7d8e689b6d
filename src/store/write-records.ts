/**
 * Writes records that changed: the record, the keys it is found by, its history, and since when it is paid
 * twice, all in the transaction of the caller.
 *
 * Each is a statement or two for all records together: a million of them come through here.
 */
import { sql } from 'kysely';
import type { ChangeOrigin } from '../ports/records.ts';
import { keysOf } from './customers.ts';
import { cleanText, toJson } from './json.ts';
import type { DatabaseTransaction } from './schema.ts';
import { writeDoubleBillings } from './write-double-billings.ts';
import { knownIds, type WrittenRecord } from './written-record.ts';

/** Spells `IMPO`: two writers at once would each compare with what the other is about to replace. */
export const recordsLock = 0x494d504f;

export interface WriteOptions {
  readonly at: Date;
  readonly origin: ChangeOrigin;
  /** Whether they are facts of another system, which an empty cell of a file does not wipe out. */
  readonly isFacts?: boolean;
}

export async function writeRecords(
  trx: DatabaseTransaction,
  records: readonly WrittenRecord[],
  { at, origin, isFacts = false }: WriteOptions,
): Promise<void> {
  if (records.length === 0) return;
  await writeCustomers(trx, records, { at, isFacts });
  await writeKeys(trx, records);
  await writeHistory(trx, records, { at, origin });
  await writeDoubleBillings(trx, records, at);
}

async function writeCustomers(
  trx: DatabaseTransaction,
  records: readonly WrittenRecord[],
  { at, isFacts }: { readonly at: Date; readonly isFacts: boolean },
): Promise<void> {
  const rows = toJson(
    records.map(({ customer: { id, name }, customer: record }) => ({ id, name, record })),
  );
  await sql`
    insert into customers (id, name, record, updated_at, facts_at)
    select id, name, record, ${at}, ${isFacts ? at : null}
    from jsonb_to_recordset(${rows}::jsonb) as r(id text, name text, record jsonb)
    on conflict (id) do update
    set name = excluded.name, record = excluded.record, updated_at = excluded.updated_at,
      facts_at = coalesce(excluded.facts_at, customers.facts_at)`.execute(trx);
}

/** Only keys that are gone are deleted: most of a record’s keys outlive its changes. */
async function writeKeys(
  trx: DatabaseTransaction,
  records: readonly WrittenRecord[],
): Promise<void> {
  const keys = toJson(
    records.flatMap(({ customer }) =>
      keysOf(customer).map(({ kind, value }) => ({ kind, value, id: customer.id })),
    ),
  );
  const known = knownIds(records);
  if (known.length > 0) {
    await sql`
      with kept as materialized (
        select kind, value, id
        from jsonb_to_recordset(${keys}::jsonb) as r(kind text, value text, id text)
      )
      delete from customer_keys k
      using jsonb_array_elements_text(${toJson(known)}::jsonb) as changed(id)
      where k.customer_id = changed.id and not exists (
        select from kept where kept.id = k.customer_id and kept.kind = k.kind and kept.value = k.value
      )`.execute(trx);
  }
  await sql`
    insert into customer_keys (kind, value, customer_id)
    select kind, value, id from jsonb_to_recordset(${keys}::jsonb) as r(kind text, value text, id text)
    on conflict do nothing`.execute(trx);
}

/** Of a record that was added the fields are left out: they are the record, as long as nothing has changed. */
async function writeHistory(
  trx: DatabaseTransaction,
  records: readonly WrittenRecord[],
  { at, origin }: { readonly at: Date; readonly origin: ChangeOrigin },
): Promise<void> {
  const changes = records.map(({ change: { customerId, kind, fields } }) => ({
    customerId,
    kind,
    fields: kind === 'added' ? [] : fields,
  }));
  await sql`
    insert into customer_changes (customer_id, at, source, from_name, by_name, kind, fields)
    select "customerId", ${at}, ${origin.source}, ${cleanText(origin.from)}, ${cleanText(origin.by)}, kind, fields
    from jsonb_to_recordset(${toJson(changes)}::jsonb) as r("customerId" text, kind text, fields jsonb)`.execute(
    trx,
  );
}
