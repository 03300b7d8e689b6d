/**
 * Importing customers: what the file says replaces what the record said, all of it or nothing.
 *
 * Importing the same file again changes nothing. A customer that is not in the file stays as it is, since a
 * file may hold only some; with `replace` its open moves are stopped instead. No customer is ever deleted, and
 * every change leaves a line of history.
 */
import assert from 'node:assert';
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import { keepFacts } from '../core/keep-facts.ts';
import type { Act } from '../ports/audit.ts';
import type { ImportOptions, ImportSummary } from '../ports/records.ts';
import { writeAudit } from './audit.ts';
import { customerChange } from './customer-diff.ts';
import { endedRecord } from './ended-customer.ts';
import { toJson } from './json.ts';
import type { Database } from './schema.ts';
import { recordsLock, writeRecords } from './write-records.ts';
import type { WrittenRecord } from './written-record.ts';

/** Customers to one statement: few round trips, and statements of at most some megabytes. */
const batchRows = 1_000;

/** Reads the customers one batch after the other; of those before it keeps no more than their ids. */
export async function importCustomers(
  db: Database,
  customers: Iterable<Customer> | AsyncIterable<Customer>,
  options: ImportOptions,
): Promise<ImportSummary> {
  const reading = batches(customers);
  try {
    // A large file is read through before its first customer: a transaction may not pause for so long.
    const first = await reading.next();
    // A dry run holds nobody up, however long it takes: nothing of it has to stand together.
    if (options.dryRun) return await importAll(db, first, reading, { options });
    return await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${recordsLock})`.execute(trx);
      const write = (records: readonly WrittenRecord[]) => writeRecords(trx, records, options);
      const summary = await importAll(trx, first, reading, { options, write });
      if (options.act !== undefined) await writeAudit(trx, auditOf(options.act, options, summary));
      return summary;
    });
  } finally {
    await reading.return();
  }
}

function auditOf(act: Act, { origin }: ImportOptions, summary: ImportSummary) {
  const { added, changed, unchanged } = summary;
  return {
    ...act,
    action: 'imported',
    subject: 'customers',
    subjectId: origin.from,
    after: { added: String(added), changed: String(changed), unchanged: String(unchanged) },
  } as const;
}

interface Importing {
  readonly options: ImportOptions;
  /** Absent in a dry run. */
  readonly write?: (records: readonly WrittenRecord[]) => Promise<void>;
}

async function importAll(
  trx: Database,
  first: IteratorResult<readonly Customer[], void>,
  reading: AsyncGenerator<readonly Customer[], void>,
  { options, write }: Importing,
): Promise<ImportSummary> {
  const counts = { added: 0, changed: 0, unchanged: 0, ended: 0 };
  const seen = new Set<string>();
  const known = await countKnown(trx);
  const take = async (records: readonly WrittenRecord[]): Promise<void> => {
    for (const { change } of records) {
      counts[change.kind] += 1;
      if (change.kind !== 'unchanged') options.onChange?.(change);
    }
    const written = records.filter(({ change }) => change.kind !== 'unchanged');
    await write?.(written);
  };
  for (let next = first; next.done !== true; next = await reading.next()) {
    for (const { id } of next.value) {
      assert(!seen.has(id), 'each customer occurs once in an import');
      seen.add(id);
    }
    await take(await compare(trx, next.value));
    options.onProgress?.(seen.size);
  }
  if (options.replace === true) for await (const ended of missingFrom(trx, seen)) await take(ended);
  const missing = known - counts.changed - counts.unchanged - counts.ended;
  return { ...counts, missing };
}

async function countKnown(trx: Database): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) from customers`.execute(trx);
  return Number(rows[0]?.count);
}

async function compare(
  trx: Database,
  batch: readonly Customer[],
): Promise<readonly WrittenRecord[]> {
  const records = await readRecords(
    trx,
    batch.map(({ id }) => id),
  );
  return batch.map((file) => {
    const known = records.get(file.id);
    const customer = known?.hasFacts === true ? keepFacts(known.record, file) : file;
    const before = known?.record;
    return { customer, before, change: customerChange(before, customer) };
  });
}

interface KnownRecord {
  readonly record: Customer;
  /** Whether another system than the file has written into it. */
  readonly hasFacts: boolean;
}

async function readRecords(
  trx: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KnownRecord>> {
  const { rows } = await sql<{ id: string } & KnownRecord>`
    select c.id, c.record, c.facts_at is not null as "hasFacts" from customers c
    join jsonb_array_elements_text(${toJson(ids)}::jsonb) as asked(id) on asked.id = c.id`.execute(
    trx,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Of the customers that did not occur those whose move is still open, to be written as ended. */
async function* missingFrom(
  trx: Database,
  seen: ReadonlySet<string>,
): AsyncGenerator<readonly WrittenRecord[]> {
  for (let after = ''; ; ) {
    const page = await trx
      .selectFrom('customers')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(batchRows)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    const missing = page.map(({ id }) => id).filter((id) => !seen.has(id));
    if (missing.length === 0) continue;
    const records = await readRecords(trx, missing);
    yield [...records.values()].flatMap(({ record }) => endedRecord(record) ?? []);
  }
}

async function* batches(
  customers: Iterable<Customer> | AsyncIterable<Customer>,
): AsyncGenerator<readonly Customer[], void> {
  let batch: Customer[] = [];
  for await (const customer of customers) {
    batch.push(customer);
    if (batch.length < batchRows) continue;
    yield cleaned(batch);
    batch = [];
  }
  if (batch.length > 0) yield cleaned(batch);
}

/** As PostgreSQL will give them back, so that a second import finds no difference. */
function cleaned(batch: readonly Customer[]): readonly Customer[] {
  return JSON.parse(toJson(batch)) as readonly Customer[];
}
