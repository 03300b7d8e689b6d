/**
 * What a case says once a person has decided about it.
 *
 * What was decided before stays in its evidence, in words that name the person at the desk and nobody else.
 */
import { createHash } from 'node:crypto';
import { normalizeAddress } from './address.ts';
import type { Authentication, Decision, Reply, ReplyPlan } from './decision.ts';
import { isGenericScenario } from './decision.ts';
import { customerIdOf, planOf } from './desk-plan.ts';
import { type Reason, reasons } from './reasons.ts';

export type ReplyDecision = Extract<Decision, { action: 'reply' }>;

/** The decision that a person made out of one that was made before. */
export function approvedDecision(
  before: Decision,
  plan: ReplyPlan,
  { code, by }: { readonly code: string; readonly by: string },
): ReplyDecision {
  const { match, pausesMailbox: _, ...rest } = before;
  // What spoke for one customer does not speak for another.
  const isSame =
    match !== undefined && (plan.customer?.id ?? match.customer.id) === match.customer.id;
  return {
    ...rest,
    ...(isSame ? { match } : {}),
    action: 'reply',
    reason: 'reply-approved',
    scenario: plan.scenario,
    plan,
    evidence: [
      ...before.evidence,
      { stage: 'desk', code, detail: `by ${by}; decided before: ${saidBefore(before)}` },
    ],
  };
}

function saidBefore(before: Decision): string {
  const plan = planOf(before);
  const said = [before.action, before.reason, plan?.scenario ?? before.scenario];
  return [...said, customerIdOf(before)].filter((word) => word !== undefined).join(', ');
}

/**
 * `rerouted`: to another customer, in another scenario or to somebody else than was proposed. Most cases that wait
 * have no plan that was decided, so what was decided cannot say what a person changed.
 */
export function kindOfApproval(
  proposed: ReplyPlan | undefined,
  plan: ReplyPlan,
  isEdited: boolean,
): 'approved' | 'edited' | 'rerouted' {
  const isSame =
    proposed !== undefined &&
    proposed.scenario === plan.scenario &&
    proposed.customer?.id === plan.customer?.id &&
    normalizeAddress(proposed.to) === normalizeAddress(plan.to);
  if (!isSame) return 'rerouted';
  return isEdited ? 'edited' : 'approved';
}

/** The reply arrived after all: the case says again what it said when it was sent. */
export function arrivedDecision(before: Decision, by: string): Decision {
  const plan = planOf(before);
  if (plan === undefined) return before;
  const { pausesMailbox: _, ...rest } = before;
  return {
    ...rest,
    action: 'reply',
    reason: replyReasonBefore(before),
    plan,
    evidence: [
      ...before.evidence,
      { stage: 'desk', code: 'arrived', detail: `by ${by}: the reply arrived` },
    ],
  };
}

/** The reason that the reply was decided by, as the evidence has it. */
function replyReasonBefore({ evidence, scenario }: Decision): Reason {
  const said = evidence.findLast(
    ({ code, detail }) => code === 'decided-before' && detail.startsWith('reply, '),
  );
  const word = said?.detail.slice('reply, '.length) ?? '';
  if (isReplyReason(word)) return word;
  return scenario !== undefined && isGenericScenario(scenario)
    ? 'reply-ask-for-details'
    : 'reply-instructions';
}

function isReplyReason(word: string): word is Reason {
  return word.startsWith('reply-') && Object.hasOwn(reasons, word);
}

/** Names everything that would be sent: what differs in one letter has another. */
export function digestOf(reply: Reply, replyKey: string): string {
  const { from, to, subject, text, html, messageId, inReplyTo, references, headers, envelopeFrom } =
    reply;
  const said = [
    [from.name, from.address, to.name ?? null, to.address, subject, text, html],
    [messageId, inReplyTo ?? null, references, Object.entries(headers).sort(), envelopeFrom],
    replyKey,
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** What a check of the author says, for the person who approves. */
export function authenticationWarning({ result }: Authentication): string | undefined {
  switch (result) {
    case 'pass':
      return undefined;
    case 'fail':
    case 'softfail':
      return 'The check of the sender failed: the mail was probably not written by the address it names.';
    case 'temperror':
      return 'Whether the author wrote the mail could not be checked.';
    case 'none':
    case 'neutral':
    case 'permerror':
      return 'Nothing proves that the author wrote the mail.';
    default:
      return result satisfies never;
  }
}
