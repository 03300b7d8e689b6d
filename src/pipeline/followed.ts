/**
 * Reads what a follow-up is judged by, as it is now: the case of the reply, the record, what came since.
 */
import { customerDay } from '../core/customer-day.ts';
import type { Reply } from '../core/decision.ts';
import { type FollowedReply, type FollowUpVerdict, judgeFollowUp } from '../core/follow-up.ts';
import type { StoredCase } from '../ports.ts';
import type { PipelineParts } from './parts.ts';

export interface Judged {
  readonly followed: FollowedReply;
  /** The reply as it went out, for the thread. */
  readonly sent: Reply;
  readonly verdict: FollowUpVerdict;
}

/** Undefined where the case or its reply is gone: nothing is known that could be asked for. */
export async function judgeCase(
  { store, policy, catalog }: PipelineParts,
  caseId: string,
  now: Date,
): Promise<Judged | undefined> {
  const stored = await store.findCase(caseId);
  const followed = stored === undefined ? undefined : followedReply(stored);
  const customerId = followed?.plan.customer?.id;
  const sent = stored?.reply?.content;
  if (followed === undefined || customerId === undefined || sent === undefined) return undefined;
  const customer = await store.findCustomer(customerId);
  const verdict = judgeFollowUp({
    followed,
    customer,
    laterCases: await store.laterCases(caseId),
    policy,
    catalog,
    today: customerDay(now, customer?.country, policy.timeZone),
  });
  return { followed, sent, verdict };
}

function followedReply({ caseId, decision, action, reply }: StoredCase): FollowedReply | undefined {
  const plan = 'plan' in decision ? decision.plan : undefined;
  if (plan === undefined || reply === undefined) return undefined;
  return {
    caseId,
    plan,
    replyKey: reply.replyKey,
    notice: decision.notice ?? {},
    ...(reply.state === 'sent' && reply.settledAt !== undefined ? { sentAt: reply.settledAt } : {}),
    isWithDesk: action === 'review',
  };
}
