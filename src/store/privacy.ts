/**
 * Everything that is kept and could name a person.
 *
 * The statements only narrow down: whether a text really names the address is judged by who asked.
 */
import { sql } from 'kysely';
import { normalizeAddress } from '../core/address.ts';
import type { Customer } from '../core/customer.ts';
import { names } from '../core/person.ts';
import type { KeptCase } from '../ports/privacy.ts';
import type { HistoryEntry } from '../ports/records.ts';
import type { Hold } from '../ports.ts';
import { casesById } from './cases.ts';
import { cleanText } from './json.ts';
import { readRaw } from './mails.ts';
import type { Database } from './schema.ts';

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

export async function historyRows(db: Database, words: string): Promise<readonly HistoryRow[]> {
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

export async function holdRows(db: Database, address: string): Promise<readonly HoldRow[]> {
  const name = cleanText(normalizeAddress(address));
  const { rows } = await sql<HoldRow>`
    select id, kind, name, at, detail, case_id from holds
    where (kind = 'address' and name = ${name}) or position(${name} in lower(detail)) > 0
    order by id`.execute(db);
  return rows.filter((row) => isHoldOf(row, address) || names(row.detail, address));
}

export function isHoldOf({ kind, name }: Pick<Hold, 'kind' | 'name'>, address: string): boolean {
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
