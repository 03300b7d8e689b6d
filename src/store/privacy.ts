/**
 * Everything that is kept and could name a person, and forgetting it.
 *
 * The statements only narrow down: whether a text really names the address is judged by who asked.
 */
import { sql } from 'kysely';
import { normalizeAddress } from '../core/address.ts';
import type { Customer } from '../core/customer.ts';
import { erasedText, names } from '../core/person.ts';
import type { Erasure, KeptCase } from '../ports/privacy.ts';
import type { HistoryEntry } from '../ports/records.ts';
import type { Hold } from '../ports.ts';
import { casesById } from './cases.ts';
import { emptyCases } from './empty-cases.ts';
import { cleanText, toJson } from './json.ts';
import type { Database, DatabaseTransaction } from './schema.ts';
import { recordsLock, writeRecords } from './write-records.ts';

/** Raw mails come with each: at most some megabytes a page, unless they are large. */
const pageRows = 20;

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
      raw: Uint8Array | null;
    }>`
      select mails.case_id, mails.mailbox, received_at, state, raw
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
      yield {
        caseId: row.case_id,
        mailbox: row.mailbox,
        receivedAt: row.received_at,
        isFinished: row.state === 'finished' && !isOpen(stored?.reply?.state),
        ...(stored === undefined ? {} : { stored }),
        ...(row.raw === null ? {} : { raw: row.raw }),
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

export async function listHoldsNaming(db: Database, address: string): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('holds')
    .select(['kind', 'name', 'at', 'detail', 'case_id'])
    .where('kind', '=', 'address')
    .where('name', '=', cleanText(normalizeAddress(address)))
    .orderBy('id')
    .execute();
  return rows.map(({ case_id: caseId, ...hold }) => ({
    ...hold,
    ...(caseId === null ? {} : { caseId }),
  }));
}

export async function erasePerson(db: Database, erasure: Erasure): Promise<void> {
  const { address, at, by, caseIds, records } = erasure;
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${recordsLock})`.execute(trx);
    const why = 'erased because a person asked for it';
    for (let start = 0; start < caseIds.length; start += idsPerStatement) {
      const ids = caseIds.slice(start, start + idsPerStatement);
      await emptyCases(trx, ids, { at, why });
      await sql`update mails set message_id = null where case_id = any(${ids}::text[])`.execute(
        trx,
      );
      await sql`update cases set message_id = null where case_id = any(${ids}::text[])`.execute(
        trx,
      );
    }
    await writeRecords(
      trx,
      records.map(({ before, after }) => ({
        before,
        customer: after,
        // What was there before is just what must not be kept.
        change: { customerId: after.id, kind: 'changed', fields: [] },
      })),
      { at, origin: { source: 'privacy', from: 'privacy erase', by } },
    );
    await eraseHistory(trx, address);
    await trx
      .deleteFrom('holds')
      .where('kind', '=', 'address')
      .where('name', '=', cleanText(normalizeAddress(address)))
      .execute();
  });
}

const idsPerStatement = 1_000;

async function eraseHistory(trx: DatabaseTransaction, address: string): Promise<void> {
  for (const { id, fields } of await historyRows(trx, address)) {
    const erased = fields.map((field) => ({
      ...field,
      before: withoutPerson(field.before, address),
      after: withoutPerson(field.after, address),
    }));
    await sql`update customer_changes set fields = ${toJson(erased)}::jsonb where id = ${id}`.execute(
      trx,
    );
  }
}

/** Values are shown as lists, `Ana <ana@contoso.example>; …`: the name goes with the address. */
function withoutPerson(value: string, address: string): string {
  return value
    .split(/; ?/)
    .map((entry) => (names(entry, address) ? erasedText : entry))
    .join('; ');
}
