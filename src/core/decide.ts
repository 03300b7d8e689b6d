/**
 * The only place that weighs one stage's result against another's: what happens with a mail, and why.
 *
 * A ladder of questions; the first that is answered ends it. Everything that is not sure goes to the
 * desk. Who may be told what: nothing of a record leaves for an address that is not authenticated and
 * known for that customer, and nobody at all is answered whose authentication failed.
 *
 * RFC 3834 §2, §4 (when and where to respond).
 */
import { createHash } from 'node:crypto';
import { domainOf, normalizeAddress } from './address.ts';
import type { Authenticated } from './authenticate.ts';
import { type Bounce, isUndelivered } from './bounce.ts';
import { type Classification, type Classified, isInside } from './classify.ts';
import { type Customer, type SubscriptionTransition, verifiedDomains } from './customer.ts';
import type { Authentication, Decision, Match, ReplyPlan, Scenario } from './decision.ts';
import { type Disclosable, disclosableTo } from './disclosure.ts';
import { isShared, type Judgement } from './genuineness.ts';
import { shownCharsMax } from './limits.ts';
import type { Defect, Evidence, Mail, Original } from './mail.ts';
import type { MatchResult } from './match.ts';
import { shown } from './normalize.ts';
import type { NoticeCatalog, NoticeFields } from './notice.ts';
import type { Policy } from './policy.ts';
import { type Reason, reasonSentence } from './reasons.ts';
import { chooseScenario, type ScenarioLine } from './scenario.ts';
import type { Screening } from './screen.ts';
import type { Unwrapped } from './unwrap.ts';

export interface DecideInput {
  readonly mail: Mail;
  readonly screening: Screening;
  /** What the mail says became of one of our replies, where it is a delivery report about one. */
  readonly bounce?: Bounce;
  /** The case whose reply the mail answers, carries or quotes, as the signature says. */
  readonly answeredCaseId?: string;
  /** Whether our reply itself is in it, attached or quoted with its Message-ID. */
  readonly carriesOwnReply: boolean;
  readonly authentication: Authenticated;
  readonly unwrapped: Unwrapped;
  readonly classification: Classification;
  /** The rest exists only where a notice was recognised. */
  readonly judgement?: Judgement;
  /** Whether a signature proves the notice Microsoft's. */
  readonly isNoticeProven?: boolean;
  readonly notice?: NoticeFields;
  /** Fields of the other notices in the same mail. */
  readonly otherNotices: readonly NoticeFields[];
  readonly match?: MatchResult;
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  /** `YYYY-MM-DD` where the customer is. */
  readonly today: string;
  /** What the stages saw, in their order. */
  readonly evidence: readonly Evidence[];
}

/** Decides. The answer still has to pass `restrain`, which knows what was sent before. */
export function decide(judged: DecideInput): Decision {
  const input = isPassedOnByTheirs(judged) ? believed(judged) : judged;
  const { mail, screening, classification, bounce } = input;
  if (bounce !== undefined) return aboutOwnReply(input, bounce);
  if (screening.verdict === 'machine' && screening.reason !== undefined) {
    return isMicrosoftByList(input)
      ? end(input, 'review', 'review-forwarding-hop', `${screening.reason}, but Microsoft wrote it`)
      : end(input, 'suppress', screening.reason);
  }
  const defect = defectReason(mail);
  if (defect !== undefined) return end(input, 'review', defect);
  const notice = classification.notice;
  if (screening.answersOwnReply && notice === undefined) {
    return end(input, 'suppress', 'suppressed-answer-to-reply');
  }
  if (notice === undefined) return withoutNotice(input);
  // An ordinary conversation that quotes such a notice is none of our business either.
  if (notice.family.action === 'ignore') return otherFamily(input, notice);
  if (isInAnswer(input, notice)) return end(input, 'review', 'review-answer-to-desk');
  if (notice.family.action === 'review') return otherFamily(input, notice);
  return withNotice(input, notice);
}

/** A group that passed on Microsoft's own notice: nobody is answered by itself, and nothing is lost. */
function isMicrosoftByList({ screening, classification }: DecideInput): boolean {
  const isListed = screening.reason === 'suppressed-list' || screening.reason === 'suppressed-bulk';
  return isListed && screening.byMicrosoft && classification.notice !== undefined;
}

/**
 * RFC 3834 §2: a delivery report is never answered, whatever its header section looks like. One that says more
 * than that the reply is on its way, or has arrived, is about the case of that reply.
 */
function aboutOwnReply(input: DecideInput, bounce: Bounce): Decision {
  const reason = isUndelivered(bounce)
    ? 'suppressed-bounce-of-reply'
    : (input.screening.reason ?? 'suppressed-delivery-report');
  return end(input, 'suppress', reason);
}

/**
 * Whether nothing speaks against the notice but somebody between it and its forwarder, and the record knows
 * both of them. A forwarder it does not know gets the same answer, or none, whomever he names.
 */
function isPassedOnByTheirs(input: DecideInput): boolean {
  const { judgement, match, mail, policy, catalog } = input;
  if (judgement?.passedOnBy === undefined || match?.kind !== 'unique') return false;
  // Who only says that he is one of them would learn from the answer that there is a record.
  if (!isProven(input)) return false;
  const { customer } = match.match;
  return [mail.from[0]?.address ?? '', ...judgement.passedOnBy].every(
    (address) => knownAs(address, customer, policy, catalog) !== undefined,
  );
}

function believed(input: DecideInput): DecideInput {
  const detail = 'the record of the customer knows who passed the notice on';
  return {
    ...input,
    judgement: { verdict: 'genuine', evidence: input.judgement?.evidence ?? [] },
    evidence: [...input.evidence, { stage: 'decide', code: 'passed-on-by-theirs', detail }],
  };
}

const unreadable: readonly Defect[] = ['unparsable', 'no-header-section', 'bare-carriage-return'];

/** RFC 5322 §3.6.2: From names the author; with none or several there is nobody to answer. */
function defectReason(mail: Mail): Reason | undefined {
  if (mail.defects.includes('too-large')) return 'review-too-large';
  if (mail.sizeBytes === 0) return 'review-empty-mail';
  if (unreadable.some((defect) => mail.defects.includes(defect))) return 'review-unparsable';
  if (mail.from.length === 0) return 'review-no-author';
  if (severalAuthors(mail)) return 'review-several-authors';
  return mail.defects.includes('empty') ? 'review-empty-mail' : undefined;
}

function severalAuthors({ from, defects }: Mail): boolean {
  return (
    from.length > 1 || defects.includes('several-from-fields') || defects.includes('malformed-from')
  );
}

function withoutNotice(input: DecideInput): Decision {
  const { mail, screening, classification } = input;
  const carriesUnread =
    mail.defects.includes('unreadable-attachment') ||
    mail.defects.includes('too-many-attached-mails');
  if (classification.titleOutside || classification.isPasted || carriesUnread)
    return end(input, 'review', 'review-no-original');
  if (screening.verdict === 'forwarding-hop') return end(input, 'review', 'review-forwarding-hop');
  if (screening.looksAutomatic) return end(input, 'review', 'review-looks-automatic');
  return end(input, 'ignore', 'ignored-not-a-notice');
}

function otherFamily(input: DecideInput, notice: Classified): Decision {
  if (input.judgement?.verdict === 'suspicious')
    return end(input, 'review', 'review-suspicious-notice');
  return notice.family.action === 'ignore'
    ? end(input, 'ignore', 'ignored-other-notice')
    : end(input, 'review', 'review-other-notice');
}

function withNotice(input: DecideInput, notice: Classified): Decision {
  const { authentication, classification, judgement, policy, screening, mail } = input;
  if (judgement?.verdict === 'suspicious') {
    // Nobody is told that Microsoft's own mail is a fake.
    if (input.isNoticeProven === true)
      return end(
        input,
        'review',
        'review-doubtful-notice',
        'it looks like an imitation, but a signature proves it Microsoft’s',
      );
    const mayWarn =
      disclosable(authenticationFor(input), input).atMost === 'record' &&
      screening.verdict === 'human' &&
      !screening.looksAutomatic &&
      isInside(notice.original) &&
      !isOurs(mail.from[0]?.address ?? '', input);
    return mayWarn
      ? generic(input, 'suspicious')
      : end(input, 'review', 'review-suspicious-notice');
  }
  if (notice.confidence < policy.thresholds.reply)
    return end(input, 'review', 'review-uncertain-notice');
  if (judgement?.verdict !== 'genuine') return end(input, 'review', 'review-doubtful-notice');
  if (classification.siblings.some(({ family }) => family.action !== 'ignore'))
    return end(
      input,
      'review',
      'review-conflicting-evidence',
      'the mail holds notices of different kinds',
    );
  if (mail.defects.includes('too-many-attached-mails'))
    return end(
      input,
      'review',
      'review-conflicting-evidence',
      'the mail holds more attached mails than are read',
    );
  if (severalNotices(input))
    return end(
      input,
      'review',
      'review-conflicting-evidence',
      'the mail holds notices about different subscriptions',
    );
  if (screening.byMicrosoft) return fromMicrosoft(input, notice);
  const may = disclosable(authentication, input);
  if (may.atMost === 'nothing') return end(input, 'review', may.reason);
  if (screening.looksAutomatic) return end(input, 'review', 'review-looks-automatic');
  const author = mail.from[0]?.address;
  return author === undefined
    ? end(input, 'review', 'review-no-author')
    : fromForwarder(input, author);
}

/** The most that may be sent to an author whose authentication came out so: the table of disclosure. */
function disclosable({ result }: Authentication, { policy }: DecideInput): Disclosable {
  return disclosableTo(result, policy);
}

/** Whether the author is proven, so that a record may be disclosed to him if it knows him. */
function isProven(input: DecideInput): boolean {
  return disclosable(input.authentication, input).atMost === 'record';
}

/** For mail said to be from Microsoft only an aligned DKIM pass counts: others relay under its name. */
function authenticationFor({ authentication, screening }: DecideInput): Authentication {
  const { result, by, dkimAligned } = authentication;
  if (screening.byMicrosoft && result === 'pass' && !dkimAligned)
    return { result: 'none', dkimAligned: false };
  return { result, dkimAligned, ...(by === undefined ? {} : { by }) };
}

/**
 * Whether the notice stands below an answer rather than in a forward: below or beside what the desk wrote,
 * below a line that names the desk (`On … <support@partner.example> wrote:`), or in a mail that only answers.
 */
function isInAnswer(input: DecideInput, { original }: Classified): boolean {
  const { unwrapped } = input;
  if (input.carriesOwnReply || (original.how === 'inline' && unwrapped.isAnswer)) return true;
  const above = unwrapped.originals.filter(
    (other) => isInside(other) && other.depth <= original.depth,
  );
  return above.some((other) => {
    // As deep as the notice: our reply attached beside it, or quoted above an attached notice.
    const isByDesk = other !== original && isOurs(other.from?.address ?? '', input);
    return isByDesk || addressesIn(other.comment ?? '').some((address) => isOurs(address, input));
  });
}

/** Addresses between angle brackets, which clients fold like any other text. */
function addressesIn(text: string): string[] {
  return [...text.matchAll(/<\s{0,3}(?!mailto:)([^<>\s]{3,320})\s{0,3}>/gi)].map(
    ([, address]) => address ?? '',
  );
}

/** Whether an address is the desk's, or of its organisation. */
function isOurs(address: string, { policy, catalog }: DecideInput): boolean {
  const domains = policy.ownAddresses.map(domainOf).filter((own) => !isShared(own, catalog));
  return (
    policy.ownAddresses.includes(normalizeAddress(address)) || domains.includes(domainOf(address))
  );
}

function severalNotices({ notice, otherNotices }: DecideInput): boolean {
  const differs = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && a !== b;
  return otherNotices.some(
    (other) =>
      differs(other.tenantDomain, notice?.tenantDomain) ||
      differs(other.subscriptionId, notice?.subscriptionId) ||
      differs(other.tenantId, notice?.tenantId) ||
      differs(other.subscription, notice?.subscription),
  );
}

/**
 * A rule passed Microsoft's own mail on, so there is no forwarder to answer: the recorded contact is,
 * when the notice is proven Microsoft's and itself names the customer. An SRS or Resent address is a
 * hop, not a person (roundcube-sieverules#111).
 */
function fromMicrosoft(input: DecideInput, notice: Classified): Decision {
  const { match } = input;
  // What a mail of Microsoft's quotes was typed by somebody else.
  if (isInside(notice.original)) return end(input, 'review', 'review-unproven-notice');
  if (disclosable(authenticationFor(input), input).atMost !== 'record') {
    return end(input, 'review', 'review-unproven-notice');
  }
  if (match?.kind !== 'unique') return unmatched(input, match);
  const isStrong = match.match.matchedBy.some((code) =>
    ['subscription-id', 'tenant-id', 'tenant-domain'].includes(code),
  );
  if (!isStrong)
    return end(
      input,
      'review',
      'review-unproven-notice',
      'the notice itself does not name the customer surely enough',
    );
  const contact = match.match.customer.contacts[0];
  if (contact === undefined) return end(input, 'review', 'review-no-contact');
  return instructions(input, match.match, contact.address, contact.name);
}

function fromForwarder(input: DecideInput, author: string): Decision {
  const { match, screening, policy, catalog } = input;
  const mayKnow = isProven(input);
  const isHop = screening.verdict === 'forwarding-hop';
  // A stranger who names two customers learns as little as one who names none: silence would tell.
  const isOfOne =
    mayKnow &&
    candidatesOf(match).some(
      (customer) => knownAs(author, customer, policy, catalog) !== undefined,
    );
  if ((match?.kind === 'ambiguous' || match?.kind === 'conflict') && (isOfOne || isHop))
    return unmatched(input, match);
  const known =
    match?.kind === 'unique' ? knownAs(author, match.match.customer, policy, catalog) : undefined;
  // Without proof of who wrote, the answer is the same for known and unknown, to the byte.
  if (match?.kind === 'unique' && mayKnow && known !== undefined)
    return instructions(input, match.match, author, known.name);
  if (isHop)
    return end(
      input,
      'review',
      'review-no-customer',
      'a rule passed the mail on, and its author is not known for any customer',
    );
  if (isOurs(author, input)) return end(input, 'review', 'review-forwarded-by-colleague');
  return generic(input, 'ask-for-details');
}

function candidatesOf(match: MatchResult | undefined): readonly Customer[] {
  return match?.kind === 'ambiguous' || match?.kind === 'conflict' ? match.customers : [];
}

function unmatched(input: DecideInput, match: MatchResult | undefined): Decision {
  if (match?.kind === 'ambiguous') return end(input, 'review', 'review-ambiguous-customer');
  if (match?.kind === 'conflict') return end(input, 'review', 'review-conflicting-evidence');
  return end(input, 'review', 'review-no-customer');
}

/** How the record knows an address: as a contact, or as a colleague at a verified domain. */
export function knownAs(
  address: string,
  customer: Customer,
  policy: Policy,
  catalog: NoticeCatalog,
): { readonly name?: string } | undefined {
  const contact = customer.contacts.find(
    (known) => normalizeAddress(known.address) === normalizeAddress(address),
  );
  if (contact !== undefined) return contact.name === undefined ? {} : { name: contact.name };
  const domain = domainOf(address);
  const isColleague =
    policy.answerColleagues &&
    verifiedDomains(customer).includes(domain) &&
    !isShared(domain, catalog);
  return isColleague ? {} : undefined;
}

function instructions(
  input: DecideInput,
  match: Match,
  to: string,
  toName: string | undefined,
): Decision {
  const { policy, catalog, today } = input;
  const outcome = chooseScenario({
    customer: match.customer,
    notice: input.notice ?? {},
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today,
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
function generic(input: DecideInput, scenario: 'ask-for-details' | 'suspicious'): Decision {
  const to = input.mail.from[0]?.address ?? '';
  const plan: ReplyPlan = {
    to,
    scenario,
    locale: localeOf(input),
    lines: [],
    replyKey: `general:${normalizeAddress(to)}:${input.today}`,
  };
  return reply(input, plan, `reply-${scenario}`);
}

/** The language the forwarder's own client speaks, else the settings'. The record's would disclose it. */
function localeOf({ classification, policy, unwrapped }: DecideInput): string {
  const own = unwrapped.originals.find(isInside)?.language;
  return own ?? classification.notice?.original.language ?? policy.locale;
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

function end(
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

/** What the instructions about a subscription come from. */
const keyFields = [
  'product',
  'advisorSubscriptionId',
  'advisorStatus',
  'advisorEndsOn',
  'advisorRenewsOn',
  'cspStatus',
  'licensesAssigned',
] as const satisfies readonly (keyof SubscriptionTransition)[];

/**
 * What makes two replies the same one: customer, scenario, and the state of the record that the
 * instructions come from. A changed record allows a new reply; a changed contact or name does not.
 */
export function replyKeyOf(
  customer: Customer,
  scenario: Scenario,
  lines: readonly ScenarioLine[],
): string {
  const state = {
    approved: customer.partnerApproved ?? null,
    approvalLink: customer.approvalLink ?? null,
    country: customer.country ?? null,
    // Sorted, so that the order of the rows in a file makes no new reply.
    lines: lines
      .map(({ scenario: line, index }) => {
        const subscription = customer.subscriptions[index];
        return JSON.stringify([line, ...keyFields.map((field) => subscription?.[field] ?? null)]);
      })
      .sort(),
  };
  const digest = createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 24);
  return `${customer.id}:${scenario}:${digest}`;
}
