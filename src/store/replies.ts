/**
 * Replies on their way: who may send one, and what became of it.
 *
 * A reply is sent by whoever moved it from `pending` to `sending`, and by nobody else. One that is found
 * in `sending` may or may not have gone out: it must never be sent again on its own.
 */
import { sql } from 'kysely';
import { ownScenarios, type Reply } from '../core/decision.ts';
import type { Reason } from '../core/reasons.ts';
import type { FreshReply } from '../ports/batches.ts';
import type { ReplyClaim, ReplySettlement } from '../ports.ts';
import { addFollowUp, beginsAnew } from './follow-ups.ts';
import { cleanOrNull, cleanText, reviveDecision } from './json.ts';
import { prepared } from './prepared.ts';
import { turnFollowUpsToReview, turnToReview } from './review.ts';
import type { Database } from './schema.ts';

export async function claimReply(db: Database, caseId: string, at: Date): Promise<ReplyClaim> {
  // One statement decides: of two that try, the second finds the reply no longer pending.
  const claimed = await db
    .updateTable('replies')
    .set((set) => ({ state: 'sending', attempts: set('attempts', '+', 1), claimed_at: at }))
    .where('case_id', '=', caseId)
    .where('state', '=', 'pending')
    .where(sql<boolean>`(not_before is null or not_before <= ${at})`)
    // A hold that was placed a moment ago counts.
    .where(
      sql<boolean>`not exists (select from holds where released_at is null and (
        (kind = 'mailbox' and name = replies.mailbox)
        or (kind = 'address' and name = replies.to_address)))`,
    )
    .returning(['content', 'attempts'])
    .executeTakeFirst();
  if (claimed !== undefined)
    return { status: 'claimed', reply: claimed.content, attempt: claimed.attempts };
  const found = await db
    .selectFrom('replies')
    .select('state')
    .where('case_id', '=', caseId)
    .executeTakeFirst();
  // Held, too early, or pending again since the statement above: the next attempt takes it, or takes it back.
  if (found?.state === 'pending') return { status: 'held' };
  return { status: found?.state === 'sending' ? 'interrupted' : 'settled' };
}

export interface FreshClaim {
  readonly caseId: string;
  readonly at: Date;
  readonly decidedAfter: Date;
}

/**
 * Claims those against which nothing can speak; undefined for the others. What a person approved is looked at once
 * more before it goes, so it is never among them. Committed when it resolves: only then
 * may the first of them be handed to a server.
 */
export async function claimFresh(
  db: Database,
  claims: readonly FreshClaim[],
): Promise<readonly (FreshReply | undefined)[]> {
  const times = (of: (claim: FreshClaim) => Date) => claims.map((claim) => of(claim).toISOString());
  const { rows } = await sql<FreshRow>`${prepared('claim-fresh')}
    with asked as materialized (
      select distinct on (case_id) case_id, at, decided_after from unnest(
        ${claims.map(({ caseId }) => caseId)}::text[],
        ${times(({ at }) => at)}::timestamptz[],
        ${times(({ decidedAfter }) => decidedAfter)}::timestamptz[]
      ) as a(case_id, at, decided_after)
    ),
    -- In one order, since two workers may have the same replies.
    free as materialized (
      select r.case_id from asked join replies r using (case_id) join cases c using (case_id)
      where r.state = 'pending' and r.not_before is null and c.decided_at > asked.decided_after
        and (c.scenario is null or c.scenario <> all(${[...ownScenarios]}::text[]))
        and not exists (select from holds where released_at is null and (
          (kind = 'mailbox' and name = r.mailbox) or (kind = 'address' and name = r.to_address)))
      order by r.case_id for no key update of r
    )
    update replies r set state = 'sending', attempts = r.attempts + 1, claimed_at = asked.at
    from free join asked using (case_id) join cases c using (case_id) join mails m using (case_id)
    where r.case_id = free.case_id and r.state = 'pending'
    returning r.case_id, r.content, r.attempts, c.decision, m.received_at`.execute(db);
  const claimed = new Map(rows.map((row) => [row.case_id, row]));
  return claims.map(({ caseId }) => {
    const row = claimed.get(caseId);
    // Of two that ask for the same reply at once, one gets it.
    if (row === undefined || !claimed.delete(caseId)) return undefined;
    const { content: reply, attempts: attempt, decision, received_at: receivedAt } = row;
    return { reply, attempt, decision: reviveDecision(decision), receivedAt };
  });
}

interface FreshRow {
  readonly case_id: string;
  readonly content: Reply;
  readonly attempts: number;
  readonly decision: unknown;
  readonly received_at: Date;
}

/**
 * An attempt of which the server has spoken after all, late as it may be: of a reply that was held to be unconfirmed,
 * and of one that a person has sent again since and nobody has claimed since. Approved replies were not tried yet.
 */
export const isAwaited = sql<boolean>`(r.state in ('sending', 'unconfirmed') or (
  r.state = 'pending' and r.not_before is not null and r.claimed_at is null and r.attempts > 0))`;

export interface SentReply {
  readonly caseId: string;
  readonly settlement: Extract<ReplySettlement, { state: 'sent' }>;
}

/** Settles replies that the server took, as `settleReply` does, with what begins to wait after them. */
export async function settleSent(
  db: Database,
  sent: readonly SentReply[],
): Promise<readonly undefined[]> {
  const followUps = sent.map(({ settlement }) => settlement.followUp);
  await sql`${prepared('settle-sent')}
    with asked as materialized (
      select distinct on (case_id) * from unnest(
        ${sent.map(({ caseId }) => caseId)}::text[],
        ${sent.map(({ settlement }) => settlement.at.toISOString())}::timestamptz[],
        ${sent.map(({ settlement }) => cleanText(settlement.response))}::text[],
        ${followUps.map((one) => cleanOrNull(one?.customerId))}::text[],
        ${followUps.map((one) => one?.dueAt.toISOString() ?? null)}::timestamptz[]
      ) as a(case_id, at, response, customer_id, due_at)
    ),
    settled as (
      update replies r set state = 'sent', response = asked.response, settled_at = asked.at
      from asked where r.case_id = asked.case_id and ${isAwaited}
      returning r.case_id, r.mailbox
    )
    insert into follow_ups (case_id, mailbox, customer_id, state, due_at)
    select case_id, settled.mailbox, customer_id, 'waiting', due_at
    from settled join asked using (case_id) where customer_id is not null
    ${beginsAnew}`.execute(db);
  return sent.map(() => undefined);
}

/**
 * Writes down what became of an attempt. Only a reply that is being sent is settled. `sent` is also taken
 * for one that was held to be unconfirmed: the server has spoken after all; the case stays with the desk. One that a
 * person has sent again meanwhile does not go twice.
 */
export async function settleReply(
  db: Database,
  caseId: string,
  settlement: ReplySettlement,
): Promise<void> {
  const { state, at } = settlement;
  const response = cleanText(settlement.response);
  await db.transaction().execute(async (trx) => {
    const settled = await trx
      .updateTable('replies as r')
      .set({ state, response, settled_at: state === 'pending' ? null : at })
      .where('r.case_id', '=', caseId)
      .where(state === 'sent' ? isAwaited : sql<boolean>`r.state = 'sending'`)
      .returning(['r.case_id', 'r.mailbox'])
      .executeTakeFirst();
    if (settled !== undefined && settlement.state === 'sent' && settlement.followUp !== undefined)
      await addFollowUp(trx, { caseId, mailbox: settled.mailbox, ...settlement.followUp });
    if (settled === undefined || state === 'sent' || state === 'pending') return;
    const reason = state === 'rejected' ? 'review-rejected' : 'review-unconfirmed';
    await turnToReview(trx, caseId, {
      reason,
      evidence: { stage: 'deliver', code: state, detail: response },
    });
    await turnFollowUpsToReview(trx, caseId, reason);
  });
}

/** Takes a pending reply back; one that is on its way already is left alone. */
export async function withdrawReply(
  db: Database,
  caseId: string,
  withdrawal: { readonly at: Date; readonly reason: Reason; readonly detail: string },
): Promise<boolean> {
  const detail = cleanText(withdrawal.detail);
  return db.transaction().execute(async (trx) => {
    const withdrawn = await trx
      .updateTable('replies')
      .set({ state: 'withdrawn', response: detail, settled_at: withdrawal.at })
      .where('case_id', '=', caseId)
      .where('state', '=', 'pending')
      .returning('case_id')
      .executeTakeFirst();
    if (withdrawn === undefined) return false;
    await turnToReview(trx, caseId, {
      reason: withdrawal.reason,
      evidence: { stage: 'deliver', code: withdrawal.reason, detail },
    });
    await turnFollowUpsToReview(trx, caseId, withdrawal.reason);
    return true;
  });
}
