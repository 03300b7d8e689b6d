/**
 * Whether the desk may still do something with a case as it stands: one question, one refusal with its sentence.
 *
 * Pure, so that the store can ask it under its locks and the pipeline before it composes anything.
 */
import type { Decision } from './decision.ts';
import { type Action, type Reason, reasonSentence } from './reasons.ts';

/** What of a case the question is about. */
export interface Standing {
  readonly action: Action;
  readonly reason: Reason;
  readonly isEmptied: boolean;
  /** Settled without a reply of ours. */
  readonly isSettled: boolean;
  readonly reply?:
    | 'pending'
    | 'sending'
    | 'sent'
    | 'unconfirmed'
    | 'undeliverable'
    | 'rejected'
    | 'withdrawn';
  /** Its reply led to nothing in time. */
  readonly isOverdue: boolean;
  /** Who settled it last and how, where that still holds. */
  readonly settledBy?: { readonly by: string; readonly kind: string; readonly at: Date };
}

export interface Objection {
  readonly why:
    | 'already-settled'
    | 'already-replied'
    | 'never-answered'
    | 'emptied'
    | 'not-possible'
    | 'held';
  readonly sentence: string;
}

/** Not answered by themselves, but our replies promise that a person reads what is answered to them. */
const waitingReasons: readonly Reason[] = [
  'suppressed-answer-to-reply',
  'suppressed-generic-limit',
];

/** Silenced for another reason than that a machine wrote them. */
const humanSilences: readonly Reason[] = [...waitingReasons, 'suppressed-already-answered'];

export function waitsForDesk({
  action,
  reason,
  isSettled,
  isOverdue,
}: Pick<Standing, 'action' | 'reason' | 'isSettled' | 'isOverdue'>): boolean {
  return isOverdue || (!isSettled && (action === 'review' || waitingReasons.includes(reason)));
}

/** What speaks against answering the case now. */
export function objectionToApproval(standing: Standing): Objection | undefined {
  const before = objectionToAny(standing);
  if (before !== undefined) return before;
  const { action, reason } = standing;
  if (action === 'suppress' && !humanSilences.includes(reason))
    return { why: 'never-answered', sentence: reasonSentence(reason) };
  switch (standing.reply) {
    case undefined:
    case 'rejected':
    case 'withdrawn':
      return undefined;
    case 'unconfirmed':
      return {
        why: 'not-possible',
        sentence:
          'A reply may have arrived already. Say that it arrived, or send the same reply again.',
      };
    case 'undeliverable':
      return {
        why: 'not-possible',
        sentence: 'A reply went out and came back. Send it again, or answer yourself.',
      };
    case 'pending':
    case 'sending':
    case 'sent':
      return replied(standing);
    default:
      return standing.reply satisfies never;
  }
}

/** What speaks against settling the case without a reply. */
export function objectionToSettling(standing: Standing): Objection | undefined {
  const before = objectionToSettled(standing);
  // One whose contents are gone would wait for ever: it can still be put away.
  if (before !== undefined) return before;
  if (waitsForDesk(standing)) return undefined;
  return standing.reply === undefined
    ? { why: 'not-possible', sentence: 'The case does not wait for the desk.' }
    : replied(standing);
}

function objectionToAny(standing: Standing): Objection | undefined {
  if (standing.isEmptied)
    return {
      why: 'emptied',
      sentence: 'What the case said was deleted: it can only be dismissed.',
    };
  return objectionToSettled(standing);
}

function objectionToSettled(standing: Standing): Objection | undefined {
  const { settledBy } = standing;
  const isApproved = settledBy !== undefined && isOpen(standing.reply);
  if (!standing.isSettled && !isApproved) return undefined;
  const sentence =
    settledBy === undefined
      ? 'Somebody settled the case meanwhile.'
      : `${settledBy.by} was quicker: ${settledBy.kind} at ${settledBy.at.toISOString()}.`;
  return { why: 'already-settled', sentence };
}

function isOpen(reply: Standing['reply']): boolean {
  return reply === 'pending' || reply === 'sending';
}

function replied({ reply }: Standing): Objection {
  return {
    why: 'already-replied',
    sentence: isOpen(reply) ? 'Its reply is on its way.' : 'Its reply went out.',
  };
}

/** Screening said that a machine wrote the mail, whatever else became of the case. */
export function isByMachine({ evidence }: Pick<Decision, 'evidence'>): boolean {
  return evidence.some(({ stage, code }) => stage === 'screen' && code === 'machine');
}
