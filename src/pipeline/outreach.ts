/**
 * Tells customers ahead of the notice, one after the other, or says who would be told.
 *
 * Each mail is begun, sent and finished before the next is looked at, so that whoever stops it leaves nothing
 * half done. It stops by itself at its pace, and where the sending server does not take what it is given.
 */
import type { Customer } from '../core/customer.ts';
import type { OwnPlan } from '../core/own-mail.ts';
import { ResponderError } from '../errors.ts';
import { deliverReply, markMail } from '../pipeline.ts';
import type { Job, ReplyState } from '../ports.ts';
import { planAhead } from './ahead.ts';
import { beginOwnMail, type OwnMail, ownMailState, shareOfOwnMails } from './own-mail.ts';
import type { PipelineParts } from './parts.ts';
import { historyFor } from './save.ts';

export interface OutreachOptions {
  readonly mailbox: string;
  /** Without it nothing is written and nothing sent. */
  readonly send: boolean;
  /** Mails at most. */
  readonly limit?: number;
  /** Asked before each customer. */
  readonly isStopped: () => boolean;
  /** Waited for before each mail is begun: the sending server may allow so many a minute only. */
  readonly turn?: () => Promise<void>;
}

export type OutreachOutcome =
  | { readonly kind: 'ready' | 'sent'; readonly plan: OwnPlan; readonly caseId?: string }
  /** Nothing to tell, or not by a mail. */
  | { readonly kind: 'left-out'; readonly why: string }
  | { readonly kind: 'told-before'; readonly caseId: string; readonly state: ReplyState | 'gone' }
  /** Would be told, but not now. */
  | { readonly kind: 'later'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string; readonly endsRun: boolean };

export interface OutreachLine {
  readonly customer: Customer;
  readonly outcome: OutreachOutcome;
}

/** One line for each customer, by id. */
export async function* outreach(
  parts: PipelineParts,
  options: OutreachOptions,
): AsyncGenerator<OutreachLine> {
  let begun = 0;
  let ended: string | undefined;
  for await (const customer of parts.store.eachCustomer()) {
    if (options.isStopped()) return;
    if (options.limit !== undefined && begun >= options.limit) ended ??= `--limit ${options.limit}`;
    const outcome = await outcomeFor(parts, customer, { ...options, ended });
    if (outcome.kind === 'ready' || outcome.kind === 'sent') begun += 1;
    if (outcome.kind === 'failed' && outcome.endsRun) ended ??= `ended by: ${outcome.why}`;
    yield { customer, outcome };
  }
}

async function outcomeFor(
  parts: PipelineParts,
  customer: Customer,
  options: OutreachOptions & { readonly ended: string | undefined },
): Promise<OutreachOutcome> {
  const { mailbox, send, ended } = options;
  const now = parts.clock.now();
  const planned = await planAhead(parts, customer, { mailbox, now });
  if (planned.kind === 'none') return { kind: 'left-out', why: planned.why };
  const { plan } = planned;
  const mail = { plan, mailbox, detail: 'told ahead of the notice', now, pace: paceOf(parts) };
  if (!send || ended !== undefined) {
    const state = await ownMailState(parts, mail);
    if (state.kind === 'begun') return toldBefore(state);
    if (state.kind === 'held') return { kind: 'later', why: state.why };
    return ended === undefined ? { kind: 'ready', plan } : { kind: 'later', why: ended };
  }
  const used = await usedUp(parts, mail);
  if (used !== undefined) return { kind: 'later', why: used };
  await options.turn?.();
  if (options.isStopped()) return { kind: 'later', why: 'the run was stopped' };
  const begun = await beginOwnMail(parts, mail);
  switch (begun.kind) {
    case 'saved':
      return deliver(parts, plan, { kind: 'deliver', caseId: begun.caseId, mailbox });
    case 'begun':
      return toldBefore(begun);
    case 'held':
      return { kind: 'later', why: begun.why };
    case 'outrun':
      return { kind: 'later', why: 'another worker sent something at this very moment' };
    default:
      return begun satisfies never;
  }
}

function toldBefore({
  stored,
}: Extract<Awaited<ReturnType<typeof ownMailState>>, { kind: 'begun' }>): OutreachOutcome {
  return { kind: 'told-before', caseId: stored.caseId, state: stored.reply?.state ?? 'gone' };
}

function paceOf(parts: PipelineParts) {
  return {
    perHour: parts.policy.outreach.perHour,
    fromMailboxPerHour: shareOfOwnMails(parts),
  };
}

const hourMs = 3_600_000;

/** Why no more may begin within this hour; the store counts again when it saves. */
async function usedUp(
  parts: PipelineParts,
  { plan, mailbox, now }: OwnMail,
): Promise<string | undefined> {
  const { perHour, fromMailboxPerHour } = paceOf(parts);
  const since = new Date(now.getTime() - hourMs);
  const begun = await parts.store.countOwnMails({ origin: 'outreach', mailbox, since });
  if (begun >= perHour) return `outreach.perHour: ${begun} within the last hour`;
  const { fromMailboxLastHour } = await historyFor(parts, { mailbox, now }, plan);
  return fromMailboxLastHour >= fromMailboxPerHour
    ? `${fromMailboxLastHour} mails went out within the last hour; the other half of limits.perMailboxPerHour is for answers`
    : undefined;
}

async function deliver(parts: PipelineParts, plan: OwnPlan, job: Job): Promise<OutreachOutcome> {
  const { caseId } = job;
  try {
    await deliverReply(parts, job);
  } catch (error) {
    if (!(error instanceof ResponderError) || !error.code.startsWith('SMTP_')) throw error;
    return { kind: 'failed', why: `${error.message} (case ${caseId} waits)`, endsRun: true };
  }
  const stored = await parts.store.findCase(caseId);
  const state = stored?.reply?.state;
  if (state !== 'pending' && state !== 'sending') await markMail(parts, { ...job, kind: 'mark' });
  if (state === 'sent') return { kind: 'sent', plan, caseId };
  const said = stored?.reply?.response ?? '';
  if (state === 'withdrawn') return { kind: 'later', why: `${said} (case ${caseId})` };
  // What one address refuses says nothing about the next; anything else may be so for all.
  return {
    kind: 'failed',
    why: `${state ?? 'gone'}: ${said} (case ${caseId})`,
    endsRun: state !== 'rejected',
  };
}
