/**
 * What is left to do in the ledger: the jobs that a crash or a lost queue left undone, and how many mails wait.
 *
 * Each mailbox and each kind of job has a share of its own, so that a flood in one place, or replies that cannot
 * leave, never keep what is behind them from being seen.
 */
import { type RawBuilder, sql } from 'kysely';
import { outreachInHandMs, smallMailBytesMax } from '../core/limits.ts';
import type { Job, JobKind } from '../ports.ts';
import type { Database } from './schema.ts';

interface JobRow {
  readonly kind: JobKind;
  readonly mailbox: string;
  readonly case_id: string;
  readonly received_at: Date;
  readonly size_bytes: number;
}

/**
 * What is left to do, oldest mail first: at most `limit` jobs of each kind of each mailbox. An unsettled reply is
 * listed whatever became of its mail, and a mail is only marked when its reply is settled.
 */
export async function unfinishedJobs(
  db: Database,
  mailboxes: readonly string[],
  limit: number,
  at?: Date,
): Promise<readonly Job[]> {
  const found: JobRow[] = [];
  for (const mailbox of mailboxes) {
    const { rows } = await sql<JobRow>`${sql.join(
      sharesOf(mailbox, limit, at),
      sql` union all `,
    )}`.execute(db);
    found.push(...rows);
  }
  return found
    .toSorted((a, b) => a.received_at.getTime() - b.received_at.getTime())
    .map(({ kind, case_id: caseId, mailbox, size_bytes: sizeBytes }): Job => {
      const isSmall = kind === 'mark' || (kind === 'handle' && sizeBytes <= smallMailBytesMax);
      return { kind, caseId, mailbox, ...(isSmall && { together: true }) };
    });
}

function sharesOf(mailbox: string, limit: number, at: Date | undefined): RawBuilder<unknown>[] {
  const unsettled = sql`exists (
    select from replies r where r.case_id = m.case_id and r.state in ('pending', 'sending'))`;
  // Two that send the same reply would each take it for one that the other was cut off from.
  const isInHand =
    at === undefined
      ? sql`false`
      : sql`(m.origin = 'outreach' and m.received_at > ${new Date(at.getTime() - outreachInHandMs)})`;
  // A reply that can still be taken back is nobody's to send yet, and its mail has nothing to be marked with.
  const isDue = at === undefined ? sql`true` : sql`(r.not_before is null or r.not_before <= ${at})`;
  const due = sql`exists (
    select from replies r where r.case_id = m.case_id and r.state in ('pending', 'sending') and ${isDue})`;
  const share = (kind: JobKind, which: RawBuilder<unknown>) => sql`(
    select ${kind}::text as kind, m.mailbox, m.case_id, m.received_at, m.size_bytes from mails m
    where m.mailbox = ${mailbox} and ${which}
    order by m.received_at, m.case_id limit ${limit})`;
  const decided = sql`m.state = 'decided' and not ${isInHand}`;
  return [
    share('handle', sql`m.state = 'accepted'`),
    share('deliver', sql`${decided} and ${due}`),
    share('mark', sql`${decided} and not ${unsettled}`),
    sql`(
      select 'deliver'::text as kind, m.mailbox, m.case_id, m.received_at, m.size_bytes
      from replies r join mails m on m.case_id = r.case_id
      where r.state in ('pending', 'sending') and ${isDue} and m.state = 'finished' and m.mailbox = ${mailbox}
      order by m.received_at, m.case_id limit ${limit})`,
  ];
}

/**
 * How many mails of a mailbox wait to be decided, or for their reply to be settled. Marks are not waited for, and
 * what a person had taken in (`backfill`) must not keep out what comes now.
 */
export async function countUnsettled(db: Database, mailbox: string): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) as count from mails m
    where m.mailbox = ${mailbox} and m.state <> 'finished' and m.backfilled_at is null and (m.state = 'accepted' or exists (
      select from replies r where r.case_id = m.case_id and r.state in ('pending', 'sending')))`.execute(
    db,
  );
  return Number(rows[0]?.count ?? 0);
}

export async function countUnfinishedElsewhere(
  db: Database,
  mailboxes: readonly string[],
): Promise<number> {
  const row = await db
    .selectFrom('mails')
    .select((select) => select.fn.countAll<string>().as('count'))
    .where('state', '<>', 'finished')
    .$if(mailboxes.length > 0, (query) => query.where('mailbox', 'not in', [...mailboxes]))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
