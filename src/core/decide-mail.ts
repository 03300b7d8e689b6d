/**
 * All stages in their order: the octets of a mail in, a decision out. Policy is `decide`'s alone.
 *
 * The only things it asks of the world are the customers that a notice's keys name, and, where somebody can say
 * it, whether the signatures of the mail verify: ask, fetch, judge.
 * What was sent before is for `restrain` to weigh.
 */
import { domainOf } from './address.ts';
import { authenticate } from './authenticate.ts';
import { bounceEvidence, readBounce } from './bounce.ts';
import { classify } from './classify.ts';
import type { CustomerFinder } from './customer-index.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { extractFields } from './extract.ts';
import { judgeGenuineness } from './genuineness.ts';
import { defects, type Mail } from './mail.ts';
import { judgeMatch, type MatchInput, type MatchResult, matchKeys, similarName } from './match.ts';
import type { NoticeCatalog } from './notice.ts';
import { partMarks } from './notice-marks.ts';
import { ownReferences, ownReferencesEvidence } from './own-references.ts';
import { parseMail } from './parse.ts';
import type { Policy } from './policy.ts';
import { proveNotice } from './proven-notice.ts';
import type { ThreadedMail } from './reply-headers.ts';
import { screen } from './screen.ts';
import { unwrap } from './unwrap.ts';
import type { Verification } from './verification.ts';

/** What the stages need beside the mail. */
export interface Judging extends CustomerFinder {
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  /** Verifies the signatures of a mail; without it only what a trusted host says counts. */
  readonly verify?: (raw: Uint8Array, mail: Mail) => Promise<Verification>;
}

export interface Decided {
  readonly mail: Mail;
  readonly decision: Decision;
}

/** What of a mail is still needed once it is decided. */
export type DecidedMail = ThreadedMail & Pick<Mail, 'subject' | 'from'>;

/** `decideMail`, or the same done elsewhere than in this thread. */
export type MailDecider = (
  raw: Uint8Array,
  judging: Judging,
  options: { readonly complete: boolean; readonly now: Date },
) => Promise<{ readonly mail: DecidedMail; readonly decision: Decision }>;

/**
 * Decides about one mail: parse, screen, authenticate, unwrap, classify, extract, match, decide.
 *
 * The only I/O is the look-up of candidates and of the keys of signatures, once each.
 */
export async function decideMail(
  raw: Uint8Array,
  judging: Judging,
  options: { readonly complete: boolean; readonly now: Date },
): Promise<Decided> {
  const { policy, catalog } = judging;
  const mail = await parseMail(raw, { complete: options.complete });
  const screened = screen(mail, { policy, senderDomains: catalog.senderDomains });
  // Screening reads the outer header section only; what names our reply further in answers it as well.
  const named = ownReferences(mail, policy.messageIdKey);
  const screening = {
    ...screened,
    answersOwnReply: screened.answersOwnReply || named.some(({ place }) => place !== 'message-id'),
  };
  const bounce = readBounce(mail, policy.messageIdKey);
  // Of a mail that was cut no signature can hold, and the desk reads it anyway.
  const verification = mail.defects.includes('too-large')
    ? undefined
    : await judging.verify?.(raw, mail);
  const authentication = authenticate(mail, policy, verification);
  const unwrapped = unwrap(mail, screening.redirected);
  const classification = classify({
    originals: unwrapped.originals,
    outerSubject: mail.subject,
    catalog,
    reviewThreshold: policy.thresholds.review,
  });
  const answered = named.find(({ place }) => place !== 'message-id')?.caseId;
  const base = {
    mail,
    screening,
    ...(answered === undefined ? {} : { answeredCaseId: answered }),
    carriesOwnReply: named.some(({ place }) => place === 'attached' || place === 'text'),
    ...(bounce === undefined ? {} : { bounce }),
    authentication,
    unwrapped,
    classification,
    policy,
    catalog,
    now: options.now,
  };
  const evidence = [
    ...mail.defects.map((code) => ({ stage: 'parse', code, detail: defects[code] })),
    ...screening.evidence,
    ...ownReferencesEvidence(named.filter(({ place }) => place !== 'thread')),
    ...(bounce === undefined ? [] : [bounceEvidence(bounce)]),
    ...authentication.evidence,
    ...unwrapped.evidence,
    ...classification.evidence,
  ];
  const found = classification.notice;
  if (found === undefined)
    return { mail, decision: decide({ ...base, otherNotices: [], evidence }) };

  const forwarder = screening.byMicrosoft ? undefined : mail.from[0]?.address;
  const extraction = extractFields(found.original, catalog);
  const judgement = judgeGenuineness({
    original: found.original,
    originals: unwrapped.originals,
    fields: extraction.fields,
    catalog,
    forwarderDomain: domainOf(forwarder ?? ''),
    parts: partMarks(mail, found.original.how),
  });
  const proof = proveNotice(found.original, mail, catalog, verification);
  const matchInput: MatchInput = {
    notice: extraction.fields,
    original: found.original,
    ...(forwarder === undefined ? {} : { forwarder }),
    catalog,
    ownAddresses: policy.ownAddresses,
  };
  const match = await findMatch(matchInput, judging);
  const decision = decide({
    ...base,
    judgement,
    isNoticeProven: proof.isProven,
    notice: extraction.fields,
    otherNotices: classification.others.map(
      ({ original }) => extractFields(original, catalog).fields,
    ),
    match,
    evidence: [
      ...evidence,
      ...proof.evidence,
      ...judgement.evidence,
      ...extraction.evidence,
      ...match.evidence,
    ],
  });
  return { mail, decision };
}

/** By the keys first; names that are alike only where nothing of the notice says whose it is. */
async function findMatch(input: MatchInput, finder: CustomerFinder): Promise<MatchResult> {
  const candidates = await finder.findCandidates(matchKeys(input));
  const name = similarName(candidates, input);
  const similar = name === undefined ? [] : await finder.findSimilar(name);
  return judgeMatch(candidates, input, similar);
}
