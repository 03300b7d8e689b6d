/**
 * Mails that we begin ourselves, saved with the guards of a reply.
 *
 * No mail lies behind them, so their line in the ledger is decided from the beginning and has nothing to mark.
 */
import assert from 'node:assert';
import type { CaseRecord, OwnOrigin } from '../ports.ts';
import { insertCase, isStillAllowed } from './cases.ts';
import { countOwnMails } from './follow-ups.ts';
import { insertPending } from './pending-reply.ts';
import type { Database, DatabaseTransaction } from './schema.ts';
import { keepTemplateVersion } from './template-versions.ts';

export type OwnSaveOutcome = 'saved' | 'already-saved' | 'outrun';

const hourMs = 3_600_000;

interface Own {
  readonly origin: OwnOrigin;
  readonly perHour?: number;
}

/** False when the line is there already. Waits for a transaction that is about to write it. */
async function insertLine(
  trx: DatabaseTransaction,
  { caseId, mailbox, decision, decidedAt }: CaseRecord,
  origin: OwnOrigin,
): Promise<boolean> {
  const rows = await trx
    .insertInto('mails')
    .values({
      case_id: caseId,
      mailbox,
      message_id: null,
      state: 'decided',
      size_bytes: 0,
      complete: true,
      answered: false,
      received_at: decidedAt,
      raw: null,
      reason: decision.reason,
      decided_at: decidedAt,
      origin,
    })
    .onConflict((conflict) => conflict.column('case_id').doNothing())
    .returning('case_id')
    .execute();
  return rows.length === 1;
}

async function isThere(trx: DatabaseTransaction, caseId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('mails')
    .select('case_id')
    .where('case_id', '=', caseId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function saveOwnCase(
  db: Database,
  record: CaseRecord,
  { origin, perHour }: Own,
): Promise<OwnSaveOutcome> {
  const { caseId, mailbox, decision, decidedAt, reply } = record;
  assert(reply !== undefined && decision.action === 'reply', 'a mail of our own is to be sent');
  return db.transaction().execute(async (trx) => {
    // Asked before the limits, in which it counts itself.
    if (await isThere(trx, caseId)) return 'already-saved';
    if (!(await isStillAllowed(trx, record, reply))) return 'outrun';
    // Its locks are held: nobody else begins one from this mailbox meanwhile.
    const since = new Date(decidedAt.getTime() - hourMs);
    if (perHour !== undefined && (await countOwnMails(trx, { origin, mailbox, since })) >= perHour)
      return 'outrun';
    if (!(await insertLine(trx, record, origin))) return 'already-saved';
    const { replyKey, content } = reply;
    const pending = { caseId, mailbox, replyKey, content, at: decidedAt };
    if (!(await insertPending(trx, pending))) {
      await trx.deleteFrom('mails').where('case_id', '=', caseId).execute();
      return 'outrun';
    }
    await insertCase(trx, record);
    if (record.template !== undefined) await keepTemplateVersion(trx, record.template, decidedAt);
    return 'saved';
  });
}
