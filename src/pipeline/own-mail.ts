/**
 * Begins a mail of our own: restrained like every reply, composed, and saved with the guards of a reply.
 */
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import { type OwnPlan, ownCaseIdOf, ownDecision } from '../core/own-mail.ts';
import type { ThreadedMail } from '../core/reply-headers.ts';
import { restrain } from '../core/restrain.ts';
import { TemplateError } from '../core/template.ts';
import type { StoredCase } from '../ports.ts';
import type { PipelineParts } from './parts.ts';
import { allowanceFor, type Composed, composeWith, historyFor } from './save.ts';

export interface OwnMail {
  readonly plan: OwnPlan;
  readonly mailbox: string;
  /** The case it belongs to. */
  readonly relatedCaseId?: string;
  /** The mail that it stands below in the thread. */
  readonly thread?: ThreadedMail;
  /** Why it is begun, for `explain`. */
  readonly detail: string;
  readonly now: Date;
  /** So many of its kind an hour, and so many mails of any kind. */
  readonly pace?: { readonly perHour?: number; readonly fromMailboxPerHour: number };
}

/** Half of what a mailbox may send in an hour stays for answers: mails of our own must not trip the breaker. */
export function shareOfOwnMails({ policy }: Pick<PipelineParts, 'policy'>): number {
  return Math.ceil(policy.limits.perMailboxPerHour / 2);
}

export type OwnMailState =
  | { readonly kind: 'free'; readonly caseId: string; readonly composed: Composed }
  /** Why it does not go, in words for the desk. */
  | { readonly kind: 'held'; readonly why: string }
  /** It was begun before, whatever became of it. */
  | { readonly kind: 'begun'; readonly stored: StoredCase };

/** Whether the mail could go now. Writes nothing. */
export async function ownMailState(parts: PipelineParts, mail: OwnMail): Promise<OwnMailState> {
  const { plan, mailbox, now, detail } = mail;
  const { policy } = parts;
  const caseId = ownCaseIdOf(plan);
  const stored = await findOwnCase(parts, caseId);
  if (stored !== undefined) return { kind: 'begun', stored };
  if (policy.mode !== 'auto') return { kind: 'held', why: `the settings say mode: ${policy.mode}` };
  const before = await historyFor(parts, { mailbox, now }, plan);
  // Of a breaker that it would trip nothing is saved: it only waits.
  const restrained = restrain(ownDecision(plan, detail), before, policy);
  if (restrained.action !== 'reply') {
    // What holds it back may be this very mail, which another worker has begun since the question above.
    const begun = await findOwnCase(parts, caseId);
    if (begun !== undefined) return { kind: 'begun', stored: begun };
    const why = `${restrained.reason}: ${restrained.evidence.at(-1)?.detail ?? ''}`;
    return { kind: 'held', why };
  }
  try {
    const thread = mail.thread ?? { references: [], inReplyTo: [] };
    const composed = composeWith(parts, { job: { caseId, mailbox }, plan, mail: thread, now });
    return { kind: 'free', caseId, composed };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    parts.metrics?.templateFailed(mailbox);
    parts.log.error(
      { case: caseId, stage: 'compose', error: error.message },
      'the reply could not be composed; the desk decides',
    );
    return { kind: 'held', why: `review-template: ${error.message}` };
  }
}

/** By its id alone: a case is also found by a Message-ID, which whoever writes to us chooses. */
async function findOwnCase(
  { store }: PipelineParts,
  caseId: string,
): Promise<StoredCase | undefined> {
  const found = await store.findCase(caseId);
  return found?.caseId === caseId ? found : undefined;
}

export type BegunOwnMail =
  | { readonly kind: 'saved'; readonly caseId: string }
  /** Another worker saved something meanwhile: asked again, the answer may be another one. */
  | { readonly kind: 'outrun' }
  | Exclude<OwnMailState, { readonly kind: 'free' }>;

/** Saves the mail, ready to be delivered. At most once for each reply key, ever. */
export async function beginOwnMail(parts: PipelineParts, mail: OwnMail): Promise<BegunOwnMail> {
  const state = await ownMailState(parts, mail);
  if (state.kind !== 'free') return state;
  const { plan, mailbox, now, detail, relatedCaseId, pace } = mail;
  const { caseId, composed } = state;
  const { reply, ...made } = composed;
  const allowance = allowanceFor(plan, parts);
  const record = {
    ...made,
    caseId,
    mailbox,
    subject: shown(reply.subject, shownCharsMax),
    decision: {
      ...ownDecision(plan, detail),
      ...(relatedCaseId === undefined ? {} : { relatedCaseId }),
    },
    decidedAt: now,
    reply: {
      replyKey: plan.replyKey,
      content: reply,
      allowance: {
        ...allowance,
        ...(pace === undefined ? {} : { fromMailboxLastHour: pace.fromMailboxPerHour - 1 }),
      },
    },
  };
  const saved = await parts.store.saveOwnCase(record, {
    origin: plan.scenario,
    ...(pace?.perHour === undefined ? {} : { perHour: pace.perHour }),
  });
  if (saved === 'saved') {
    parts.metrics?.decided(mailbox, record.decision);
    return { kind: 'saved', caseId };
  }
  const stored = saved === 'outrun' ? undefined : await findOwnCase(parts, caseId);
  return stored === undefined ? { kind: 'outrun' } : { kind: 'begun', stored };
}
