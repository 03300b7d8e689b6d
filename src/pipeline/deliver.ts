/**
 * Around the sending of a reply: why it must not go any more, and what of it the desk is told.
 */
import { alreadyAnsweredKey } from '../core/already-answered.ts';
import {
  type Decision,
  isGenericScenario,
  isOwnScenario,
  type Reply,
  type ReplyPlan,
} from '../core/decision.ts';
import { staleness } from '../core/desk-plan.ts';
import { asksCustomer } from '../core/follow-up.ts';
import type { Reason } from '../core/reasons.ts';
import { ResponderError } from '../errors.ts';
import type { FreshReply } from '../ports/batches.ts';
import type { FollowUp } from '../ports/follow-ups.ts';
import type { ReplyOutcome } from '../ports/metrics.ts';
import type { Clock, HoldKind, Job, StoredCase, Submission } from '../ports.ts';
import { decideStored } from './decide-stored.ts';
import { overtaken } from './overtaken.ts';
import type { PipelineParts } from './parts.ts';

/**
 * Claims a reply against which nothing can speak, in one statement: the common case. Undefined where there may be
 * an objection, or nothing to send.
 */
export async function claimFresh(
  { store, clock, policy }: PipelineParts,
  { caseId }: Job,
): Promise<FreshReply | undefined> {
  if (policy.mode !== 'auto') return undefined;
  const at = clock.now();
  return store.claimFresh(caseId, { at, decidedAfter: new Date(at.getTime() - freshMs) });
}

/**
 * Why a reply that waits to be sent must not go any more: sending was switched off, or the wait was so
 * long that the record or the settings may say something else by now.
 */
export async function objectionTo(
  parts: PipelineParts,
  stored: StoredCase,
): Promise<{ readonly reason: Reason; readonly detail: string } | undefined> {
  const { store, clock, policy } = parts;
  // One that is being sent, or was, is the claim's to judge.
  if (stored.reply?.state !== 'pending') return undefined;
  const isApproved = stored.reason === 'reply-approved';
  // In the mode that lets every reply wait for the desk, what the desk approved is to go.
  if (policy.mode === 'shadow' || (policy.mode === 'review' && !isApproved)) {
    return { reason: 'review-every-reply', detail: `the settings say mode: ${policy.mode}` };
  }
  const { address } = stored.reply.content.to;
  const [hold] = await store.holdsOn({ mailbox: stored.mailbox, address });
  if (hold !== undefined) return { reason: holdReason[hold.kind], detail: hold.detail };
  const now = clock.now();
  if (isApproved) {
    const detail = await changedSince(parts, stored, now);
    return detail === undefined ? undefined : { reason: 'review-record-changed', detail };
  }
  if (isOwnScenario(stored.scenario)) {
    const detail = await overtaken(parts, stored, now);
    return detail === undefined ? undefined : { reason: 'review-overtaken', detail };
  }
  if (now.getTime() - stored.decidedAt.getTime() < freshMs) return undefined;
  const mail = await store.findMail(stored.caseId);
  if (mail === undefined || stored.decision.action !== 'reply') return undefined;
  const { decision } = await decideStored(parts, mail, now);
  if (decision.action === 'reply' && isSameReply(stored.decision.plan, decision.plan))
    return undefined;
  return {
    reason: 'review-record-changed',
    detail: `decided anew: ${decision.action}, ${decision.reason}`,
  };
}

/**
 * What of the record an approved reply says wrongly by now. A person decided it, so it is never decided anew: where
 * the record has changed while it waited, a person looks again.
 */
async function changedSince(
  { store, policy, catalog }: PipelineParts,
  { decision, reply }: StoredCase,
  now: Date,
): Promise<string | undefined> {
  const waitingSince = reply?.notBefore ?? now;
  if (now.getTime() - waitingSince.getTime() < freshMs) return undefined;
  const plan = 'plan' in decision ? decision.plan : undefined;
  if (plan?.customer === undefined) return undefined;
  const customer = await store.findCustomer(plan.customer.id);
  return staleness(plan, customer, { policy, catalog });
}

const holdReason: Readonly<Record<HoldKind, Reason>> = {
  mailbox: 'review-sending-paused',
  address: 'review-undeliverable-address',
};

/** A reply younger than this is sent as it was decided. */
const freshMs = 5 * 60_000;

/** The key of a general answer names its day, which says nothing about whether it is still right. */
function isSameReply(before: ReplyPlan, now: ReplyPlan): boolean {
  if (before.to !== now.to) return false;
  // It stands in the place of the answer that would be given now.
  if (before.scenario === 'already-answered') return before.replyKey === alreadyAnsweredKey(now);
  const isSameKey = isGenericScenario(before.scenario) || before.replyKey === now.replyKey;
  return before.scenario === now.scenario && isSameKey;
}

/** What begins to wait once the reply of a case has gone out; undefined where it asks for nothing. */
export function followUpAfter(
  { policy }: Pick<PipelineParts, 'policy'>,
  decision: Decision,
): ((sentAt: Date) => Pick<FollowUp, 'customerId' | 'dueAt'>) | undefined {
  const { afterDays } = policy.followUp;
  if (afterDays === 0) return undefined;
  const plan = 'plan' in decision ? decision.plan : undefined;
  const customerId = plan?.customer?.id;
  if (plan === undefined || customerId === undefined || !asksCustomer(plan)) return undefined;
  return (sentAt) => ({ customerId, dueAt: new Date(sentAt.getTime() + afterDays * dayMs) });
}

const dayMs = 24 * 3_600_000;

/** Some replies leave something for the desk to do: a CSP subscription to finish, a fake to look at. */
export function tellDesk(
  { log }: Pick<PipelineParts, 'log'>,
  { caseId }: Job,
  decision: Decision,
): void {
  if (decision.action !== 'reply') return;
  const { scenario, lines, customer } = decision.plan;
  const about = { case: caseId, customer: customer?.id };
  if (scenario === 'suspicious')
    log.warn(about, 'desk: a customer got an imitation of the notice and was warned');
  if (lines.some((line) => line.scenario === 'wait-for-csp')) {
    log.warn(about, 'desk: the customer waits for its CSP subscription; please finish it');
  }
}

/** Only where a mail came is there a time since its arrival: what we began ourselves has none. */
export function countReply(
  { metrics, clock }: Pick<PipelineParts, 'metrics' | 'clock'>,
  { mailbox, scenario, receivedAt }: Pick<StoredCase, 'mailbox' | 'scenario' | 'receivedAt'>,
  outcome: ReplyOutcome,
): void {
  const isAnswer = outcome === 'sent' && !isOwnScenario(scenario);
  const sinceMs = Math.max(0, clock.now().getTime() - receivedAt.getTime());
  metrics?.replied(mailbox, outcome, isAnswer ? sinceMs : undefined);
}

/** A server that was not reached has sent nothing, so the reply is free to be tried again. */
export async function submitClaimed(
  submission: Submission,
  reply: Reply,
  clock: Clock,
  settle: (state: 'pending', response: string) => Promise<void>,
): ReturnType<Submission['submit']> {
  try {
    return await submission.submit(reply, clock.now());
  } catch (error) {
    if (error instanceof ResponderError) await settle('pending', error.message);
    throw error;
  }
}
