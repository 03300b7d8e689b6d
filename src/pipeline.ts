/**
 * The one ordered story of a mail, from its bytes to the mark on the server. No policy: the stages say
 * what, this file says in which order, and keeps I/O between the pure steps.
 *
 * The crash rule: everything is decided and recorded before anything is sent; a reply is claimed before
 * it is handed to the server and settled after; the mail is marked last. Whatever is cut off goes on
 * from what the store says, and a reply cut off while sending is never sent again by itself.
 */
import { domainOf, normalizeAddress } from './core/address.ts';
import { tellAlreadyAnswered } from './core/already-answered.ts';
import { composeReply } from './core/compose.ts';
import { type Decided, decideMail } from './core/decide-mail.ts';
import { type Decision, isGenericScenario, type Reply, type ReplyPlan } from './core/decision.ts';
import { isShared } from './core/genuineness.ts';
import { shownCharsMax } from './core/limits.ts';
import type { Mail } from './core/mail.ts';
import type { MatchKeys } from './core/match.ts';
import { shown } from './core/normalize.ts';
import type { NoticeCatalog } from './core/notice.ts';
import { caseIdOf, firstValue, messageIdsIn, parseHeaderSection } from './core/parse.ts';
import type { Contacts, Partner, Policy, ReplySender } from './core/policy.ts';
import type { Reason } from './core/reasons.ts';
import {
  restrain,
  type SentBefore,
  withheld,
  withholdAnswered,
  withholdOld,
} from './core/restrain.ts';
import { TemplateError } from './core/template.ts';
import type { TemplateSet } from './core/template-compile.ts';
import { ResponderError } from './errors.ts';
import type {
  CaseRecord,
  Clock,
  Cursor,
  FetchedMail,
  HoldKind,
  IntakeMail,
  Job,
  Jobs,
  Log,
  Mailbox,
  Mark,
  ReplyAllowance,
  ReplySettlement,
  Store,
  StoredCase,
  StoredMail,
  Submission,
} from './ports.ts';

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

/**
 * Queues everything that was begun and not finished: after a start, a crash or a lost queue.
 *
 * Only mailboxes of these settings: what belongs to others is theirs, and must not stand in the way.
 */
export async function sweep(
  parts: Pick<PipelineParts, 'store' | 'jobs' | 'log' | 'desks'>,
): Promise<number> {
  const unfinished = await parts.store.unfinishedJobs([...parts.desks.keys()], sweepJobsMax);
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
  // Without its mailbox a reply could be decided and never sent.
  deskOf(parts, job);
  const stored = await store.findMail(job.caseId);
  if (stored === undefined || stored.state === 'finished') return;
  if (stored.state === 'accepted') {
    const now = clock.now();
    const { mail, decision } = await decideStored(parts, stored, now);
    const record = await saveOnce(parts, { job, mail, decision, now });
    const { action, reason, family, scenario, match } = record.decision;
    const about = { action, reason, family, scenario, customer: match?.customer.id };
    log.info({ case: job.caseId, mailbox: job.mailbox, ...about }, 'mail decided');
    if (action === 'ignore') return;
  }
  await queue(parts, [await nextJob(store, job)]);
}

/** Decides about a mail of the ledger, as if it had come now. */
async function decideStored(parts: PipelineParts, stored: StoredMail, now: Date): Promise<Decided> {
  const { store } = parts;
  const { complete, answered, receivedAt } = stored;
  const judging = { ...parts, findCandidates: (keys: MatchKeys) => store.findCandidates(keys) };
  const { mail, decision } = await decideMail(stored.raw ?? new Uint8Array(), judging, {
    complete,
    now,
  });
  const cursor = await store.findCursor(stored.mailbox);
  const isOld =
    cursor !== undefined && receivedAt.getTime() < cursor.watchingSince.getTime() - clockSkewMsMax;
  // The mailbox is the second record of what was answered: by a person, or by us before a store was lost.
  if (answered) return { mail, decision: withholdAnswered(decision) };
  // An old mail that is moved back into the folder gets a new UID, but keeps its date.
  return { mail, decision: isOld ? withholdOld(decision) : decision };
}

/** The mail server's clock and ours may differ by less than this. */
const clockSkewMsMax = 24 * 3_600_000;

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

/** Where another worker was quicker, the decision is made anew, with what that one sent as history. */
async function saveOnce(parts: PipelineParts, input: SaveInput): Promise<CaseRecord> {
  const { store, log } = parts;
  const { caseId, mailbox } = input.job;
  for (let round = 1; ; round += 1) {
    const record = recordOf(parts, input, await restrainBySent(parts, input, input.decision));
    const saved = await store.saveDecision(record);
    if (saved === 'saved' && record.pause !== undefined)
      log.error(
        { case: caseId, mailbox, detail: record.pause.detail },
        'desk: sending from this mailbox is paused until a person releases it (holds)',
      );
    if (saved !== 'outrun') return record;
    log.info({ case: caseId, round }, 'another mail was just answered; deciding again');
    if (round >= saveRoundsMax)
      throw new ResponderError(
        'STORE_FAILED',
        'The reply could not be saved, and no other reply shows why.',
      );
  }
}

/** Each round somebody else saved a reply to the same people or from the same mailbox. */
const saveRoundsMax = 10;

/** What is left of a reply after what was sent before. */
async function restrainBySent(
  parts: PipelineParts,
  input: SaveInput,
  decision: Decision,
): Promise<Decision> {
  const { policy } = parts;
  if (decision.action !== 'reply') return decision;
  const before = await historyFor(parts, input, decision.plan);
  const restrained = restrain(decision, before, policy);
  if (restrained.reason !== 'suppressed-already-answered') return restrained;
  const word = tellAlreadyAnswered(decision, before, policy);
  if (word === undefined) return restrained;
  const told = await restrainBySent(parts, input, word);
  // Who was told before is told nothing again.
  return told.reason === 'suppressed-already-answered' ? restrained : told;
}

function historyFor(
  { store, catalog }: PipelineParts,
  { job, now }: SaveInput,
  plan: ReplyPlan,
): Promise<SentBefore> {
  const { to: address, replyKey } = plan;
  const domain = limitedDomain(address, catalog);
  return store.replyHistory({ mailbox: job.mailbox, replyKey, address, domain, now });
}

/** Two people at one freemail provider have nothing to do with each other. */
function limitedDomain(address: string, catalog: NoticeCatalog): string {
  const domain = domainOf(address);
  return isShared(domain, catalog) ? normalizeAddress(address) : domain;
}

function recordOf(parts: PipelineParts, input: SaveInput, decision: Decision): CaseRecord {
  const { job, mail, now } = input;
  const composed = composeFor(parts, input, decision);
  const messageId = mail.messageId;
  const pause = pauseOf(decision);
  const base = {
    caseId: job.caseId,
    mailbox: job.mailbox,
    ...(messageId === undefined ? {} : { messageId }),
    subject: shown(mail.subject, shownCharsMax),
    decision: composed.decision,
    decidedAt: now,
    ...(pause === undefined ? {} : { pause }),
  };
  if (composed.reply === undefined) return base;
  const { decision: final, reply } = composed;
  if (final.action !== 'reply' || parts.policy.mode !== 'auto') return { ...base, proposal: reply };
  const allowance = allowanceFor(final.plan, parts);
  return { ...base, reply: { replyKey: final.plan.replyKey, content: reply, allowance } };
}

/** The breaker tripped, or has before: then the store keeps the hold that is there. */
function pauseOf({ reason, evidence }: Decision): CaseRecord['pause'] {
  if (reason !== 'review-sending-paused') return undefined;
  return { detail: evidence.at(-1)?.detail ?? reason };
}

/** One fewer than the limit: the reply itself comes on top. */
function allowanceFor({ to }: ReplyPlan, { policy, catalog }: PipelineParts): ReplyAllowance {
  const { perAddressPerDay, perDomainPerHour, perMailboxPerHour } = policy.limits;
  return {
    domain: limitedDomain(to, catalog),
    toAddressLastDay: perAddressPerDay - 1,
    toDomainLastHour: perDomainPerHour - 1,
    fromMailboxLastHour: perMailboxPerHour - 1,
  };
}

/** Composes the reply or the proposal; a template that cannot say it completely leaves it to the desk. */
function composeFor(
  parts: PipelineParts,
  { job, mail, now }: SaveInput,
  decision: Decision,
): { readonly decision: Decision; readonly reply?: Reply } {
  if (decision.action !== 'reply' && decision.action !== 'review') return { decision };
  const desk = deskOf(parts, job);
  const plan = decision.plan;
  if (plan === undefined) return { decision };
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
  const objection = await objectionTo(parts, job);
  if (objection !== undefined) {
    log.warn({ case: job.caseId, ...objection }, 'the reply is held back; the desk decides');
    const withdrawn = await store.withdrawReply(job.caseId, { at: clock.now(), ...objection });
    // Somebody else is sending it just now, and goes on from there.
    if (withdrawn) await queue(parts, [{ ...job, kind: 'mark' }]);
    return;
  }
  const claim = await store.claimReply(job.caseId, clock.now());
  const settle = (state: ReplySettlement['state'], response: string): Promise<void> =>
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
        await tellDesk(parts, job);
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

/**
 * Why a reply that waits to be sent must not go any more: sending was switched off, or the wait was so
 * long that the record or the settings may say something else by now.
 */
async function objectionTo(
  parts: PipelineParts,
  { caseId }: Job,
): Promise<{ readonly reason: Reason; readonly detail: string } | undefined> {
  const { store, clock, policy } = parts;
  const stored = await store.findCase(caseId);
  // One that is being sent, or was, is the claim's to judge.
  if (stored?.reply?.state !== 'pending') return undefined;
  if (policy.mode !== 'auto') {
    return { reason: 'review-every-reply', detail: `the settings say mode: ${policy.mode}` };
  }
  const { address } = stored.reply.content.to;
  const [hold] = await store.holdsOn({ mailbox: stored.mailbox, address });
  if (hold !== undefined) return { reason: holdReason[hold.kind], detail: hold.detail };
  const now = clock.now();
  if (now.getTime() - stored.decidedAt.getTime() < freshMs) return undefined;
  const mail = await store.findMail(caseId);
  if (mail === undefined || stored.decision.action !== 'reply') return undefined;
  const { decision } = await decideStored(parts, mail, now);
  if (decision.action === 'reply' && isSameReply(stored.decision.plan, decision.plan))
    return undefined;
  return {
    reason: 'review-record-changed',
    detail: `decided anew: ${decision.action}, ${decision.reason}`,
  };
}

const holdReason: Readonly<Record<HoldKind, Reason>> = {
  mailbox: 'review-sending-paused',
  address: 'review-undeliverable-address',
};

/** A reply younger than this is sent as it was decided. */
const freshMs = 5 * 60_000;

/** The key of a general answer names its day, which says nothing about whether it is still right. */
function isSameReply(before: ReplyPlan, now: ReplyPlan): boolean {
  const isSameKey = isGenericScenario(before.scenario) || before.replyKey === now.replyKey;
  return before.to === now.to && before.scenario === now.scenario && isSameKey;
}

/** Some replies leave something for the desk to do: a CSP subscription to finish, a fake to look at. */
async function tellDesk({ store, log }: PipelineParts, { caseId }: Job): Promise<void> {
  const decision = (await store.findCase(caseId))?.decision;
  if (decision?.action !== 'reply') return;
  const { scenario, lines, customer } = decision.plan;
  const about = { case: caseId, customer: customer?.id };
  if (scenario === 'suspicious')
    log.warn(about, 'desk: a customer got an imitation of the notice and was warned');
  if (lines.some((line) => line.scenario === 'wait-for-csp')) {
    log.warn(about, 'desk: the customer waits for its CSP subscription; please finish it');
  }
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
function markFor({ mark }: Desk, stored: StoredCase): Mark | undefined {
  const wasSent = stored.reply?.state === 'sent';
  const moveTo = folderFor(mark.move, stored, wasSent);
  const wanted: Mark = {
    answered: wasSent && mark.answered,
    ...(wasSent && mark.keyword !== undefined ? { keyword: mark.keyword } : {}),
    ...(moveTo === undefined ? {} : { moveTo }),
  };
  const isNothing = !wanted.answered && wanted.keyword === undefined && wanted.moveTo === undefined;
  return isNothing ? undefined : wanted;
}

/** What was silenced for another reason than an answer that is there already is none of our business. */
const filedSilence: readonly Reason[] = ['suppressed-already-answered', 'suppressed-generic-limit'];

function folderFor(
  move: Desk['mark']['move'],
  { action, reason }: StoredCase,
  wasSent: boolean,
): string | undefined {
  switch (action) {
    case 'reply':
      return wasSent ? move.reply : undefined;
    case 'review':
      return move.review;
    case 'suppress':
      return filedSilence.includes(reason) ? move.suppress : undefined;
    case 'ignore':
      return undefined;
    default:
      return action satisfies never;
  }
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
