/**
 * The one ordered story of a mail, from its bytes to the mark on the server. No policy: the stages say
 * what, this file says in which order, and keeps I/O between the pure steps.
 *
 * The crash rule: everything is decided and recorded before anything is sent; a reply is claimed before
 * it is handed to the server and settled after; the mail is marked last. Whatever is cut off goes on
 * from what the store says, and a reply cut off while sending is never sent again by itself.
 */
import type { Decision, Reply, Scenario } from './core/decision.ts';
import { shownCharsMax, smallMailBytesMax } from './core/limits.ts';
import { shown } from './core/normalize.ts';
import { ResponderError } from './errors.ts';
import { Backlog, type BacklogParts } from './pipeline/backlog.ts';
import { decideStored } from './pipeline/decide-stored.ts';
import {
  claimFresh,
  countReply,
  followUpAfter,
  objectionTo,
  submitClaimed,
  tellDesk,
} from './pipeline/deliver.ts';
import { intakeOf } from './pipeline/intake.ts';
import { markFor } from './pipeline/mark.ts';
import { deskOf, messageOf, type PipelineParts, queue } from './pipeline/parts.ts';
import { saveOnce } from './pipeline/save.ts';
import type { WatchLease } from './ports/leases.ts';
import type {
  Cursor,
  FetchedMail,
  Job,
  Jobs,
  ReplySettlement,
  Store,
  StoredCase,
} from './ports.ts';

/** Takes fetched mails in: durable first, then queued. A queue that is down is made good by the sweep. */
export async function takeIn(
  parts: Pick<PipelineParts, 'store' | 'log' | 'metrics'> & { readonly jobs: Pick<Jobs, 'add'> },
  mailbox: string,
  mails: readonly FetchedMail[],
  cursor: Cursor,
  lease?: WatchLease,
): Promise<void> {
  const intake = intakeOf(mailbox, mails);
  const added = await parts.store.accept(mailbox, intake, cursor, lease);
  if (added.length === 0) return;
  parts.log.info({ mailbox, mails: added.length }, 'mails taken in');
  parts.metrics?.mailsSeen(mailbox, added.length);
  const sizes = new Map(intake.map(({ caseId, sizeBytes }) => [caseId, sizeBytes]));
  await queue(
    parts,
    added.map((caseId) => handleJob({ caseId, mailbox, sizeBytes: sizes.get(caseId) ?? 0 })),
  );
}

/** Many small mails are decided about at once; a large one takes the room of many. */
function handleJob(mail: {
  readonly caseId: string;
  readonly mailbox: string;
  readonly sizeBytes: number;
}): Job {
  const { caseId, mailbox, sizeBytes } = mail;
  const job: Job = { kind: 'handle', caseId, mailbox };
  return sizeBytes <= smallMailBytesMax ? { ...job, together: true } : job;
}

/** Always by itself: two that send the same reply would each take it for one that the other was cut off from. */
function deliverJob({ caseId, mailbox }: Job): Job {
  return { kind: 'deliver', caseId, mailbox };
}

function markJob({ caseId, mailbox }: Job): Job {
  return { kind: 'mark', caseId, mailbox, together: true };
}

/** Queues everything that was begun and not finished, as a service does when it starts. */
export async function sweep(parts: BacklogParts): Promise<number> {
  return new Backlog(parts).sweep();
}

/** Decides about a mail that was taken in, and saves case and reply in one transaction. */
export async function handleMail(parts: PipelineParts, job: Job): Promise<void> {
  const { store, clock, log } = parts;
  // Without its mailbox a reply could be decided and never sent.
  deskOf(parts, job);
  const stored = await store.findMail(job.caseId);
  if (stored === undefined || stored.state === 'finished') return;
  if (stored.state === 'decided') return queue(parts, [await nextJob(store, job)]);
  const now = clock.now();
  const { mail, decision } = await decideStored(parts, stored, now);
  const { record, outcome } = await saveOnce(parts, { job, mail, decision, now });
  const { action, reason, family, scenario, match } = record.decision;
  const about = { action, reason, family, scenario, customer: match?.customer.id };
  log.info({ case: job.caseId, mailbox: job.mailbox, ...about }, 'mail decided');
  // Somebody else was quicker: what they saved says how it goes on.
  if (outcome === 'already-decided') return queue(parts, [await nextJob(store, job)]);
  if (action === 'ignore') return;
  await queue(parts, [record.reply === undefined ? markJob(job) : deliverJob(job)]);
}

/** What follows a decision: sending where there is something to send, else marking. */
async function nextJob(store: Store, job: Job): Promise<Job> {
  const state = (await store.findCase(job.caseId))?.reply?.state;
  const isOpen = state === 'pending' || state === 'sending';
  return isOpen ? deliverJob(job) : markJob(job);
}

/** Sends the reply of a case, at most once after DATA has begun. */
export async function deliverReply(parts: PipelineParts, job: Job): Promise<void> {
  const { store, clock, log } = parts;
  deskOf(parts, job);
  const fresh = await claimFresh(parts, job);
  if (fresh !== undefined) {
    await sendClaimed(parts, job, fresh);
    return queue(parts, [markJob(job)]);
  }
  const stored = await store.findCase(job.caseId);
  if (stored === undefined) return;
  // It can still be taken back: the timer of whoever took the approval, or the sweep, comes again.
  if (isTooEarly(stored, clock.now())) return;
  const objection = await objectionTo(parts, stored);
  if (objection !== undefined) {
    log.warn({ case: job.caseId, ...objection }, 'the reply is held back; the desk decides');
    const withdrawn = await store.withdrawReply(job.caseId, { at: clock.now(), ...objection });
    // Somebody else is sending it just now, and goes on from there.
    if (withdrawn) countReply(parts, stored, 'withdrawn');
    if (withdrawn) await queue(parts, [markJob(job)]);
    return;
  }
  const claim = await store.claimReply(job.caseId, clock.now());
  // A hold was placed between the question above and this: the sweep brings the reply back to it.
  if (claim.status === 'held') return;
  if (claim.status === 'interrupted') {
    log.warn(
      { case: job.caseId },
      'sending was cut off: whether the reply arrived is unknown, so the desk decides',
    );
    const response = 'sending was cut off before the answer of the server came';
    await store.settleReply(job.caseId, { state: 'unconfirmed', at: clock.now(), response });
    countReply(parts, stored, 'unconfirmed');
  }
  if (claim.status === 'claimed') await sendClaimed(parts, job, { ...stored, reply: claim.reply });
  await queue(parts, [markJob(job)]);
}

function isTooEarly({ reply }: StoredCase, now: Date): boolean {
  return reply?.state === 'pending' && reply.notBefore !== undefined && now < reply.notBefore;
}

/** A reply that is this process's to send now, with what is told of it afterwards. */
interface Claimed {
  readonly reply: Reply;
  readonly decision: Decision;
  readonly receivedAt: Date;
  readonly scenario?: Scenario;
}

/** Sends a reply that is claimed, and writes down what became of it. */
async function sendClaimed(parts: PipelineParts, job: Job, claimed: Claimed): Promise<void> {
  const { store, clock, log } = parts;
  const { reply, decision } = claimed;
  const followUp = followUpAfter(parts, decision);
  const settle = async (state: ReplySettlement['state'], response: string): Promise<void> => {
    const at = clock.now();
    const settlement = { at, response: shown(response, shownCharsMax) };
    const begins = state === 'sent' && followUp !== undefined ? { followUp: followUp(at) } : {};
    await store.settleReply(job.caseId, { ...settlement, ...begins, state });
    countReply(
      parts,
      { ...claimed, mailbox: job.mailbox },
      state === 'pending' ? 'deferred' : state,
    );
  };
  const outcome = await submitClaimed(deskOf(parts, job).submission, reply, clock, settle);
  switch (outcome.outcome) {
    case 'accepted':
      await settle('sent', outcome.response);
      log.info({ case: job.caseId, mailbox: job.mailbox }, 'reply sent');
      tellDesk(parts, job, decision);
      return;
    case 'refused':
      await settle(outcome.permanent ? 'rejected' : 'pending', outcome.response);
      log.warn(
        { case: job.caseId, permanent: outcome.permanent, response: outcome.response },
        'the server refused the reply',
      );
      if (outcome.permanent) return;
      throw new ResponderError(
        outcome.isThrottled ? 'SMTP_THROTTLED' : 'SMTP_FAILED',
        `The server refused the reply for now: ${outcome.response}`,
      );
    case 'unconfirmed':
      await settle('unconfirmed', outcome.detail);
      log.warn(
        { case: job.caseId, detail: outcome.detail },
        'whether the reply arrived is unknown, so the desk decides',
      );
      return;
    default:
      outcome satisfies never;
  }
}

/** Marks the mail on the server, once its case is durable and its reply settled. */
export async function markMail(parts: PipelineParts, job: Job): Promise<void> {
  const { store, log, policy } = parts;
  const stored = await store.findMarkedCase(job.caseId);
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
