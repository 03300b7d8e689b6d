/**
 * Everything that is kept and could name a person, and forgetting it.
 *
 * The statements only narrow down: whether a text really names the address is judged by who asked.
 */
import { sql } from 'kysely';
import { normalizeAddress } from '../core/address.ts';
import type { Customer } from '../core/customer.ts';
import {
  erasedText,
  names,
  namingOf,
  withoutContact,
  withoutPersonInRecords,
} from '../core/person.ts';
import type { Erasure, KeptCase } from '../ports/privacy.ts';
import type { HistoryEntry } from '../ports/records.ts';
import type { Hold } from '../ports.ts';
import { casesById } from './cases.ts';
import { emptyCases } from './empty-cases.ts';
import { cleanText, toJson } from './json.ts';
import { readRaw } from './mails.ts';
import type { Database, DatabaseTransaction } from './schema.ts';
import { recordsLock, writeRecords } from './write-records.ts';

const pageRows = 100;

export async function countKeptCases(db: Database): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) from mails left join cases on cases.case_id = mails.case_id
    where raw is not null or (cases.case_id is not null and emptied_at is null)`.execute(db);
  return Number(rows[0]?.count);
}

export async function* eachKeptCase(db: Database): AsyncGenerator<KeptCase> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{
      case_id: string;
      mailbox: string;
      received_at: Date;
      state: string;
      has_raw: boolean;
    }>`
      select mails.case_id, mails.mailbox, received_at, state, raw is not null as has_raw
      from mails left join cases on cases.case_id = mails.case_id
      where mails.case_id > ${after}
        and (raw is not null or (cases.case_id is not null and emptied_at is null))
      order by mails.case_id limit ${pageRows}`.execute(db);
    const cases = await casesById(
      db,
      rows.map((row) => row.case_id),
    );
    for (const row of rows) {
      const stored = cases.get(row.case_id);
      // Each may have 25 MB.
      const raw = row.has_raw ? await readRaw(db, row.case_id) : undefined;
      yield {
        caseId: row.case_id,
        mailbox: row.mailbox,
        receivedAt: row.received_at,
        isFinished: row.state === 'finished' && !isOpen(stored?.reply?.state),
        ...(stored === undefined ? {} : { stored }),
        ...(raw === undefined ? {} : { raw }),
      };
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.case_id;
  }
}

function isOpen(state: string | undefined): boolean {
  return state === 'pending' || state === 'sending';
}

export async function* eachRecordNaming(db: Database, words: string): AsyncGenerator<Customer> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string; record: Customer }>`
      select id, record from customers
      where id > ${after} and position(${cleanText(words.toLowerCase())} in lower(record::text)) > 0
      order by id limit ${pageRows}`.execute(db);
    for (const { record } of rows) yield record;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

interface HistoryRow {
  readonly id: string;
  readonly customer_id: string;
  readonly at: Date;
  readonly source: HistoryEntry['origin']['source'];
  readonly from_name: string;
  readonly by_name: string;
  readonly kind: HistoryEntry['kind'];
  readonly fields: HistoryEntry['fields'];
}

async function historyRows(db: Database, words: string): Promise<readonly HistoryRow[]> {
  const { rows } = await sql<HistoryRow>`
    select id, customer_id, at, source, from_name, by_name, kind, fields from customer_changes
    where position(${cleanText(words.toLowerCase())} in lower(fields::text)) > 0
    order by at, id`.execute(db);
  return rows;
}

export async function listHistoryNaming(
  db: Database,
  words: string,
): Promise<readonly HistoryEntry[]> {
  return (await historyRows(db, words)).map((row) => ({
    customerId: row.customer_id,
    at: row.at,
    kind: row.kind,
    fields: row.fields,
    origin: { source: row.source, from: row.from_name, by: row.by_name },
  }));
}

interface HoldRow extends Omit<Hold, 'caseId'> {
  readonly id: string;
  readonly case_id: string | null;
}

async function holdRows(db: Database, address: string): Promise<readonly HoldRow[]> {
  const name = cleanText(normalizeAddress(address));
  const { rows } = await sql<HoldRow>`
    select id, kind, name, at, detail, case_id from holds
    where (kind = 'address' and name = ${name}) or position(${name} in lower(detail)) > 0
    order by id`.execute(db);
  return rows.filter((row) => isHoldOf(row, address) || names(row.detail, address));
}

function isHoldOf({ kind, name }: Pick<Hold, 'kind' | 'name'>, address: string): boolean {
  return kind === 'address' && name === cleanText(normalizeAddress(address));
}

export async function listHoldsNaming(db: Database, address: string): Promise<readonly Hold[]> {
  return (await holdRows(db, address)).map(({ kind, name, at, detail, case_id: caseId }) => ({
    kind,
    name,
    at,
    detail,
    ...(caseId === null ? {} : { caseId }),
  }));
}

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
  await emptyCases(trx, caseIds, { at, why: 'erased because a person asked for it' });
  const ids = sql`any(${[...caseIds]}::text[])`;
  await sql`update mails set message_id = null where case_id = ${ids}`.execute(trx);
  await sql`update cases set message_id = null where case_id = ${ids}`.execute(trx);
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
