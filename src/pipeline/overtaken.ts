/**
 * Asks right before a mail of our own is sent whether it still would be begun now: nobody waits for it, so
 * whatever has changed since it was decided keeps it back.
 */
import { normalizeAddress } from '../core/address.ts';
import type { ReplyPlan } from '../core/decision.ts';
import { answerKeyOf } from '../core/outreach.ts';
import { type Planned, planReminder } from '../core/own-mail.ts';
import type { StoredCase } from '../ports.ts';
import { planAhead } from './ahead.ts';
import { judgeCase } from './followed.ts';
import type { PipelineParts } from './parts.ts';

/** What speaks against it by now, in words for the desk; undefined where it may go. */
export async function overtaken(
  parts: PipelineParts,
  stored: StoredCase,
  now: Date,
): Promise<string | undefined> {
  const { decision } = stored;
  if (decision.action !== 'reply') return 'its case waits for the desk';
  const planned =
    decision.plan.scenario === 'reminder'
      ? await reminderNow(parts, stored.relatedCaseId, now)
      : await outreachNow(parts, decision.plan, { mailbox: stored.mailbox, now });
  if (planned.kind === 'none') return planned.why;
  return isSame(decision.plan, planned.plan) ? undefined : 'by now it would say something else';
}

async function reminderNow(
  parts: PipelineParts,
  followedCaseId: string | undefined,
  now: Date,
): Promise<Planned> {
  const nothing = 'the reply that it reminds of is gone';
  if (!parts.policy.followUp.remind || parts.policy.followUp.afterDays === 0)
    return { kind: 'none', why: 'the settings no longer ask for reminders' };
  if (followedCaseId === undefined) return { kind: 'none', why: nothing };
  const followUp = await parts.store.findFollowUp(followedCaseId);
  if (followUp?.state === 'done' || followUp?.state === 'stopped')
    return { kind: 'none', why: followUp.detail ?? followUp.state };
  const judged = await judgeCase(parts, followedCaseId, now);
  if (judged === undefined) return { kind: 'none', why: nothing };
  const { followed, verdict } = judged;
  return verdict.state === 'overdue'
    ? planReminder(followed, verdict, parts)
    : { kind: 'none', why: verdict.detail };
}

async function outreachNow(
  parts: PipelineParts,
  plan: ReplyPlan,
  when: { readonly mailbox: string; readonly now: Date },
): Promise<Planned> {
  const customer =
    plan.customer === undefined ? undefined : await parts.store.findCustomer(plan.customer.id);
  return customer === undefined
    ? { kind: 'none', why: 'the record of the customer is gone' }
    : planAhead(parts, customer, when);
}

/** To the same person, about the same state of the record. */
function isSame(before: ReplyPlan, now: ReplyPlan): boolean {
  const isSameAddress = normalizeAddress(before.to) === normalizeAddress(now.to);
  const isSameState = answerKeyOf(before) === answerKeyOf(now);
  return isSameAddress && before.replyKey === now.replyKey && isSameState;
}
