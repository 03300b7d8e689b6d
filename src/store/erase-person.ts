/**
 * Forgetting a person, in one transaction: cases, records, history, holds, Message-IDs, what the desk wrote down.
 *
 * What keeps anybody from being answered twice stays, and names nobody.
 */
import { sql } from 'kysely';
import { normalizeAddress } from '../core/address.ts';
import {
  erasedText,
  names,
  namingOf,
  withoutContact,
  withoutPersonInRecords,
} from '../core/person.ts';
import type { Erasure } from '../ports/privacy.ts';
import { casesById } from './cases.ts';
import { eraseAudit, eraseSettlements } from './desk-privacy.ts';
import { emptyCases } from './empty-cases.ts';
import { cleanText, toJson } from './json.ts';
import { eachRecordNaming, historyRows, holdRows, isHoldOf } from './privacy.ts';
import type { Database, DatabaseTransaction } from './schema.ts';
import { recordsLock, writeRecords } from './write-records.ts';

export async function erasePerson(db: Database, erasure: Erasure): Promise<void> {
  const { address, at, by, caseIds, recordCaseIds } = erasure;
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${recordsLock})`.execute(trx);
    for (const ids of pieces(caseIds)) await eraseCases(trx, ids, at);
    for (const ids of pieces(recordCaseIds))
      await eraseCases(trx, await takeOutOfRecords(trx, ids, address), at);
    await eraseContact(trx, address, { at, by });
    await eraseHistory(trx, address);
    await eraseHolds(trx, address);
    await eraseSettlements(trx, address);
    await eraseAudit(trx, address);
    await eraseMessageIds(trx, address);
  });
}

function* pieces(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += idsPerStatement)
    yield ids.slice(start, start + idsPerStatement);
}

const idsPerStatement = 500;

async function eraseCases(
  trx: DatabaseTransaction,
  caseIds: readonly string[],
  at: Date,
): Promise<void> {
  const ids = sql`any(${[...caseIds]}::text[])`;
  await takeBackReplies(trx, caseIds, at);
  await emptyCases(trx, caseIds, { at, why: 'erased because a person asked for it' });
  await sql`update mails set message_id = null where case_id = ${ids}`.execute(trx);
  await sql`update cases set message_id = null where case_id = ${ids}`.execute(trx);
}

/** Somebody may have approved a reply since the cases were looked through: emptied, it would go to nobody. */
async function takeBackReplies(
  trx: DatabaseTransaction,
  caseIds: readonly string[],
  at: Date,
): Promise<void> {
  const ids = sql`any(${[...caseIds]}::text[])`;
  // In the order of everybody else: the mail, its reply, its case.
  await sql`select from mails where case_id = ${ids} order by case_id for no key update`.execute(
    trx,
  );
  await sql`
    update replies set state = 'withdrawn', settled_at = ${at}
    where case_id = ${ids} and state = 'pending'`.execute(trx);
}

/** Returns those that name the person otherwise by now: a report may have come meanwhile. */
async function takeOutOfRecords(
  trx: DatabaseTransaction,
  caseIds: readonly string[],
  address: string,
): Promise<readonly string[]> {
  const ids = sql`any(${[...caseIds]}::text[])`;
  await sql`select from replies where case_id = ${ids} order by case_id for no key update`.execute(
    trx,
  );
  await sql`select from cases where case_id = ${ids} order by case_id for no key update`.execute(
    trx,
  );
  const named: string[] = [];
  for (const stored of (await casesById(trx, caseIds)).values()) {
    if (namingOf(stored, address) === 'contents') {
      named.push(stored.caseId);
      continue;
    }
    const decision = toJson(withoutPersonInRecords(stored.decision, address));
    await sql`
      update cases set decision = ${decision}::jsonb where case_id = ${stored.caseId}`.execute(trx);
  }
  return named;
}

async function eraseContact(
  trx: DatabaseTransaction,
  address: string,
  { at, by }: Pick<Erasure, 'at' | 'by'>,
): Promise<void> {
  for await (const before of eachRecordNaming(trx, address)) {
    const customer = withoutContact(before, address);
    if (customer === undefined) continue;
    // What was there before is just what must not be kept.
    const change = { customerId: customer.id, kind: 'changed', fields: [] } as const;
    const origin = { source: 'privacy', from: 'privacy erase', by } as const;
    await writeRecords(trx, [{ before, customer, change }], { at, origin });
  }
}

async function eraseHolds(trx: DatabaseTransaction, address: string): Promise<void> {
  for (const hold of await holdRows(trx, address)) {
    if (isHoldOf(hold, address)) await trx.deleteFrom('holds').where('id', '=', hold.id).execute();
    else
      await trx
        .updateTable('holds')
        .set({ detail: erasedText })
        .where('id', '=', hold.id)
        .execute();
  }
}

/** Some programs write the address into it; of ignored mails it is all that is kept. */
async function eraseMessageIds(trx: DatabaseTransaction, address: string): Promise<void> {
  const { rows } = await sql<{ case_id: string; message_id: string }>`
    select case_id, message_id from mails
    where state = 'finished' and position(${cleanText(normalizeAddress(address))} in lower(message_id)) > 0`.execute(
    trx,
  );
  const ids = rows.filter((row) => names(row.message_id, address)).map((row) => row.case_id);
  await sql`update mails set message_id = null where case_id = any(${ids}::text[])`.execute(trx);
}

async function eraseHistory(trx: DatabaseTransaction, address: string): Promise<void> {
  for (const { id, fields } of await historyRows(trx, address)) {
    const erased = fields.map((field) => ({
      ...field,
      before: withoutPerson(field, field.before, address),
      after: withoutPerson(field, field.after, address),
    }));
    await sql`update customer_changes set fields = ${toJson(erased)}::jsonb where id = ${id}`.execute(
      trx,
    );
  }
}

/** The name goes with the address, whatever stands in it; other values are shown as lists. */
function withoutPerson(
  { path }: { readonly path: string },
  value: string,
  address: string,
): string {
  if (!names(value, address)) return value;
  if (/^(?:contacts\[|accountManager)/.test(path)) return erasedText;
  return value
    .split(/; ?/)
    .map((entry) => (names(entry, address) ? erasedText : entry))
    .join('; ');
}
