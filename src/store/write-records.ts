/**
 * Writes records that changed: the record, the keys it is found by, its history, and since when it is paid
 * twice, all in the transaction of the caller.
 *
 * Each is a statement or two for all records together: a million of them come through here.
 */
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { CustomerKey } from '../core/customer-index.ts';
import type { ChangeOrigin } from '../ports/records.ts';
import { keysOf } from './customers.ts';
import { cleanText, toJson } from './json.ts';
import type { DatabaseTransaction } from './schema.ts';
import { writeDoubleBillings } from './write-double-billings.ts';
import type { WrittenRecord } from './written-record.ts';

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

/** Only what differs: most changes touch none of the keys. */
async function writeKeys(
  trx: DatabaseTransaction,
  records: readonly WrittenRecord[],
): Promise<void> {
  const gone = records.flatMap(({ customer, before }) => keysBeyond(before, customer));
  const added = records.flatMap(({ customer, before }) => keysBeyond(customer, before));
  if (gone.length > 0)
    await sql`
      delete from customer_keys k
      using jsonb_to_recordset(${toJson(gone)}::jsonb) as gone(kind text, value text, id text)
      where k.kind = gone.kind and k.value = gone.value and k.customer_id = gone.id`.execute(trx);
  if (added.length > 0)
    await sql`
      insert into customer_keys (kind, value, customer_id)
      select kind, value, id
      from jsonb_to_recordset(${toJson(added)}::jsonb) as r(kind text, value text, id text)
      on conflict do nothing`.execute(trx);
}

/** The keys that one state of a record has and the other has not. */
function keysBeyond(one: Customer | undefined, other: Customer | undefined) {
  if (one === undefined) return [];
  const known = new Set(other === undefined ? [] : keysOf(other).map(keyText));
  return keysOf(one)
    .filter((key) => !known.has(keyText(key)))
    .map(({ kind, value }) => ({ kind, value, id: one.id }));
}

function keyText({ kind, value }: CustomerKey): string {
  return `${kind}\n${value}`;
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
