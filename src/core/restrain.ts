/**
 * Holds back what `decide` would send: what was sent before, what exceeds a limit, what came back, what a
 * person must release first, what the settings keep.
 *
 * It only ever takes a reply away, never makes one. A flat ladder, in the order of docs/who-gets-an-answer.md.
 */
import type { Decision } from './decision.ts';
import { isGenericScenario } from './decision.ts';
import { shownCharsMax } from './limits.ts';
import { shown } from './normalize.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reasons.ts';

/** An earlier reply under the same key. */
export interface EarlierReply {
  readonly caseId: string;
  readonly to: string;
  /** The display name it was sent to, from the record. */
  readonly toName?: string;
  readonly at: Date;
  /** `open`: on its way. `unconfirmed`: nobody knows whether it arrived. `undeliverable`: it came back. */
  readonly state: 'open' | 'sent' | 'unconfirmed' | 'undeliverable';
}

/** What was sent before, as far as limits care. Counts are of replies that went out, may have, or will. */
export interface SentBefore {
  /** The newest with the same reply key, or with that key and `:` behind it. */
  readonly sameKey?: EarlierReply;
  /** Sent, or on their way. */
  readonly sameKeyCount: number;
  /** Those and the ones that never went out: for numbering a new one. */
  readonly sameKeyRows: number;
  readonly toAddressLastDay: number;
  readonly toDomainLastHour: number;
  readonly fromMailboxLastHour: number;
  /** What a person must release first: the mailbox the reply would come from, the address it would go to. */
  readonly holds: readonly { readonly kind: 'mailbox' | 'address'; readonly detail: string }[];
}

export const nothingSentBefore: SentBefore = {
  sameKeyCount: 0,
  sameKeyRows: 0,
  toAddressLastDay: 0,
  toDomainLastHour: 0,
  fromMailboxLastHour: 0,
  holds: [],
};

/**
 * Holds a reply back that must not go, each with its reason.
 *
 * One reply per reply key ever; the store counts again when it saves, as the last guard behind this one.
 */
export function restrain(decision: Decision, before: SentBefore, policy: Policy): Decision {
  if (decision.action !== 'reply') return decision;
  const returned = before.holds.find(({ kind }) => kind === 'address');
  if (returned !== undefined)
    return withheld(decision, 'review', 'review-undeliverable-address', returned.detail);
  if (before.sameKeyCount >= sameKeyMax(decision, policy)) return alreadyAnswered(decision, before);
  const paused = before.holds.find(({ kind }) => kind === 'mailbox');
  if (paused !== undefined)
    return withheld(decision, 'review', 'review-sending-paused', paused.detail);
  const exceeded = exceededLimit(before, policy);
  if (exceeded !== undefined) return withheld(decision, 'review', 'review-rate-limit', exceeded);
  // The breaker: from here on a person must look before anything goes out again.
  if (before.fromMailboxLastHour >= policy.limits.perMailboxPerHour) {
    const detail = `${before.fromMailboxLastHour} replies went out within an hour, and limits.perMailboxPerHour is ${policy.limits.perMailboxPerHour}`;
    const tripped = withheld(decision, 'review', 'review-sending-paused', detail);
    // Of replies that the settings keep from going out there can be no flood.
    return policy.mode === 'auto' ? { ...tripped, pausesMailbox: true } : tripped;
  }
  if (policy.mode === 'review') {
    return withheld(decision, 'review', 'review-every-reply', 'the settings say mode: review');
  }
  // The nth general answer of the day has a key of its own, so that the store can keep it unique.
  if (isGenericScenario(decision.plan.scenario)) {
    const replyKey = `${decision.plan.replyKey}:${before.sameKeyRows + 1}`;
    return { ...decision, plan: { ...decision.plan, replyKey } };
  }
  return decision;
}

type ReplyDecision = Extract<Decision, { action: 'reply' }>;

function sameKeyMax({ plan }: ReplyDecision, policy: Policy): number {
  return isGenericScenario(plan.scenario) ? policy.limits.genericPerAddressPerDay : 1;
}

/** One that came back, or may never have arrived: silence would leave the customer without an answer. */
function alreadyAnswered(decision: ReplyDecision, { sameKey }: SentBefore): Decision {
  const isGeneric = isGenericScenario(decision.plan.scenario);
  if (sameKey === undefined)
    return withheld(decision, 'suppress', 'suppressed-generic-limit', 'none are allowed');
  const said = `on ${sameKey.at.toISOString()} in case ${sameKey.caseId}`;
  // Our replies promise that a person reads what is answered to them.
  if (decision.relatedCaseId !== undefined)
    return withheld(decision, 'review', 'review-answer-to-desk', `it answers us, ${said}`);
  const related = { ...decision, relatedCaseId: sameKey.caseId };
  if (sameKey.state === 'unconfirmed')
    return withheld(related, 'review', 'review-unconfirmed', `answered ${said}, perhaps`);
  if (sameKey.state === 'undeliverable')
    return withheld(
      related,
      'review',
      'review-undeliverable',
      `answered ${said}, and it came back`,
    );
  const reason = isGeneric ? 'suppressed-generic-limit' : 'suppressed-already-answered';
  return withheld(related, 'suppress', reason, `answered ${said}`);
}

function exceededLimit(before: SentBefore, { limits }: Policy): string | undefined {
  if (before.toAddressLastDay >= limits.perAddressPerDay)
    return `${before.toAddressLastDay} replies to this address within a day`;
  if (before.toDomainLastHour >= limits.perDomainPerHour)
    return `${before.toDomainLastHour} replies to this domain within the hour`;
  return undefined;
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
  decision: ReplyDecision,
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
