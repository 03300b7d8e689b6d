/**
 * Looks after replies that asked for something: whether the record shows it, who is told, and the one reminder.
 *
 * Safe to run anywhere and at any time. What is due is judged by what the store says now; the reminder is saved
 * before the follow-up is settled, under an id of its own, so that a crash between the two, or another worker,
 * finds it there instead of writing a second one.
 */
import { followUpsMax } from '../core/limits.ts';
import { planReminder } from '../core/own-mail.ts';
import { ResponderError } from '../errors.ts';
import type { FollowUp } from '../ports/follow-ups.ts';
import type { StoredCase } from '../ports.ts';
import { type Judged, judgeCase } from './followed.ts';
import { beginOwnMail, shareOfOwnMails } from './own-mail.ts';
import { messageOf, type PipelineParts, queue } from './parts.ts';

/** Of the story of a case, as the log names it. */
const stage = 'follow-up';

/** Judges what is due, and what was told about and has changed since. Returns how many it looked at. */
export async function followUps(parts: PipelineParts): Promise<number> {
  const { store, clock, policy, desks } = parts;
  if (policy.followUp.afterDays === 0) return 0;
  const mailboxes = [...desks.keys()];
  const due = await store.dueFollowUps(mailboxes, clock.now(), followUpsMax);
  for (const followUp of due) await lookAfter(parts, followUp);
  return due.length + (await lookAgain(parts, mailboxes));
}

/** Told is not the end: the record may show it later, or the customer write. */
async function lookAgain(parts: PipelineParts, mailboxes: readonly string[]): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const stirred = await parts.store.stirredFollowUps(mailboxes, after, followUpsMax);
    for (const followUp of stirred) await lookAfter(parts, followUp);
    count += stirred.length;
    const last = stirred.at(-1);
    if (last === undefined) return count;
    after = last.caseId;
  }
}

/** A fault with one customer must not keep the others from being looked after. */
async function lookAfter(parts: PipelineParts, followUp: FollowUp): Promise<void> {
  try {
    await settleOne(parts, followUp);
  } catch (error) {
    // The store or the queue is away: all the others would say the same.
    if (error instanceof ResponderError) throw error;
    parts.log.error(
      { case: followUp.caseId, stage, error: messageOf(error) },
      'a reply could not be followed up; it is tried again later',
    );
  }
}

async function settleOne(parts: PipelineParts, followUp: FollowUp): Promise<void> {
  const { store, clock, log } = parts;
  const { caseId, customerId: customer, state: before } = followUp;
  const now = clock.now();
  const judged = await judgeCase(parts, caseId, now);
  if (judged === undefined) {
    const detail = 'the case or its reply is gone';
    await store.settleFollowUp(caseId, { state: 'stopped', at: now, detail });
    return;
  }
  const { verdict } = judged;
  if (verdict.state !== 'overdue') {
    const { state, detail } = verdict;
    const isSettled = await store.settleFollowUp(caseId, { state, at: now, detail });
    if (!isSettled) return;
    log.info({ case: caseId, stage, customer, state, detail }, 'follow-up ended');
    if (state === 'stopped' && verdict.isNews)
      log.warn(
        { case: caseId, stage, customer, detail },
        'desk: what the customer was told to do is out of date, and nobody has told it so',
      );
    return;
  }
  if (before !== 'waiting') return;
  const outcome = await remind(parts, followUp, judged, now);
  if (outcome === undefined) return;
  const detail = `${verdict.detail}; ${outcome.detail}`;
  if (await store.settleFollowUp(caseId, { state: outcome.state, at: now, detail }))
    log.warn(
      { case: caseId, stage, customer, detail },
      'desk: the record does not show what a reply asked the customer for',
    );
}

/** The reminder was begun before: by another worker, or by one that was cut off. */
function foundReminder({ caseId, reply }: StoredCase): Reminded {
  const state = reply?.state ?? 'withdrawn';
  const wentOut = state !== 'withdrawn' && state !== 'rejected';
  return wentOut
    ? { state: 'reminded', detail: `reminder in case ${caseId}` }
    : { state: 'told', detail: `the reminder did not go out: case ${caseId}` };
}

interface Reminded {
  readonly state: 'told' | 'reminded';
  readonly detail: string;
}

/** Undefined where another worker was quicker: the next round sees what it did. */
async function remind(
  parts: PipelineParts,
  { caseId, mailbox }: FollowUp,
  { followed, sent, verdict }: Judged,
  now: Date,
): Promise<Reminded | undefined> {
  const told = (why: string): Reminded => ({ state: 'told', detail: `no reminder: ${why}` });
  if (verdict.state !== 'overdue') return undefined;
  if (!parts.policy.followUp.remind) return told('the settings say followUp.remind: false');
  const planned = planReminder(followed, verdict, parts);
  if (planned.kind === 'none') return told(planned.why);
  // An answer of theirs may be among the mails that nobody has decided about yet: the next round looks again.
  if (await parts.store.hasUndecidedMails(mailbox)) return undefined;
  const { messageId, references } = sent;
  const begun = await beginOwnMail(parts, {
    plan: planned.plan,
    mailbox,
    relatedCaseId: caseId,
    thread: { messageId, references, inReplyTo: [] },
    detail: `reminds of the reply of case ${caseId}: ${verdict.detail}`,
    now,
    pace: { fromMailboxPerHour: shareOfOwnMails(parts) },
  });
  switch (begun.kind) {
    case 'saved':
      await queue(parts, [{ kind: 'deliver', caseId: begun.caseId, mailbox }]);
      return { state: 'reminded', detail: `reminder in case ${begun.caseId}` };
    case 'begun':
      return foundReminder(begun.stored);
    case 'held':
      return told(begun.why);
    case 'outrun':
      return undefined;
    default:
      return begun satisfies never;
  }
}
