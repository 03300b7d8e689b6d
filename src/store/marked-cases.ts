/**
 * What the marks of mails depend on, and ending the mails: many in one statement.
 */
import { sql } from 'kysely';
import type { Action, Reason } from '../core/reasons.ts';
import type { MarkedCase } from '../ports/batches.ts';
import type { MailLocation, MailState, ReplyState } from '../ports.ts';
import { prepared } from './prepared.ts';
import type { Database } from './schema.ts';

interface MarkedRow {
  readonly case_id: string;
  readonly action: Action;
  readonly reason: Reason;
  readonly mail_state: MailState;
  readonly reply_state: ReplyState | null;
  readonly locations: readonly MailLocation[] | null;
}

export async function findMarkedCases(
  db: Database,
  caseIds: readonly string[],
): Promise<readonly (MarkedCase | undefined)[]> {
  const { rows } = await sql<MarkedRow>`${prepared('marked-cases')}
    select c.case_id, c.action, c.reason, m.state as mail_state, r.state as reply_state, (
      select json_agg(json_build_object('mailbox', l.mailbox, 'path', l.path,
        'uidValidity', l.uid_validity, 'uid', l.uid) order by l.path, l.uid_validity, l.uid)
      from locations l where l.case_id = c.case_id
    ) as locations
    from cases c join mails m using (case_id) left join replies r using (case_id)
    where c.case_id = any(${[...caseIds]}::text[])`.execute(db);
  const found = new Map(rows.map((row) => [row.case_id, markedCase(row)]));
  return caseIds.map((caseId) => found.get(caseId));
}

function markedCase(row: MarkedRow): MarkedCase {
  return {
    action: row.action,
    reason: row.reason,
    mailState: row.mail_state,
    locations: row.locations ?? [],
    ...(row.reply_state === null ? {} : { reply: { state: row.reply_state } }),
  };
}

/**
 * Ends decided mails. One that is not decided stays where it is: it would be lost otherwise. So does one whose reply
 * was approved meanwhile: its mark is still to come.
 */
export async function finishMails(
  db: Database,
  caseIds: readonly string[],
): Promise<readonly undefined[]> {
  await sql`${prepared('finish-mails')}
    with decided as materialized (
      select case_id from mails where case_id = any(${[...caseIds]}::text[]) and state = 'decided'
        and not exists (select from replies r where r.case_id = mails.case_id
          and r.state in ('pending', 'sending') and r.not_before is not null)
      order by case_id for no key update
    )
    update mails m set state = 'finished' from decided where m.case_id = decided.case_id`.execute(
    db,
  );
  return caseIds.map(() => undefined);
}
