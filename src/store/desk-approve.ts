/**
 * The desk approves a reply, or sends one again: judged and written in one transaction, under the locks of
 * everybody who saves a reply.
 *
 * What is refused has changed nothing. The unique reply key stays the last guard against a second reply.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Selectable, sql } from 'kysely';
import type { Decision } from '../core/decision.ts';
import { objectionToApproval } from '../core/desk-standing.ts';
import type { DeskOutcome, Refused } from '../ports/desk.ts';
import type { Approval, DeskStore } from '../ports/desk-store.ts';
import { customerOf } from './cases.ts';
import {
  heldBack,
  type LockedCase,
  lockCase,
  lockSending,
  noCase,
  refused,
  writeSettlement,
} from './desk-case.ts';
import { cleanOrNull, cleanText, toJson } from './json.ts';
import { insertPending } from './pending-reply.ts';
import type { Database, DatabaseTransaction, Schema } from './schema.ts';
import { keepTemplateVersion } from './template-versions.ts';

/** Ends a transaction in which something was written already. */
class TakenBack extends Error {
  readonly refusal: Refused;

  constructor(refusal: Refused) {
    super(refusal.sentence);
    this.refusal = refusal;
  }
}

/** A transaction that a refusal rolls back. */
async function judged(
  db: Database,
  act: (trx: DatabaseTransaction) => Promise<DeskOutcome>,
): Promise<DeskOutcome> {
  try {
    return await db.transaction().execute(act);
  } catch (error) {
    if (error instanceof TakenBack) return error.refusal;
    throw error;
  }
}

const changed = refused('changed', 'The case changed meanwhile: look at it again.');

export async function approveReply(db: Database, approval: Approval): Promise<DeskOutcome> {
  const { caseId, act, undoUntil, decision, reply, kind, chosen } = approval;
  return judged(db, async (trx) => {
    const mailbox = await mailboxOf(trx, caseId);
    if (mailbox === undefined) return noCase;
    await lockSending(trx, { domain: approval.domain, mailbox });
    const found = await lockCase(trx, caseId);
    if (found === undefined) return noCase;
    const objection = objectionToApproval(found.standing);
    if (objection !== undefined) return refused(objection.why, objection.sentence);
    if (!isDeepStrictEqual(found.decision, approval.seen)) return changed;
    const held = await heldBack(trx, mailbox, reply.to.address);
    if (held !== undefined) return held;
    const key = await keyFor(trx, approval);
    if (typeof key !== 'string') return key;
    await writeSettlement(trx, found, {
      kind,
      act,
      undoUntil,
      chosen,
      after: {
        action: decision.action,
        reason: decision.reason,
        scenario: decision.plan.scenario,
        ...(decision.plan.customer === undefined ? {} : { customer: decision.plan.customer.id }),
      },
    });
    await putReply(trx, found, { ...approval, mailbox, replyKey: key, attempts: 0 });
    await writeDecision(trx, caseId, { ...decision, plan: { ...decision.plan, replyKey: key } });
    if (approval.template !== undefined) await keepTemplateVersion(trx, approval.template, act.at);
    return { kind: 'done', caseId, undoUntil };
  });
}

async function mailboxOf(trx: DatabaseTransaction, caseId: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('mails')
    .select('mailbox')
    .where('case_id', '=', cleanText(caseId))
    .executeTakeFirst();
  return row?.mailbox;
}

/** The key of the reply, or why it must not have one: the same reply is with somebody already. */
async function keyFor(trx: DatabaseTransaction, approval: Approval): Promise<string | Refused> {
  const { caseId, decision, isGeneral, evenIfAnswered } = approval;
  const wanted = cleanText(decision.plan.replyKey);
  const earlier = await earlierReply(trx, caseId, wanted);
  if (earlier !== undefined && !evenIfAnswered)
    return refused('answered-before', `The same reply went out before, in case ${earlier}.`);
  // What goes on with a colon is counted with the key, so that nobody else gets this reply by itself.
  return isGeneral || earlier !== undefined ? `${wanted}:desk:${caseId}` : wanted;
}

/** The case of another reply under the key, or under one that goes on with a colon. */
async function earlierReply(
  trx: DatabaseTransaction,
  caseId: string,
  key: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ case_id: string }>`
    select case_id from replies
    where (reply_key = ${key} or (reply_key >= ${`${key}:`} and reply_key < ${`${key};`}))
      and state not in ('rejected', 'withdrawn') and case_id <> ${caseId}
    order by created_at desc limit 1`.execute(trx);
  return rows[0]?.case_id;
}

interface Put extends Pick<Approval, 'caseId' | 'act' | 'undoUntil' | 'reply'> {
  readonly mailbox: string;
  readonly replyKey: string;
  readonly attempts: number;
}

/**
 * Puts the reply in the place of one that did not go out, or was told to go again. Somebody who took the key a
 * moment ago, from another mailbox to other people, was quicker.
 */
async function putReply(trx: DatabaseTransaction, found: LockedCase, put: Put): Promise<void> {
  const { caseId, act, undoUntil, reply, mailbox, replyKey, attempts } = put;
  await trx.deleteFrom('replies').where('case_id', '=', caseId).execute();
  const isPut = await insertPending(trx, {
    caseId,
    mailbox,
    replyKey,
    content: reply,
    at: act.at,
    attempts,
    notBefore: undoUntil,
  });
  if (!isPut)
    throw new TakenBack(
      refused('answered-before', 'The same reply just went out in another case.'),
    );
  if (found.mailState !== 'accepted')
    await trx
      .updateTable('mails')
      .set({ state: 'decided' })
      .where('case_id', '=', caseId)
      .execute();
}

/** What the case says from now on. It waits for nobody while its reply is on its way. */
export async function writeDecision(
  trx: DatabaseTransaction,
  caseId: string,
  decision: Decision,
): Promise<void> {
  const customerId = customerOf(decision)?.id;
  await trx
    .updateTable('cases')
    .set({
      action: decision.action,
      reason: decision.reason,
      scenario: decision.scenario ?? null,
      ...(customerId === undefined ? {} : { customer_id: cleanOrNull(customerId) }),
      decision: toJson(decision),
      settled_at: null,
    })
    .where('case_id', '=', caseId)
    .execute();
}

const againStates = ['unconfirmed', 'undeliverable', 'rejected'];

export async function sendReplyAgain(
  db: Database,
  again: Parameters<DeskStore['sendReplyAgain']>[0],
): Promise<DeskOutcome> {
  const { caseId, act, undoUntil, decision, domain } = again;
  return judged(db, async (trx) => {
    const mailbox = await mailboxOf(trx, caseId);
    if (mailbox === undefined) return noCase;
    await lockSending(trx, { domain, mailbox });
    const found = await lockCase(trx, caseId);
    const refusal = refusalToSendAgain(found);
    if (found?.reply === undefined || refusal !== undefined) return refusal ?? noCase;
    if (!isDeepStrictEqual(found.decision, again.seen)) return changed;
    const { reply } = found;
    const held = await heldBack(trx, mailbox, reply.to_address);
    if (held !== undefined) return held;
    // Somebody approved the same reply in another case, since of this one nobody knew or it came back.
    const meanwhile = await earlierReply(trx, caseId, `${reply.reply_key}:desk`);
    if (meanwhile !== undefined)
      return refused('answered-before', `The same reply went out since, in case ${meanwhile}.`);
    await writeSettlement(trx, found, {
      kind: 'sent-again',
      act,
      undoUntil,
      chosen: {},
      after: { action: 'reply', reason: decision.reason, reply: 'pending' },
    });
    const { reply_key: replyKey, attempts, content } = reply;
    await putReply(trx, found, {
      caseId,
      act,
      undoUntil,
      reply: content,
      mailbox,
      replyKey,
      attempts,
    });
    await writeDecision(trx, caseId, decision);
    return { kind: 'done', caseId, undoUntil };
  });
}

function refusalToSendAgain(found: LockedCase | undefined): Refused | undefined {
  if (found === undefined) return noCase;
  if (found.standing.isEmptied) return refused('emptied', 'What the reply said was deleted.');
  const state: Selectable<Schema['replies']>['state'] | undefined = found.reply?.state;
  if (state !== undefined && againStates.includes(state)) {
    const objection = found.standing.isSettled ? objectionToApproval(found.standing) : undefined;
    return objection === undefined ? undefined : refused(objection.why, objection.sentence);
  }
  if (state === 'pending' || state === 'sending' || state === 'sent') {
    const objection = objectionToApproval(found.standing);
    return refused(objection?.why ?? 'already-replied', objection?.sentence ?? 'It went out.');
  }
  return refused('not-possible', 'There is no reply that could go out again.');
}
