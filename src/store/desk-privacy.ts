/**
 * What the desk wrote down may name a person too: notes, cases as they were before they were settled, and the lines
 * of the audit log.
 *
 * The statements only narrow down: whether a text really names the address is judged here.
 */
import { sql } from 'kysely';
import { normalizeAddress } from '../core/address.ts';
import { erasedText, names, namesAnywhere } from '../core/person.ts';
import type { AuditEntry } from '../ports/audit.ts';
import type { DeskNote } from '../ports/privacy.ts';
import { auditEntry } from './audit.ts';
import { cleanText, toJson } from './json.ts';
import type { Database, DatabaseTransaction } from './schema.ts';

function auditRows(db: Database, address: string) {
  const words = cleanText(normalizeAddress(address));
  return db
    .selectFrom('audit')
    .selectAll()
    .where(
      sql<boolean>`position(${words} in lower(concat(subject_id, ' ', before::text, ' ', after::text))) > 0`,
    )
    .orderBy('id')
    .execute();
}

export async function listAuditNaming(
  db: Database,
  address: string,
): Promise<readonly AuditEntry[]> {
  const entries = (await auditRows(db, address)).map(auditEntry);
  return entries.filter(({ subjectId, before, after }) =>
    namesAnywhere([subjectId, before, after], address),
  );
}

export async function eraseAudit(trx: DatabaseTransaction, address: string): Promise<void> {
  const without = (values: Readonly<Record<string, string>> | null) =>
    values === null
      ? null
      : toJson(
          Object.fromEntries(
            Object.entries(values).map(([name, value]) => [
              names(name, address) ? erasedText : name,
              names(value, address) ? erasedText : value,
            ]),
          ),
        );
  for (const { id, subject_id: subjectId, before, after } of await auditRows(trx, address)) {
    if (!namesAnywhere([subjectId, before, after, Object.keys({ ...before, ...after })], address))
      continue;
    await trx
      .updateTable('audit')
      .set({
        subject_id: names(subjectId, address) ? erasedText : subjectId,
        before: without(before),
        after: without(after),
      })
      .where('id', '=', id)
      .execute();
  }
}

interface SettlementRow {
  readonly id: string;
  readonly case_id: string;
  readonly at: Date;
  readonly by_name: string;
  readonly note: string | null;
  readonly before: unknown;
}

async function settlementRows(db: Database, address: string): Promise<readonly SettlementRow[]> {
  const words = cleanText(normalizeAddress(address));
  const { rows } = await sql<SettlementRow>`
    select id, case_id, at, by_name, note, before from desk_settlements
    where position(${words} in lower(concat(note, ' ', before::text))) > 0
    order by id`.execute(db);
  return rows;
}

export async function listNotesNaming(db: Database, address: string): Promise<readonly DeskNote[]> {
  return (await settlementRows(db, address)).flatMap(
    ({ case_id: caseId, at, by_name: by, note }) =>
      note === null || !names(note, address) ? [] : [{ caseId, at, by, note }],
  );
}

/** The case as it was before is only needed to take the settlement back. */
export async function eraseSettlements(trx: DatabaseTransaction, address: string): Promise<void> {
  for (const { id, note, before } of await settlementRows(trx, address))
    await sql`
      update desk_settlements set
        note = ${note !== null && names(note, address) ? erasedText : note},
        before = case when ${namesAnywhere(before, address)} then null else before end
      where id = ${id}`.execute(trx);
}

/** What was done with the cases, when and by whom stays; what anybody wrote does not. */
export async function emptySettlements(
  trx: DatabaseTransaction,
  caseIds: readonly string[],
): Promise<void> {
  await sql`
    update desk_settlements set note = null, before = null
    where case_id = any(${[...caseIds]}::text[]) and (note is not null or before is not null)`.execute(
    trx,
  );
}

/** A worker of the version before knows nothing of settlements when it empties their cases. */
export async function emptyForgottenSettlements(trx: DatabaseTransaction): Promise<void> {
  await sql`
    update desk_settlements d set note = null, before = null from cases c
    where c.case_id = d.case_id and c.emptied_at is not null
      and (d.before is not null or d.note is not null)`.execute(trx);
}
