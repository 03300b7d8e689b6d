/**
 * A report about one of our replies: the reply's case says so, and its address is not written to again.
 *
 * Done in the transaction that saves the report's own case, so that no crash can lose it.
 */
import { sql } from 'kysely';
import type { Bounce } from '../core/bounce.ts';
import { placeHold } from './holds.ts';
import { cleanText } from './json.ts';
import { isAwaited } from './replies.ts';
import { turnFollowUpsToReview, turnToReview } from './review.ts';
import type { DatabaseTransaction } from './schema.ts';

/**
 * A reply that somebody reports about went out, whatever we had heard of it by then: also one that a person is about
 * to send again.
 */
const wentOut = sql<boolean>`(r.state = 'sent' or ${isAwaited})`;

/**
 * Writes down that a reply came back. A report of delay or of delivery changes nothing, and so does one
 * about a case that this store does not know, or about a reply that came back before.
 */
export async function saveBounce(
  trx: DatabaseTransaction,
  bounce: Bounce,
  report: { readonly caseId: string; readonly at: Date },
): Promise<void> {
  if (bounce.kind !== 'failed' && bounce.kind !== 'unknown') return;
  const reply = await trx
    .updateTable('replies as r')
    // When it went out is what limits count by; when it came back stands in the hold.
    .set({ state: 'undeliverable', settled_at: sql<Date>`coalesce(settled_at, ${report.at})` })
    .where('r.case_id', '=', bounce.caseId)
    .where(wentOut)
    .returning('r.to_address')
    .executeTakeFirst();
  if (reply === undefined) return;
  const told = (await hasNoContents(trx, bounce.caseId)) ? { kind: bounce.kind } : bounce;
  const detail = cleanText(sentenceOf(told, report.caseId));
  await trx
    .updateTable('replies')
    .set({ response: detail })
    .where('case_id', '=', bounce.caseId)
    .execute();
  await turnToReview(trx, bounce.caseId, {
    reason: 'review-undeliverable',
    evidence: { stage: 'deliver', code: 'undeliverable', detail },
  });
  await turnFollowUpsToReview(trx, bounce.caseId, 'review-undeliverable');
  // Whom it went to is not known any more.
  if (reply.to_address === '') return;
  await placeHold(trx, {
    kind: 'address',
    name: reply.to_address,
    at: report.at,
    detail,
    caseId: bounce.caseId,
  });
}

/** What a server says of an address often names it: it must not come back into a case that names nobody. */
async function hasNoContents(trx: DatabaseTransaction, caseId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('cases')
    .select('emptied_at')
    .where('case_id', '=', caseId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined && row.emptied_at !== null;
}

function sentenceOf(
  { kind, status, diagnostic }: Pick<Bounce, 'kind' | 'status' | 'diagnostic'>,
  reportCaseId: string,
): string {
  const said = [status, diagnostic].filter((part) => part !== undefined).join(' ');
  const what =
    kind === 'failed'
      ? 'the reply came back'
      : 'a report about the reply came, not saying what became of it';
  return `${what}${said === '' ? '' : `: ${said}`} (report ${reportCaseId})`;
}
