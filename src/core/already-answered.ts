/**
 * The short word to a second person of a customer that somebody of theirs has the answer already.
 *
 * Only where the settings ask for it, only once to each person, and only to one who is proven, known for
 * the same customer and somebody else. It says who has the answer and when, and nothing else of the record.
 */
import { normalizeAddress } from './address.ts';
import { calendarDay } from './dates.ts';
import { type Decision, isGenericScenario, type ReplyPlan } from './decision.ts';
import type { Policy } from './policy.ts';
import type { EarlierReply, SentBefore } from './restrain.ts';

/**
 * The decision to say so; undefined where nothing is to be said. It has a reply key of its own and passes
 * `restrain` like every other.
 */
export function tellAlreadyAnswered(
  decision: Decision,
  before: SentBefore,
  policy: Pick<Policy, 'tellAlreadyAnswered' | 'timeZone'>,
): Decision | undefined {
  if (decision.action !== 'reply' || !policy.tellAlreadyAnswered) return undefined;
  const { plan, sender } = decision;
  const { sameKey } = before;
  // One that is still on its way, or came back, is no answer that somebody has.
  if (sameKey?.state !== 'sent' || isGenericScenario(plan.scenario)) return undefined;
  const to = normalizeAddress(plan.to);
  const isSamePerson = normalizeAddress(sameKey.to) === to;
  // What a rule passed on was forwarded by nobody, so nobody waits for a word.
  const isByForwarder = sender !== undefined && normalizeAddress(sender) === to;
  if (isSamePerson || !isByForwarder || decision.authentication.result !== 'pass') return undefined;
  // Who answers us, or quotes us, wants more than to hear that we answered.
  if (decision.relatedCaseId !== undefined) return undefined;
  const name = recordedName(sameKey, plan);
  if (name === undefined) return undefined;
  return {
    ...decision,
    reason: 'reply-already-answered',
    scenario: 'already-answered',
    evidence: [
      ...decision.evidence,
      {
        stage: 'decide',
        code: 'reply-already-answered',
        detail: `answered on ${sameKey.at.toISOString()} in case ${sameKey.caseId}, to somebody else`,
      },
    ],
    plan: {
      ...plan,
      scenario: 'already-answered',
      lines: [],
      answered: {
        name,
        on: calendarDay(sameKey.at, policy.timeZone),
      },
      replyKey: alreadyAnsweredKey(plan),
    },
  };
}

/** The key of the word that stands in the place of an answer: one to each person. */
export function alreadyAnsweredKey({ replyKey, to }: Pick<ReplyPlan, 'replyKey' | 'to'>): string {
  return `already-answered:${replyKey}:${normalizeAddress(to)}`;
}

/** A reply shows what the record says: a name, or a contact's address, never what a mail brought along. */
function recordedName({ toName, to }: EarlierReply, { customer }: ReplyPlan): string | undefined {
  if (toName !== undefined) return toName;
  const contacts = customer?.contacts.map(({ address }) => normalizeAddress(address)) ?? [];
  return contacts.includes(normalizeAddress(to)) ? to : undefined;
}
