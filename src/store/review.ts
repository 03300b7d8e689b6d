/**
 * Cases that go to the desk after they were decided: a reply that failed, or work that was given up.
 *
 * What was decided before stays in the evidence, and nothing is left behind that would be tried for ever.
 */

import type { Decision } from '../core/decision.ts';
import { shownCharsMax } from '../core/limits.ts';
import type { Evidence } from '../core/mail.ts';
import type { Reason } from '../core/reasons.ts';
import { ResponderError } from '../errors.ts';
import type { JobKind, MailState, ReplyState } from '../ports.ts';
import { cleanText, reviveDecision, toJson } from './json.ts';
import type { Database, DatabaseTransaction } from './schema.ts';

/** Turns a decided case into a review. Its plan stays, as what could still be sent; what was settled waits again. */
export async function turnToReview(
  trx: DatabaseTransaction,
  caseId: string,
  turn: { readonly reason: Reason; readonly evidence: Evidence },
): Promise<void> {
  const row = await trx
    .selectFrom('cases')
    .select('decision')
    .where('case_id', '=', caseId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) return;
  const before = reviveDecision(row.decision);
  const decision: Decision = {
    ...before,
    action: 'review',
    reason: turn.reason,
    evidence: [
      ...before.evidence,
      {
        stage: 'pipeline',
        code: 'decided-before',
        detail: `${before.action}, ${before.reason}`,
      },
      turn.evidence,
    ],
  };
  await trx
    .updateTable('cases')
    .set({ action: 'review', reason: turn.reason, decision: toJson(decision), settled_at: null })
    .where('case_id', '=', caseId)
    .execute();
}

/**
 * Turns the cases that were silenced because of an answer into reviews too: it did not arrive after all, or
 * nobody knows, and their people wait for one.
 */
export async function turnFollowUpsToReview(
  trx: DatabaseTransaction,
  caseId: string,
  reason: Reason,
): Promise<void> {
  const silenced = await trx
    .selectFrom('cases')
    .select('case_id')
    .where('related_case_id', '=', caseId)
    .where('reason', '=', 'suppressed-already-answered')
    .orderBy('case_id')
    .execute();
  const detail = `the answer of case ${caseId} is not known to have arrived: ${reason}`;
  for (const { case_id: followUp } of silenced)
    await turnToReview(trx, followUp, {
      reason,
      evidence: { stage: 'pipeline', code: 'answer-in-doubt', detail },
    });
}

interface GivenUp {
  readonly at: Date;
  readonly detail: string;
  /** Which job was given up; inferred from how far the mail is when it is not said. */
  readonly kind?: JobKind;
}

function shown(detail: string): string {
  // Control characters have no business in a line of evidence.
  return cleanText(detail)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, shownCharsMax);
}

/** A case for a mail that was never decided: nothing is known of it but that handling it failed. */
async function insertFailedCase(
  trx: DatabaseTransaction,
  mail: { readonly case_id: string; readonly mailbox: string; readonly message_id: string | null },
  failure: GivenUp,
  evidence: Evidence,
): Promise<void> {
  const decision: Decision = {
    action: 'review',
    reason: 'review-processing-failed',
    authentication: { result: 'none', dkimAligned: false },
    evidence: [evidence],
  };
  await trx
    .insertInto('cases')
    .values({
      case_id: mail.case_id,
      mailbox: mail.mailbox,
      message_id: mail.message_id,
      subject: '',
      action: decision.action,
      reason: decision.reason,
      scenario: null,
      customer_id: null,
      decision: toJson(decision),
      proposal: null,
      decided_at: failure.at,
    })
    .execute();
  await trx
    .updateTable('mails')
    .set({ state: 'decided', reason: decision.reason, decided_at: failure.at })
    .where('case_id', '=', mail.case_id)
    .execute();
}

function givenUpKind(mail: MailState, reply: ReplyState | undefined): JobKind {
  if (mail === 'accepted') return 'handle';
  return reply === 'pending' || reply === 'sending' ? 'deliver' : 'mark';
}

/**
 * Gives a case to the desk because a job failed for good.
 *
 * `handle`: the mail goes on to be marked. `deliver`: a reply that is pending was not sent and becomes
 * rejected; one that was being sent may have gone out and becomes unconfirmed. `mark`: the mail is
 * finished without its mark, since it would be tried for ever.
 */
export async function giveUp(db: Database, caseId: string, failure: GivenUp): Promise<void> {
  const detail = shown(failure.detail);
  await db.transaction().execute(async (trx) => {
    const mail = await trx
      .selectFrom('mails')
      .select(['case_id', 'mailbox', 'message_id', 'state'])
      .where('case_id', '=', caseId)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (mail === undefined)
      throw new ResponderError('CASE_NOT_FOUND', `There is no case ${caseId}.`);
    const reply = await trx
      .selectFrom('replies')
      .select('state')
      .where('case_id', '=', caseId)
      .forNoKeyUpdate()
      .executeTakeFirst();
    const due = givenUpKind(mail.state, reply?.state);
    // A job that is told twice, or whose work was done meanwhile, changes nothing the second time.
    if (failure.kind !== undefined && failure.kind !== due) return;
    if (due === 'mark' && mail.state === 'finished') return;
    const evidence: Evidence = { stage: 'pipeline', code: `${due}-failed`, detail };
    if (due === 'handle') return insertFailedCase(trx, mail, failure, evidence);
    await turnToReview(trx, caseId, { reason: 'review-processing-failed', evidence });
    if (due === 'mark') {
      await trx
        .updateTable('mails')
        .set({ state: 'finished' })
        .where('case_id', '=', caseId)
        .execute();
      return;
    }
    await trx
      .updateTable('replies')
      .set({
        state: reply?.state === 'sending' ? 'unconfirmed' : 'rejected',
        response: detail,
        settled_at: failure.at,
      })
      .where('case_id', '=', caseId)
      .execute();
    await turnFollowUpsToReview(trx, caseId, 'review-processing-failed');
  });
}
