/**
 * Mails that we begin ourselves: the reminder, and word ahead of the notice. What is common to both.
 *
 * Nobody wrote, so there is no mail to decide about: the decision holds only the plan and why. It passes
 * `restrain` like every other, and its case id is derived from what makes two such mails the same one.
 */
import { createHash } from 'node:crypto';
import type { Customer } from './customer.ts';
import { calendarDay } from './dates.ts';
import type { Decision, OwnScenario, ReplyPlan } from './decision.ts';
import type { FollowedReply, OverdueReply } from './follow-up.ts';
import { shownCharsMax } from './limits.ts';
import { shown } from './normalize.ts';
import type { NoticeCatalog } from './notice.ts';
import type { Policy } from './policy.ts';
import { knownAs } from './who-may-know.ts';

/** A plan of a mail of our own. */
export interface OwnPlan extends ReplyPlan {
  readonly scenario: OwnScenario;
  readonly customer: Customer;
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: OwnPlan }
  /** Why nothing is sent, in words for the desk. */
  | { readonly kind: 'none'; readonly why: string };

/** Of what a case id of a mail of our own is made. Those of mails that came begin with another letter. */
export function ownCaseIdOf({
  scenario,
  replyKey,
}: Pick<OwnPlan, 'scenario' | 'replyKey'>): string {
  const digest = createHash('sha256').update(`${scenario}\n${replyKey}`).digest('hex');
  return `o${digest.slice(0, 24)}`;
}

/** The decision to send it, before `restrain`. */
export function ownDecision(plan: OwnPlan, detail: string): Extract<Decision, { action: 'reply' }> {
  const isReminder = plan.scenario === 'reminder';
  const reason = isReminder ? 'reply-reminder' : 'reply-outreach';
  const stage = isReminder ? 'follow-up' : 'outreach';
  return {
    action: 'reply',
    reason,
    authentication: { result: 'none', dkimAligned: false },
    scenario: plan.scenario,
    evidence: [{ stage, code: reason, detail: shown(detail, shownCharsMax) }],
    plan,
  };
}

/**
 * The one reminder of a reply: to the address that the reply went to, and only while the record knows it.
 * The reply's own key is in its key, so that there is at most one, ever.
 */
export function planReminder(
  followed: FollowedReply,
  overdue: OverdueReply,
  { policy, catalog }: { readonly policy: Policy; readonly catalog: NoticeCatalog },
): Planned {
  const { customer, lines, noReminder } = overdue;
  const { plan, sentAt } = followed;
  if (noReminder !== undefined) return { kind: 'none', why: noReminder };
  if (sentAt === undefined) return { kind: 'none', why: 'the reply did not go out' };
  const known = knownAs(plan.to, customer, policy, catalog);
  if (known === undefined)
    return { kind: 'none', why: 'the record does not know the address of the reply any more' };
  return {
    kind: 'planned',
    plan: {
      to: plan.to,
      ...(known.name === undefined ? {} : { toName: known.name }),
      scenario: 'reminder',
      locale: customer.locale ?? plan.locale,
      customer,
      lines,
      writtenOn: calendarDay(sentAt, policy.timeZone),
      replyKey: `reminder:${followed.replyKey}`,
    },
  };
}
