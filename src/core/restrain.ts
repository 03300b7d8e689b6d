/**
 * Holds back what `decide` would send: what was sent before, what exceeds a limit, what the settings keep.
 *
 * It only ever takes a reply away, never makes one.
 */
import type { Decision } from './decision.ts';
import { isGenericScenario } from './decision.ts';
import { shownCharsMax } from './limits.ts';
import { shown } from './normalize.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reasons.ts';

/** What was sent before, as far as limits care. */
export interface SentBefore {
  readonly sameKey?: { readonly caseId: string; readonly to: string; readonly at: Date };
  /** Sent, or on their way. */
  readonly sameKeyCount: number;
  /** Those and the ones that never went out. */
  readonly sameKeyRows: number;
  readonly toDomainLastHour: number;
  readonly fromMailboxLastHour: number;
}

export const nothingSentBefore: SentBefore = {
  sameKeyCount: 0,
  sameKeyRows: 0,
  toDomainLastHour: 0,
  fromMailboxLastHour: 0,
};

/**
 * Holds a reply back that was given before, that exceeds a limit, or that the settings keep for the desk.
 *
 * One reply per reply key ever; the store's unique key is the last guard behind this one.
 */
export function restrain(decision: Decision, before: SentBefore, policy: Policy): Decision {
  if (decision.action !== 'reply') return decision;
  const isGeneric = isGenericScenario(decision.plan.scenario);
  const allowed = isGeneric ? policy.limits.genericPerAddressPerDay : 1;
  if (before.sameKeyCount >= allowed) {
    const reason: Reason = isGeneric ? 'suppressed-generic-limit' : 'suppressed-already-answered';
    const { sameKey } = before;
    const detail =
      sameKey === undefined
        ? 'none are allowed'
        : `answered on ${sameKey.at.toISOString()} in case ${sameKey.caseId}`;
    return withheld(decision, 'suppress', reason, detail);
  }
  if (before.toDomainLastHour >= policy.limits.perDomainPerHour) {
    return withheld(
      decision,
      'review',
      'review-rate-limit',
      `${before.toDomainLastHour} replies to this domain within the hour`,
    );
  }
  if (before.fromMailboxLastHour >= policy.limits.perMailboxPerHour) {
    return withheld(
      decision,
      'review',
      'review-rate-limit',
      `${before.fromMailboxLastHour} replies from this mailbox within the hour`,
    );
  }
  if (policy.mode === 'review') {
    return withheld(decision, 'review', 'review-every-reply', 'the settings say mode: review');
  }
  // The nth general answer of the day has a key of its own, so that the store can keep it unique.
  if (isGeneric) {
    const replyKey = `${decision.plan.replyKey}:${before.sameKeyRows + 1}`;
    return { ...decision, plan: { ...decision.plan, replyKey } };
  }
  return decision;
}

/** Holds a reply back to a mail that carried \Answered before it was taken in. RFC 9051 §2.3.2. */
export function withholdAnswered(decision: Decision): Decision {
  if (decision.action !== 'reply') return decision;
  return withheld(
    decision,
    'review',
    'review-answered-before',
    'it carried \\Answered when it was taken in',
  );
}

/** Holds a reply back to a mail that is older than the watch: it was moved back, or imported. */
export function withholdOld(decision: Decision): Decision {
  if (decision.action !== 'reply') return decision;
  return withheld(decision, 'review', 'review-old-mail', 'it came before the mailbox was watched');
}

/** The same decision with the reply held back; `review` keeps the plan as a proposal. */
export function withheld(
  decision: Extract<Decision, { action: 'reply' }>,
  action: 'review' | 'suppress',
  reason: Reason,
  detail: string,
): Decision {
  const { plan, ...rest } = decision;
  const evidence = [
    ...rest.evidence,
    { stage: 'decide', code: reason, detail: shown(detail, shownCharsMax) },
  ];
  return action === 'review'
    ? { ...rest, action, reason, evidence, plan }
    : { ...rest, action, reason, evidence };
}
