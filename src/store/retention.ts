/**
 * Deletes what the settings keep no longer, a piece at a time, so that nobody waits long for a lock.
 *
 * What is not finished stays whole: a mail that waits for its decision, a reply that is on its way or that is
 * followed up.
 */
import { sql } from 'kysely';
import { emptyForgottenSettlements } from './desk-privacy.ts';
import { emptyCases } from './empty-cases.ts';
import type { Database } from './schema.ts';

export async function deleteRawMails(
  db: Database,
  mailboxes: readonly string[],
  before: Date,
  limit: number,
): Promise<number> {
  const deleted = await sql`
    update mails set raw = null where case_id in (
      select case_id from mails
      where raw is not null and state = 'finished' and decided_at < ${before}
        and mailbox = any(${[...mailboxes]}::text[])
        and not exists (${openReply})
      order by decided_at limit ${limit})`.execute(db);
  return Number(deleted.numAffectedRows ?? 0);
}

/** One that waits long is decided anew before it is sent, from the raw mail. */
const openReply = sql`
  select from replies r where r.case_id = mails.case_id and r.state in ('pending', 'sending')`;

/** Returns how many cases were emptied, at most `limit`. */
export async function emptyOldCases(
  db: Database,
  mailboxes: readonly string[],
  { before, at, limit }: { readonly before: Date; readonly at: Date; readonly limit: number },
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ case_id: string }>`
      select cases.case_id from cases join mails on mails.case_id = cases.case_id
      where emptied_at is null and cases.decided_at < ${before}
        and mails.state = 'finished' and cases.mailbox = any(${[...mailboxes]}::text[])
        and not exists (${openReply})
        and not exists (
          select from follow_ups f where f.case_id = cases.case_id and f.state = 'waiting')
      order by cases.decided_at limit ${limit}
      for no key update of mails`.execute(trx);
    const ids = rows.map((row) => row.case_id);
    await emptyForgottenSettlements(trx);
    await emptyCases(trx, ids, { at, why: 'older than retention.caseDays allows' });
    return ids.length;
  });
}

/** PGlite has no autovacuum: without this every update would make its files grow for ever. */
export async function compact(db: Database): Promise<void> {
  await sql`vacuum`.execute(db);
}
