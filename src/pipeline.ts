/**
 * The one ordered story of a mail, from its bytes to the mark on the server. No policy: the stages say
 * what, this file says in which order, and keeps I/O between the pure steps.
 *
 * The crash rule: everything is decided and recorded before anything is sent; a reply is claimed before
 * it is handed to the server and settled after; the mail is marked last. Whatever is cut off goes on
 * from what the store says, and a reply cut off while sending is never sent again by itself.
 */
import { shownCharsMax } from './core/limits.ts';
import { shown } from './core/normalize.ts';
import { ResponderError } from './errors.ts';
import { Backlog, type BacklogParts } from './pipeline/backlog.ts';
import { decideStored } from './pipeline/decide-stored.ts';
import { followUpAfter, objectionTo, submitClaimed, tellDesk } from './pipeline/deliver.ts';
import { intakeOf } from './pipeline/intake.ts';
import { markFor } from './pipeline/mark.ts';
import { deskOf, messageOf, type PipelineParts, queue } from './pipeline/parts.ts';
import { saveOnce } from './pipeline/save.ts';
import type { WatchLease } from './ports/leases.ts';
import type { Cursor, FetchedMail, Job, Jobs, ReplySettlement, Store } from './ports.ts';

/** Takes fetched mails in: durable first, then queued. A queue that is down is made good by the sweep. */
export async function takeIn(
  parts: Pick<PipelineParts, 'store' | 'log'> & { readonly jobs: Pick<Jobs, 'add'> },
  mailbox: string,
  mails: readonly FetchedMail[],
  cursor: Cursor,
  lease?: WatchLease,
): Promise<void> {
  const added = await parts.store.accept(mailbox, intakeOf(mailbox, mails), cursor, lease);
  if (added.length === 0) return;
  parts.log.info({ mailbox, mails: added.length }, 'mails taken in');
  await queue(
    parts,
    added.map((caseId) => ({ kind: 'handle', caseId, mailbox })),
  );
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

/** What follows a decision: sending where there is something to send, else marking. */
async function nextJob(store: Store, job: Job): Promise<Job> {
  const state = (await store.findCase(job.caseId))?.reply?.state;
  const isOpen = state === 'pending' || state === 'sending';
  return { ...job, kind: isOpen ? 'deliver' : 'mark' };
}

/** Sends the reply of a case, at most once after DATA has begun. */
export async function deliverReply(parts: PipelineParts, job: Job): Promise<void> {
  const { store, clock, log } = parts;
  const desk = deskOf(parts, job);
  const stored = await store.findCase(job.caseId);
  if (stored === undefined) return;
  const objection = await objectionTo(parts, stored);
  if (objection !== undefined) {
    log.warn({ case: job.caseId, ...objection }, 'the reply is held back; the desk decides');
    const withdrawn = await store.withdrawReply(job.caseId, { at: clock.now(), ...objection });
    // Somebody else is sending it just now, and goes on from there.
    if (withdrawn) await queue(parts, [{ ...job, kind: 'mark' }]);
    return;
  }
  const followUp = followUpAfter(parts, stored);
  const claim = await store.claimReply(job.caseId, clock.now());
  // A hold was placed between the question above and this: the sweep brings the reply back to it.
  if (claim.status === 'held') return;
  const settle = (state: ReplySettlement['state'], response: string): Promise<void> => {
    const at = clock.now();
    const settlement = { at, response: shown(response, shownCharsMax) };
    const begins = state === 'sent' && followUp !== undefined ? { followUp: followUp(at) } : {};
    return store.settleReply(job.caseId, { ...settlement, ...begins, state });
  };
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
        tellDesk(parts, stored);
        break;
      case 'refused':
        await settle(outcome.permanent ? 'rejected' : 'pending', outcome.response);
        log.warn(
          { case: job.caseId, permanent: outcome.permanent, response: outcome.response },
          'the server refused the reply',
        );
        if (!outcome.permanent)
          throw new ResponderError(
            outcome.isThrottled ? 'SMTP_THROTTLED' : 'SMTP_FAILED',
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
