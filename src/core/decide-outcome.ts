/**
 * The shape of a decision: a reply with its plan, or an end with its reason, each with what led there.
 *
 * It weighs nothing: which of them it is to be, `decide` has said.
 */
import { normalizeAddress } from './address.ts';
import { isInside } from './classify.ts';
import { commentLanguage } from './comment-language.ts';
import { customerDay } from './customer-day.ts';
import { calendarDay } from './dates.ts';
import type { DecideInput } from './decide-input.ts';
import type { Decision, Match, ReplyPlan } from './decision.ts';
import { shownCharsMax } from './limits.ts';
import type { Original } from './mail.ts';
import { shown } from './normalize.ts';
import { type Reason, reasonSentence } from './reasons.ts';
import { replyKeyOf } from './reply-key.ts';
import { chooseScenario } from './scenario.ts';
import { authenticationFor } from './who-may-know.ts';

export function instructions(
  input: DecideInput,
  match: Match,
  to: string,
  toName: string | undefined,
): Decision {
  const { policy, catalog, now } = input;
  const outcome = chooseScenario({
    customer: match.customer,
    notice: input.notice ?? {},
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today: customerDay(now, match.customer.country, policy.timeZone),
  });
  if (outcome.kind === 'review') {
    return {
      ...end(input, 'review', outcome.reason, outcome.detail),
      ...(outcome.scenario === undefined ? {} : { scenario: outcome.scenario }),
    };
  }
  const plan: ReplyPlan = {
    to,
    ...(toName === undefined ? {} : { toName }),
    scenario: outcome.scenario,
    locale: match.customer.locale ?? localeOf(input),
    customer: match.customer,
    lines: outcome.lines,
    replyKey: replyKeyOf(match.customer, outcome.scenario, outcome.lines),
  };
  return reply(input, plan, 'reply-instructions');
}

/** RFC 5230 §4.2, in spirit: general replies, whatever they say, are the same one for an address and a day. */
export function generic(input: DecideInput, scenario: 'ask-for-details' | 'suspicious'): Decision {
  const to = input.mail.from[0]?.address ?? '';
  const today = calendarDay(input.now, input.policy.timeZone);
  const plan: ReplyPlan = {
    to,
    scenario,
    locale: localeOf(input),
    lines: [],
    replyKey: `general:${normalizeAddress(to)}:${today}`,
  };
  return reply(input, plan, `reply-${scenario}`);
}

/**
 * The language of the forwarder's comment, else of their client, else the settings'. The record's would disclose it.
 *
 * English labels say nothing: Gmail and Outlook on the web write them whatever the language.
 */
function localeOf({ classification, policy, unwrapped }: DecideInput): string {
  const own = unwrapped.originals.find(isInside);
  const written = own?.comment === undefined ? undefined : commentLanguage(own.comment);
  const client = own?.language ?? classification.notice?.original.language;
  return written ?? (client === 'en' ? undefined : client) ?? policy.locale;
}

function reply(
  input: DecideInput,
  plan: ReplyPlan,
  reason: 'reply-instructions' | 'reply-ask-for-details' | 'reply-suspicious',
): Decision {
  return {
    ...outcome(input, reason, `${plan.scenario} to ${plan.to}`),
    action: 'reply',
    scenario: plan.scenario,
    plan,
  };
}

export function end(
  input: DecideInput,
  action: 'review' | 'suppress' | 'ignore',
  reason: Reason,
  detail: string = reasonSentence(reason),
): Decision {
  return { ...outcome(input, reason, detail), action };
}

function outcome(
  input: DecideInput,
  reason: Reason,
  detail: string,
): Omit<Extract<Decision, { action: 'ignore' }>, 'action'> {
  const { bounce, classification, mail, match, notice } = input;
  const found = classification.notice;
  const original = found?.original ?? shownOriginal(input);
  const sender = mail.from[0]?.address;
  const relatedCaseId = bounce?.caseId ?? input.answeredCaseId;
  // Between the notice and its forwarder others may have written: their words are in the chain.
  const comment =
    original !== undefined && isInside(original)
      ? input.unwrapped.originals.find((outer) => isInside(outer) && outer.depth === 1)?.comment
      : undefined;
  return {
    reason,
    ...(found === undefined ? {} : { family: found.family.id, confidence: found.confidence }),
    ...(original === undefined ? {} : { original }),
    ...(comment === undefined ? {} : { comment }),
    ...(notice === undefined ? {} : { notice }),
    ...(sender === undefined ? {} : { sender }),
    ...(match?.kind === 'unique' ? { match: match.match } : {}),
    ...(bounce === undefined ? {} : { bounce }),
    ...(relatedCaseId === undefined ? {} : { relatedCaseId }),
    authentication: authenticationFor(input),
    evidence: [
      ...input.evidence,
      { stage: 'decide', code: reason, detail: shown(detail, shownCharsMax) },
    ],
  };
}

/** What a mail without a notice passes on: its outermost forward, if it is one; Microsoft's own mail. */
function shownOriginal({ unwrapped, screening }: DecideInput): Original | undefined {
  if (unwrapped.isForward) return unwrapped.originals.find(isInside);
  return screening.byMicrosoft
    ? unwrapped.originals.find((original) => !isInside(original))
    : undefined;
}
