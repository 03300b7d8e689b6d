/**
 * Importing customers: what the file says replaces what the record said, all of it or nothing.
 *
 * Importing the same file again changes nothing. A customer that is not in the file stays as it is: a
 * file may hold only some. Every change leaves a line of history.
 */
import assert from 'node:assert';
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { ImportChange } from '../ports.ts';
import { customerChange } from './customer-diff.ts';
import { keysOf } from './customers.ts';
import { cleanText, toJson } from './json.ts';
import type { Database, DatabaseTransaction } from './schema.ts';

/** Customers to one statement: few round trips, and statements of at most some megabytes. */
const batchRows = 500;

/** Spells `IMPO`: two imports at once would each compare with what the other is about to replace. */
const importLock = 0x494d504f;

export interface ImportOptions {
  readonly dryRun: boolean;
  readonly at: Date;
}

async function compare(
  trx: DatabaseTransaction,
  batch: readonly Customer[],
): Promise<readonly ImportChange[]> {
  const ids = batch.map((customer) => cleanText(customer.id));
  const rows = await trx
    .selectFrom('customers')
    .select(['id', 'record'])
    .where('id', 'in', ids)
    .execute();
  const known = new Map(rows.map((row) => [row.id, row.record]));
  return batch.map((customer) => customerChange(known.get(customer.id), customer));
}

async function write(
  trx: DatabaseTransaction,
  customers: readonly Customer[],
  changes: readonly ImportChange[],
  at: Date,
): Promise<void> {
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
    insert into customer_changes (customer_id, at, source, kind, fields)
    select "customerId", ${at}, 'import', kind, fields
    from jsonb_to_recordset(${toJson(changes)}::jsonb) as r("customerId" text, kind text, fields jsonb)`.execute(
    trx,
  );
}

/** One change a customer, in the order given. A dry run compares and writes nothing. */
export async function importCustomers(
  db: Database,
  customers: readonly Customer[],
  options: ImportOptions,
): Promise<readonly ImportChange[]> {
  // Compared and written as PostgreSQL will give them back, so that a second import finds no difference.
  const cleaned = JSON.parse(toJson(customers)) as readonly Customer[];
  const ids = new Set(cleaned.map((customer) => customer.id));
  assert(ids.size === cleaned.length, 'each customer occurs once in an import');
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${importLock})`.execute(trx);
    const all: ImportChange[] = [];
    for (let start = 0; start < cleaned.length; start += batchRows) {
      const batch = cleaned.slice(start, start + batchRows);
      const changes = await compare(trx, batch);
      all.push(...changes);
      const touched = new Set(
        changes.filter((change) => change.kind !== 'unchanged').map((change) => change.customerId),
      );
      if (options.dryRun || touched.size === 0) continue;
      await write(
        trx,
        batch.filter((customer) => touched.has(customer.id)),
        changes.filter((change) => touched.has(change.customerId)),
        options.at,
      );
    }
    return all;
  });
}
