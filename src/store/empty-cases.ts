/**
 * Takes the contents out of cases and leaves the ledger: that a mail was handled, why, and which reply key was used.
 */
import { sql } from 'kysely';
import type { DatabaseTransaction } from './schema.ts';

/**
 * Empties these cases, whose mails must be finished. What is left names no person: action, reason, scenario, the id
 * of the customer, times, the reply key and the Message-ID of our own reply, by which an answer to it is known.
 */
export async function emptyCases(
  trx: DatabaseTransaction,
  caseIds: readonly string[],
  { at, why }: { readonly at: Date; readonly why: string },
): Promise<void> {
  if (caseIds.length === 0) return;
  const ids = sql`any(${[...caseIds]}::text[])`;
  await sql`update mails set raw = null where case_id = ${ids} and raw is not null`.execute(trx);
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
          'lines', '[]'::jsonb, 'replyKey', coalesce(decision->'plan'->>'replyKey', '')) end))
    where case_id = ${ids}`.execute(trx);
  await sql`
    update replies set to_address = '', to_domain = '', response = null,
      content = jsonb_build_object(
        'from', content->'from', 'to', jsonb_build_object('address', ''), 'subject', '', 'text', '', 'html', '',
        'messageId', content->'messageId', 'references', '[]'::jsonb, 'headers', '{}'::jsonb,
        'envelopeFrom', content->'envelopeFrom', 'locale', content->'locale',
        'templateId', content->'templateId', 'templateHash', content->'templateHash')
    where case_id = ${ids}`.execute(trx);
  await sql`update follow_ups set detail = null where case_id = ${ids}`.execute(trx);
}
