/**
 * The desk settles a case without a reply of ours, takes a settlement back, or says that a reply arrived.
 */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { objectionToSettling } from '../core/desk-standing.ts';
import type { Act } from '../ports/audit.ts';
import type { DeskOutcome } from '../ports/desk.ts';
import type { DeskStore } from '../ports/desk-store.ts';
import { writeDecision } from './desk-approve.ts';
import {
  auditCase,
  type CaseBefore,
  type LockedCase,
  lockCase,
  noCase,
  refused,
  shownOf,
  writeSettlement,
} from './desk-case.ts';
import { addFollowUp } from './follow-ups.ts';
import { cleanText, toJson } from './json.ts';
import { turnFollowUpsToReview, turnToReview } from './review.ts';
import type { Database, DatabaseTransaction } from './schema.ts';

export async function settleCase(
  db: Database,
  settlement: Parameters<DeskStore['settleCase']>[0],
): Promise<DeskOutcome> {
  const { caseId, kind, act, undoUntil, dismissal, note } = settlement;
  return db.transaction().execute(async (trx) => {
    const found = await lockCase(trx, caseId);
    if (found === undefined) return noCase;
    const objection = objectionToSettling(found.standing);
    if (objection !== undefined) return refused(objection.why, objection.sentence);
    await writeSettlement(trx, found, {
      kind,
      act,
      undoUntil,
      ...(dismissal === undefined ? {} : { dismissal }),
      ...(note === undefined ? {} : { note }),
      chosen: {},
      after: { settled: dismissal === undefined ? kind : `${kind}: ${dismissal}` },
    });
    await trx
      .updateTable('cases')
      .set({ settled_at: act.at })
      .where('case_id', '=', caseId)
      .execute();
    if (found.standing.isOverdue)
      await trx
        .updateTable('follow_ups')
        .set({ state: 'stopped', settled_at: act.at, detail: `the desk settled it: ${kind}` })
        .where('case_id', '=', caseId)
        .execute();
    return { kind: 'done', caseId, undoUntil };
  });
}

export async function undoSettlement(db: Database, caseId: string, act: Act): Promise<DeskOutcome> {
  return db.transaction().execute(async (trx) => {
    const found = await lockCase(trx, caseId);
    if (found === undefined) return noCase;
    const { settlement, reply } = found;
    if (settlement === undefined || settlement.before === null)
      return refused('not-possible', 'There is nothing to take back.');
    if (settlement.by_name !== cleanText(act.by))
      return refused('not-possible', `Only ${settlement.by_name}, who did it, can take it back.`);
    const { undo_until: until } = settlement;
    if (until === null) return refused('not-possible', 'This cannot be taken back.');
    if (act.at.getTime() > until.getTime())
      return refused('too-late', 'The time to take it back is over.');
    const isWithoutReply = settlement.kind === 'answered' || settlement.kind === 'dismissed';
    // Whoever claimed the reply is sending it; whoever withdrew it gave the case to the desk already.
    const isThere = isWithoutReply
      ? found.standing.isSettled
      : reply?.state === 'pending' && reply.claimed_at === null;
    if (!isThere) return refused('too-late', 'It went on meanwhile: look at the case again.');
    const before = settlement.before as CaseBefore;
    await putBack(trx, found, before);
    if (!isWithoutReply) await putReplyBack(trx, found, before);
    await keepSilenced(trx, found, before);
    await endSettlement(trx, settlement.id, act);
    await auditCase(trx, caseId, act, {
      action: 'undone',
      before: { ...shownOf(found), settled: settlement.kind },
      after: { action: before.action, reason: before.reason },
    });
    return { kind: 'done', caseId };
  });
}

async function endSettlement(trx: DatabaseTransaction, id: string, act: Act): Promise<void> {
  await trx
    .updateTable('desk_settlements')
    .set({ ended_at: act.at, ended_by: cleanText(act.by) })
    .where('id', '=', id)
    .execute();
}

async function putBack(
  trx: DatabaseTransaction,
  { row, mailState }: LockedCase,
  before: CaseBefore,
): Promise<void> {
  const id = row.case_id;
  const { proposal, followUp } = before;
  await sql`
    update cases set action = ${before.action}, reason = ${before.reason},
      scenario = ${before.scenario}, customer_id = ${before.customerId},
      decision = ${toJson(before.decision)}::jsonb,
      proposal = ${proposal === null ? null : toJson(proposal)}::jsonb, settled_at = null
    where case_id = ${id}`.execute(trx);
  // A mail that was still to be marked as one for the desk is to be marked so again.
  if (mailState !== before.mailState)
    await trx
      .updateTable('mails')
      .set({ state: before.mailState })
      .where('case_id', '=', id)
      .execute();
  if (followUp !== undefined)
    await sql`
      update follow_ups set state = ${followUp.state}, settled_at = ${followUp.settledAt}::timestamptz,
        detail = ${followUp.detail} where case_id = ${id}`.execute(trx);
}

/** The key is free again, and who was silenced because of the answer waits for the desk. */
async function putReplyBack(
  trx: DatabaseTransaction,
  { row }: LockedCase,
  before: CaseBefore,
): Promise<void> {
  const id = row.case_id;
  await trx.deleteFrom('replies').where('case_id', '=', id).execute();
  if (before.reply !== undefined)
    await sql`
      insert into replies (case_id, mailbox, reply_key, state, content, to_address, to_domain,
        attempts, response, created_at, claimed_at, settled_at, not_before)
      select case_id, mailbox, reply_key, state, content, to_address, to_domain,
        attempts, response, created_at, claimed_at, settled_at, not_before
      from jsonb_to_record(${toJson(before.reply)}::jsonb) as r(case_id text, mailbox text,
        reply_key text, state text, content jsonb, to_address text, to_domain text, attempts integer,
        response text, created_at timestamptz, claimed_at timestamptz, settled_at timestamptz,
        not_before timestamptz)`.execute(trx);
  await turnFollowUpsToReview(trx, id, 'review-answer-taken-back');
}

/** A case is silenced again only by an answer that is still there: this one was in nobody's sight when it went. */
async function keepSilenced(
  trx: DatabaseTransaction,
  { row }: LockedCase,
  before: CaseBefore,
): Promise<void> {
  const { case_id: caseId, related_case_id: answeredIn } = row;
  if (before.reason !== 'suppressed-already-answered' || answeredIn === null) return;
  const answer = await trx
    .selectFrom('replies')
    .select('state')
    .where('case_id', '=', answeredIn)
    .forShare()
    .executeTakeFirst();
  if (answer !== undefined && ['pending', 'sending', 'sent'].includes(answer.state)) return;
  const detail = `the answer of case ${answeredIn} is not known to have arrived`;
  await turnToReview(trx, caseId, {
    reason: 'review-answer-taken-back',
    evidence: { stage: 'pipeline', code: 'answer-in-doubt', detail },
  });
}

/** Puts a case that was settled without a reply back among those that wait. */
export async function reopenCase(db: Database, caseId: string, act: Act): Promise<DeskOutcome> {
  return db.transaction().execute(async (trx) => {
    const found = await lockCase(trx, caseId);
    if (found === undefined) return noCase;
    if (found.standing.isEmptied)
      return refused('emptied', 'What the case said was deleted; nothing can be done with it.');
    const { settlement } = found;
    if (!found.standing.isSettled || settlement === undefined)
      return refused('not-possible', 'The case is not settled.');
    await trx
      .updateTable('cases')
      .set({ settled_at: null })
      .where('case_id', '=', caseId)
      .execute();
    const before = settlement.before as CaseBefore | null;
    // An overdue reply waits again as it did; where that was deleted, it waits all the same.
    const followUp =
      before === null && found.row.action === 'reply'
        ? { state: 'told', settledAt: act.at.toISOString(), detail: null }
        : before?.followUp;
    if (followUp !== undefined && (followUp.state === 'told' || followUp.state === 'reminded'))
      await sql`
        update follow_ups set state = ${followUp.state},
          settled_at = ${followUp.settledAt}::timestamptz, detail = ${followUp.detail}
        where case_id = ${caseId} and state = 'stopped'`.execute(trx);
    await endSettlement(trx, settlement.id, act);
    await auditCase(trx, caseId, act, {
      action: 'reopened',
      before: { ...shownOf(found), settled: settlement.kind },
    });
    return { kind: 'done', caseId };
  });
}

export async function noteArrived(
  db: Database,
  arrival: Parameters<DeskStore['noteArrived']>[0],
): Promise<DeskOutcome> {
  const { caseId, act, seen, decision, followUp } = arrival;
  return db.transaction().execute(async (trx) => {
    const found = await lockCase(trx, caseId);
    if (found === undefined) return noCase;
    const { reply } = found;
    if (found.standing.isEmptied)
      return refused('emptied', 'What the case said was deleted; nothing can be done with it.');
    if (reply?.state === 'sent') return refused('already-replied', 'Its reply went out.');
    if (reply?.state !== 'unconfirmed')
      return refused('not-possible', 'Nobody doubts whether a reply of this case arrived.');
    if (!isDeepStrictEqual(found.decision, seen))
      return refused('changed', 'The case changed meanwhile: look at it again.');
    const sentAt = reply.settled_at ?? act.at;
    await writeSettlement(trx, found, {
      kind: 'arrived',
      act,
      chosen: {},
      after: { action: decision.action, reason: decision.reason, reply: 'sent' },
    });
    await trx
      .updateTable('replies')
      .set({ state: 'sent', settled_at: sentAt })
      .where('case_id', '=', caseId)
      .execute();
    await writeDecision(trx, caseId, decision);
    if (followUp !== undefined)
      await addFollowUp(trx, { caseId, mailbox: found.row.mailbox, ...followUp(sentAt) });
    // It gets its mark, since its answer went out.
    await trx
      .updateTable('mails')
      .set({ state: 'decided' })
      .where('case_id', '=', caseId)
      .execute();
    return { kind: 'done', caseId };
  });
}
