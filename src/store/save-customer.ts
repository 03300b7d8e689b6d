/**
 * One record as a person has corrected it, by the same writer as an import: keys, history and double billings go
 * with it.
 */
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { CustomerEdit } from '../ports/console.ts';
import type { RecordChange } from '../ports/records.ts';
import { writeAudit } from './audit.ts';
import { customerChange } from './customer-diff.ts';
import { toJson } from './json.ts';
import type { Database } from './schema.ts';
import { recordsLock, writeRecords } from './write-records.ts';

export async function saveCustomer(
  db: Database,
  { customer: typed, isAsSeen, act }: CustomerEdit,
): Promise<'saved' | 'unchanged' | 'conflict'> {
  // As PostgreSQL will give it back, so that saving it again finds no difference.
  const customer = JSON.parse(toJson(typed)) as Customer;
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${recordsLock})`.execute(trx);
    const row = await trx
      .selectFrom('customers')
      .select('record')
      .where('id', '=', customer.id)
      .executeTakeFirst();
    const before = row?.record;
    if (!isAsSeen(before)) return 'conflict';
    const change = customerChange(before, customer);
    if (change.kind === 'unchanged') return 'unchanged';
    const origin = { source: 'console', from: '', by: act.by } as const;
    await writeRecords(trx, [{ customer, before, change }], { at: act.at, origin });
    await writeAudit(trx, {
      ...act,
      action: change.kind,
      subject: 'customer',
      subjectId: customer.id,
      ...(change.kind === 'added' ? { after: { name: customer.name } } : changedFields(change)),
    });
    return 'saved';
  });
}

function changedFields({ fields }: RecordChange) {
  return {
    before: Object.fromEntries(fields.map(({ path, before }) => [path, before])),
    after: Object.fromEntries(fields.map(({ path, after }) => [path, after])),
  };
}
