/**
 * The one ordered story of a mail, from its bytes to the mark on the server. No policy: the stages say
 * what, this file says in which order, and keeps I/O between the pure steps.
 *
 * The crash rule: everything is decided and recorded before anything is sent; a reply is claimed before
 * it is handed to the server and settled after; the mail is marked last. Whatever is cut off goes on
 * from what the store says, and a reply cut off while sending is never sent again by itself.
 */
import { domainOf } from './core/address.ts';
import { authenticate } from './core/authenticate.ts';
import { classify } from './core/classify.ts';
import { composeReply } from './core/compose.ts';
import type { Customer } from './core/customer.ts';
import { decide, restrain, withheld, withholdAnswered } from './core/decide.ts';
import type { Decision, Reply } from './core/decision.ts';
import { extractFields } from './core/extract.ts';
import { isShared, judgeGenuineness } from './core/genuineness.ts';
import { shownCharsMax } from './core/limits.ts';
import { defects, type Mail } from './core/mail.ts';
import { judgeMatch, type MatchInput, type MatchKeys, matchKeys } from './core/match.ts';
import { shown } from './core/normalize.ts';
import type { NoticeCatalog } from './core/notice.ts';
import { caseIdOf, firstValue, messageIdsIn, parseHeaderSection, parseMail } from './core/parse.ts';
import type { Contacts, Partner, Policy, ReplySender } from './core/policy.ts';
import { screen } from './core/screen.ts';
import { TemplateError } from './core/template.ts';
import type { TemplateSet } from './core/template-compile.ts';
import { unwrap } from './core/unwrap.ts';
import { ResponderError } from './errors.ts';
import type {
  CaseRecord,
  Clock,
  Cursor,
  FetchedMail,
  IntakeMail,
  Job,
  Jobs,
  Log,
  Mailbox,
  Mark,
  ReplyState,
  Store,
  StoredCase,
  Submission,
} from './ports.ts';

/** What the stages need beside the mail. */
export interface Judging {
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  readonly findCandidates: (keys: MatchKeys) => Promise<readonly Customer[]>;
}

export interface Decided {
  readonly mail: Mail;
  readonly decision: Decision;
}

/**
 * Decides about one mail: parse, screen, authenticate, unwrap, classify, extract, match, decide.
 *
 * The only I/O is the look-up of candidates. What was sent before is `restrain`'s to weigh.
 */
export async function decideMail(
  raw: Uint8Array,
  judging: Judging,
  options: { readonly complete: boolean; readonly now: Date },
): Promise<Decided> {
  const { policy, catalog } = judging;
  const mail = await parseMail(raw, { complete: options.complete });
  const screening = screen(mail, { policy, senderDomains: catalog.senderDomains });
  const authentication = authenticate(mail, policy);
  const unwrapped = unwrap(mail, screening.redirected);
  const classification = classify({
    originals: unwrapped.originals,
    outerSubject: mail.subject,
    catalog,
    reviewThreshold: policy.thresholds.review,
  });
  const base = {
    mail,
    screening,
    authentication,
    unwrapped,
    classification,
    policy,
    catalog,
    today: calendarDay(options.now, policy.timeZone),
  };
  const evidence = [
    ...mail.defects.map((code) => ({ stage: 'parse', code, detail: defects[code] })),
    ...screening.evidence,
    ...authentication.evidence,
    ...unwrapped.evidence,
    ...classification.evidence,
  ];
  const found = classification.notice;
  if (found === undefined)
    return { mail, decision: decide({ ...base, otherNotices: [], evidence }) };

  const forwarder = screening.byMicrosoft ? undefined : mail.from[0]?.address;
  const judgement = judgeGenuineness({
    original: found.original,
    catalog,
    forwarderDomain: domainOf(forwarder ?? ''),
  });
  const extraction = extractFields(found.original, catalog);
  const matchInput: MatchInput = {
    notice: extraction.fields,
    original: found.original,
    ...(forwarder === undefined ? {} : { forwarder }),
    catalog,
    ownAddresses: policy.ownAddresses,
  };
  const match = judgeMatch(await judging.findCandidates(matchKeys(matchInput)), matchInput);
  const decision = decide({
    ...base,
    judgement,
    notice: extraction.fields,
    otherNotices: classification.others.map(
      ({ original }) => extractFields(original, catalog).fields,
    ),
    match,
    evidence: [...evidence, ...judgement.evidence, ...extraction.evidence, ...match.evidence],
  });
  return { mail, decision };
}

/** `YYYY-MM-DD` of a moment in a time zone. */
export function calendarDay(now: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** One mailbox as the pipeline sees it. */
export interface Desk {
  readonly mailbox: Mailbox;
  readonly submission: Submission;
  readonly sender: ReplySender;
  readonly mark: {
    readonly answered: boolean;
    readonly keyword?: string;
    readonly move: {
      readonly reply?: string;
      readonly review?: string;
      readonly suppress?: string;
    };
  };
}

export interface PipelineParts {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  readonly contacts: Contacts;
  readonly partner: Partner;
  /** The last good version of the templates. */
  readonly templates: () => TemplateSet;
  readonly desks: ReadonlyMap<string, Desk>;
}

/** Takes fetched mails in: durable first, then queued. A queue that is down is made good by the sweep. */
export async function takeIn(
  parts: Pick<PipelineParts, 'store' | 'jobs' | 'log'>,
  mailbox: string,
  mails: readonly FetchedMail[],
  cursor: Cursor,
): Promise<void> {
  const intake = mails.map((mail): IntakeMail => {
    const messageId = messageIdsIn(firstValue(parseHeaderSection(mail.raw), 'message-id') ?? '')[0];
    return {
      ...mail,
      caseId: caseIdOf(mailbox, mail.raw),
      ...(messageId === undefined ? {} : { messageId }),
    };
  });
  const added = await parts.store.accept(mailbox, intake, cursor);
  if (added.length === 0) return;
  parts.log.info({ mailbox, mails: added.length }, 'mails taken in');
  await queue(
    parts,
    added.map((caseId) => ({ kind: 'handle', caseId, mailbox })),
  );
}

/** Queues everything that was begun and not finished: after a start, a crash or a lost queue. */
export async function sweep(parts: Pick<PipelineParts, 'store' | 'jobs' | 'log'>): Promise<number> {
  const unfinished = await parts.store.unfinishedJobs(sweepJobsMax);
  await queue(parts, unfinished);
  return unfinished.length;
}

/** More than these are queued by the next sweep. */
const sweepJobsMax = 1_000;

async function queue(
  { jobs, log }: Pick<PipelineParts, 'jobs' | 'log'>,
  wanted: readonly Job[],
): Promise<void> {
  if (wanted.length === 0) return;
  try {
    await jobs.add(wanted);
  } catch (error) {
    // What is to be done stands in the store; the sweep queues it once the queue is back.
    log.warn(
      { error: messageOf(error), jobs: wanted.length },
      'the queue did not take the jobs; they are queued again later',
    );
  }
}

/** Decides about a mail that was taken in, and saves case and reply in one transaction. */
export async function handleMail(parts: PipelineParts, job: Job): Promise<void> {
  const { store, clock, log } = parts;
  const stored = await store.findMail(job.caseId);
  if (stored === undefined || stored.state === 'finished') return;
  if (stored.state === 'accepted') {
    const raw = stored.raw ?? new Uint8Array();
    const now = clock.now();
    const judging = { ...parts, findCandidates: (keys: MatchKeys) => store.findCandidates(keys) };
    const { complete, answered } = stored;
    const decided = await decideMail(raw, judging, { complete, now });
    const { mail } = decided;
    // The mailbox is the second record of what was answered: by a person, or by us before a store was lost.
    const decision = answered ? withholdAnswered(decided.decision) : decided.decision;
    const record = await saveOnce(parts, { job, mail, decision, now });
    const { action, reason, family, scenario, match } = record.decision;
    const about = { action, reason, family, scenario, customer: match?.customer.id };
    log.info({ case: job.caseId, mailbox: job.mailbox, ...about }, 'mail decided');
    if (action === 'ignore') return;
  }
  await queue(parts, [await nextJob(store, job)]);
}

/** What follows a decision: sending where there is something to send, else marking. */
async function nextJob(store: Store, job: Job): Promise<Job> {
  const state = (await store.findCase(job.caseId))?.reply?.state;
  const isOpen = state === 'pending' || state === 'sending';
  return { ...job, kind: isOpen ? 'deliver' : 'mark' };
}

interface SaveInput {
  readonly job: Job;
  readonly mail: Mail;
  readonly decision: Decision;
  readonly now: Date;
}

/** A reply key taken by another worker in between is a decision made anew, with that reply as history. */
async function saveOnce(parts: PipelineParts, input: SaveInput): Promise<CaseRecord> {
  const { store, policy, log } = parts;
  for (let round = 1; ; round += 1) {
    const restrained = restrain(input.decision, await historyFor(parts, input), policy);
    const record = recordOf(parts, input, restrained);
    const saved = await store.saveDecision(record);
    if (saved !== 'reply-key-taken') return record;
    log.info(
      { case: input.job.caseId, round },
      'another mail was just given the same answer; deciding again',
    );
    if (round >= saveRoundsMax)
      throw new ResponderError(
        'STORE_FAILED',
        'The reply key stayed taken without a reply to show for it.',
      );
  }
}

const saveRoundsMax = 5;

async function historyFor({ store, catalog }: PipelineParts, { job, decision, now }: SaveInput) {
  if (decision.action !== 'reply')
    return { sameKeyCount: 0, toDomainLastHour: 0, fromMailboxLastHour: 0 };
  const domain = domainOf(decision.plan.to);
  return store.replyHistory({
    mailbox: job.mailbox,
    replyKey: decision.plan.replyKey,
    // Two people at one freemail provider have nothing to do with each other.
    domain: isShared(domain, catalog) ? decision.plan.to : domain,
    now,
  });
}

function recordOf(parts: PipelineParts, input: SaveInput, decision: Decision): CaseRecord {
  const { job, mail, now } = input;
  const composed = composeFor(parts, input, decision);
  const messageId = mail.messageId;
  const base = {
    caseId: job.caseId,
    mailbox: job.mailbox,
    ...(messageId === undefined ? {} : { messageId }),
    subject: shown(mail.subject, shownCharsMax),
    decision: composed.decision,
    decidedAt: now,
  };
  if (composed.reply === undefined) return base;
  const { decision: final, reply } = composed;
  const isSent = final.action === 'reply' && parts.policy.mode === 'auto';
  return isSent
    ? { ...base, reply: { replyKey: final.plan.replyKey, content: reply } }
    : { ...base, proposal: reply };
}

/** Composes the reply or the proposal; a template that cannot say it completely leaves it to the desk. */
function composeFor(
  parts: PipelineParts,
  { job, mail, now }: SaveInput,
  decision: Decision,
): { readonly decision: Decision; readonly reply?: Reply } {
  if (decision.action !== 'reply' && decision.action !== 'review') return { decision };
  const desk = parts.desks.get(job.mailbox);
  const plan = decision.plan;
  if (plan === undefined || desk === undefined) return { decision };
  try {
    const reply = composeReply({
      plan,
      templates: parts.templates(),
      contacts: parts.contacts,
      partner: parts.partner,
      policy: parts.policy,
      sender: desk.sender,
      mail,
      caseId: job.caseId,
      now,
    });
    return { decision, reply };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    parts.log.error(
      { case: job.caseId, error: error.message },
      'the reply could not be composed; the desk decides',
    );
    return {
      decision:
        decision.action === 'reply'
          ? withheld(decision, 'review', 'review-template', error.message)
          : decision,
    };
  }
}

/** Sends the reply of a case, at most once after DATA has begun. */
export async function deliverReply(parts: PipelineParts, job: Job): Promise<void> {
  const { store, clock, log } = parts;
  const desk = deskOf(parts, job);
  const claim = await store.claimReply(job.caseId, clock.now());
  const settle = (state: Exclude<ReplyState, 'sending'>, response: string): Promise<void> =>
    store.settleReply(job.caseId, {
      state,
      at: clock.now(),
      response: shown(response, shownCharsMax),
    });
  if (claim.status === 'interrupted') {
    log.warn(
      { case: job.caseId },
      'sending was cut off: whether the reply arrived is unknown, so the desk decides',
    );
    await settle('unconfirmed', 'sending was cut off before the answer of the server came');
  }
  if (claim.status === 'claimed') {
    const outcome = await submitClaimed(desk.submission, claim.reply, clock, settle);
    switch (outcome.outcome) {
      case 'accepted':
        await settle('sent', outcome.response);
        log.info({ case: job.caseId, mailbox: job.mailbox }, 'reply sent');
        break;
      case 'refused':
        await settle(outcome.permanent ? 'rejected' : 'pending', outcome.response);
        log.warn(
          { case: job.caseId, permanent: outcome.permanent, response: outcome.response },
          'the server refused the reply',
        );
        if (!outcome.permanent)
          throw new ResponderError(
            'SMTP_FAILED',
            `The server refused the reply for now: ${outcome.response}`,
          );
        break;
      case 'unconfirmed':
        await settle('unconfirmed', outcome.detail);
        log.warn(
          { case: job.caseId, detail: outcome.detail },
          'whether the reply arrived is unknown, so the desk decides',
        );
        break;
      default:
        outcome satisfies never;
    }
  }
  await queue(parts, [{ ...job, kind: 'mark' }]);
}

/** A server that was not reached has sent nothing, so the reply is free to be tried again. */
async function submitClaimed(
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

/** Marks the mail on the server, once its case is durable and its reply settled. */
export async function markMail(parts: PipelineParts, job: Job): Promise<void> {
  const { store, log, policy } = parts;
  const stored = await store.findCase(job.caseId);
  if (stored === undefined) return;
  const desk = deskOf(parts, job);
  const mark = policy.mode === 'shadow' ? undefined : markFor(desk, stored);
  if (mark !== undefined) {
    for (const location of stored.locations) {
      const outcome = await desk.mailbox.mark(location, mark);
      log.debug({ case: job.caseId, uid: location.uid, outcome }, 'mail marked');
    }
  }
  await store.finishMail(job.caseId);
}

/** `\Answered` says that an answer went out, so only a sent reply sets it. RFC 9051 §2.3.2. */
function markFor({ mark }: Desk, { action, reply }: StoredCase): Mark | undefined {
  const wasSent = reply?.state === 'sent';
  const moveTo = action === 'ignore' ? undefined : mark.move[action];
  const wanted: Mark = {
    answered: wasSent && mark.answered,
    ...(wasSent && mark.keyword !== undefined ? { keyword: mark.keyword } : {}),
    ...(moveTo === undefined ? {} : { moveTo }),
  };
  const isNothing = !wanted.answered && wanted.keyword === undefined && wanted.moveTo === undefined;
  return isNothing ? undefined : wanted;
}

/** A job that cannot succeed ends where the desk sees it. */
export async function giveUp(
  { store, clock, log }: PipelineParts,
  job: Job,
  error: Error,
): Promise<void> {
  log.error(
    { case: job.caseId, job: job.kind, error: messageOf(error) },
    'given up; the desk decides',
  );
  await store.giveUp(job.caseId, {
    at: clock.now(),
    detail: `${job.kind}: ${messageOf(error)}`,
    kind: job.kind,
  });
}

function deskOf({ desks }: PipelineParts, { mailbox }: Job): Desk {
  const desk = desks.get(mailbox);
  if (desk === undefined) {
    throw new ResponderError(
      'SETTINGS_INVALID',
      `The mailbox “${mailbox}” is no longer in the settings.`,
    );
  }
  return desk;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
