/**
 * Importing customers: what the file says replaces what the record said, all of it or nothing.
 *
 * Importing the same file again changes nothing. A customer that is not in the file stays as it is: a
 * file may hold only some. Every change leaves a line of history.
 */
import assert from 'node:assert';
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { ImportOptions, ImportSummary, RecordChange } from '../ports/records.ts';
import { customerChange } from './customer-diff.ts';
import { cleanText, toJson } from './json.ts';
import type { Database, DatabaseTransaction } from './schema.ts';
import { recordsLock, type WrittenRecord, writeRecords } from './write-records.ts';

/** Customers to one statement: few round trips, and statements of at most some megabytes. */
const batchRows = 500;

async function compare(
  trx: DatabaseTransaction,
  batch: readonly Customer[],
): Promise<readonly RecordChange[]> {
  const ids = batch.map((customer) => cleanText(customer.id));
  const rows = await trx
    .selectFrom('customers')
    .select(['id', 'record'])
    .where('id', 'in', ids)
    .execute();
  const known = new Map(rows.map((row) => [row.id, row.record]));
  return batch.map((customer) => customerChange(known.get(customer.id), customer));
}

/** Whose customers are to be ended is known only when the last of them was read. */
export async function importCustomers(
  db: Database,
  customers: Iterable<Customer> | AsyncIterable<Customer>,
  options: ImportOptions,
): Promise<ImportSummary> {
  const counts = { added: 0, changed: 0, unchanged: 0, ended: 0 };
  const seen = new Set<string>();
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${recordsLock})`.execute(trx);
    for await (const batch of batches(customers)) {
      for (const { id } of batch) {
        assert(!seen.has(id), 'each customer occurs once in an import');
        seen.add(id);
      }
      const changes = await compare(trx, batch);
      for (const change of changes) {
        counts[change.kind] += 1;
        if (change.kind !== 'unchanged') options.onChange?.(change);
      }
      if (!options.dryRun) await writeRecords(trx, changesOf(batch, changes), options);
      options.onProgress?.(seen.size);
    }
    const known = await trx.selectFrom('customers').select('id').execute();
    const missing = known.filter(({ id }) => !seen.has(id)).length;
    return { ...counts, missing };
  });
}

function changesOf(
  batch: readonly Customer[],
  changes: readonly RecordChange[],
): readonly WrittenRecord[] {
  return batch.flatMap((customer, index) => {
    const change = changes[index];
    return change === undefined || change.kind === 'unchanged' ? [] : [{ customer, change }];
  });
}

/** As PostgreSQL will give them back, so that a second import finds no difference. */
async function* batches(
  customers: Iterable<Customer> | AsyncIterable<Customer>,
): AsyncGenerator<readonly Customer[]> {
  let batch: Customer[] = [];
  for await (const customer of customers) {
    batch.push(JSON.parse(toJson(customer)) as Customer);
    if (batch.length < batchRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
