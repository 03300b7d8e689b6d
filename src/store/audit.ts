/**
 * The audit log: written in the transaction of the change that it tells of, read a page at a time.
 */
import type { Selectable } from 'kysely';
import type { AuditEntry, AuditQuery } from '../ports/audit.ts';
import { cleanOrNull, cleanText, toJson } from './json.ts';
import type { Database, Schema } from './schema.ts';

export async function writeAudit(db: Database, entry: Omit<AuditEntry, 'id'>): Promise<void> {
  const { at, by, via, from, action, subject, subjectId, before, after } = entry;
  await db
    .insertInto('audit')
    .values({
      at,
      by_name: cleanText(by),
      via,
      from_address: cleanOrNull(from),
      action,
      subject,
      subject_id: cleanText(subjectId),
      before: before === undefined ? null : toJson(before),
      after: after === undefined ? null : toJson(after),
    })
    .execute();
}

export async function listAudit(db: Database, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const { by, subject, subjectId, beforeId, limit } = query;
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .$if(by !== undefined, (select) => select.where('by_name', '=', cleanText(by ?? '')))
    .$if(subject !== undefined, (select) => select.where('subject', '=', subject ?? 'case'))
    .$if(subjectId !== undefined, (select) =>
      select.where('subject_id', '=', cleanText(subjectId ?? '')),
    )
    .$if(beforeId !== undefined, (select) => select.where('id', '<', String(beforeId)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(auditEntry);
}

export function auditEntry(row: Selectable<Schema['audit']>): AuditEntry {
  return {
    id: Number(row.id),
    at: row.at,
    by: row.by_name,
    via: row.via,
    ...(row.from_address === null ? {} : { from: row.from_address }),
    action: row.action,
    subject: row.subject,
    subjectId: row.subject_id,
    ...(row.before === null ? {} : { before: row.before }),
    ...(row.after === null ? {} : { after: row.after }),
  };
}
