/**
 * Takes the contents out of cases and leaves the ledger: that a mail was handled, why, and which reply key was used.
 */
import { sql } from 'kysely';
import { keyWithoutAddress } from '../core/reply-key.ts';
import { emptySettlements } from './desk-privacy.ts';
import type { DatabaseTransaction } from './schema.ts';

/**
 * Empties these cases, whose mails must be finished. What is left names no person: action, reason, scenario, the id
 * of the customer, times, the reply key (with a digest where it named the address) and the Message-ID of our own
 * reply, by which an answer to it is known.
 */
export async function emptyCases(
  trx: DatabaseTransaction,
  caseIds: readonly string[],
  { at, why }: { readonly at: Date; readonly why: string },
): Promise<void> {
  if (caseIds.length === 0) return;
  // In the order of everybody else who writes to more than one of them: the mail, its reply, its case.
  const ids = sql`any(${[...caseIds]}::text[])`;
  await sql`update mails set raw = null where case_id = ${ids} and raw is not null`.execute(trx);
  await hideAddresses(trx, caseIds);
  await sql`
    update replies set to_address = '', to_domain = '', response = null,
      content = jsonb_build_object(
        'from', content->'from', 'to', jsonb_build_object('address', ''), 'subject', '', 'text', '', 'html', '',
        'messageId', content->'messageId', 'references', '[]'::jsonb, 'headers', '{}'::jsonb,
        'envelopeFrom', content->'envelopeFrom', 'locale', content->'locale',
        'templateId', content->'templateId', 'templateHash', content->'templateHash')
    where case_id = ${ids}`.execute(trx);
  await sql`
    update cases set subject = '', proposal = null, emptied_at = ${at},
      decision = jsonb_strip_nulls(jsonb_build_object(
        'action', action, 'reason', reason, 'scenario', scenario,
        'family', decision->'family', 'relatedCaseId', related_case_id,
        'authentication', jsonb_build_object('result', 'none', 'dkimAligned', false),
        'evidence', jsonb_build_array(jsonb_build_object(
          'stage', 'pipeline', 'code', 'contents-deleted', 'detail', ${why}::text)),
        'plan', case when action = 'reply' then jsonb_build_object(
          'to', '', 'scenario', scenario, 'locale', coalesce(decision->'plan'->>'locale', 'en'),
          'lines', '[]'::jsonb, 'replyKey', coalesce((select reply_key from replies r where r.case_id = cases.case_id), '')) end))
    where case_id = ${ids}`.execute(trx);
  await emptySettlements(trx, caseIds);
  await sql`update follow_ups set detail = null where case_id = ${ids}`.execute(trx);
}

/** Keys of general answers, and of the word that somebody else has the answer, hold the address. */
async function hideAddresses(trx: DatabaseTransaction, caseIds: readonly string[]): Promise<void> {
  const rows = await trx
    .selectFrom('replies')
    .select(['case_id', 'reply_key', 'to_address'])
    .where('case_id', '=', sql<string>`any(${[...caseIds]}::text[])`)
    .where('to_address', '<>', '')
    .execute();
  for (const { case_id: caseId, reply_key: before, to_address: address } of rows) {
    const key = keyWithoutAddress(before, address);
    if (key === before) continue;
    // Another may have it only where two were sent after all: neither may keep the rest from being deleted.
    const taken = sql<boolean>`exists (select from replies r where r.reply_key = ${key})`;
    await sql`
      update replies set reply_key = case when ${taken} then ${`${key}:${caseId}`} else ${key} end
      where case_id = ${caseId}`.execute(trx);
  }
}
