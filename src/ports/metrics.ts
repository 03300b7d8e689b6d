/**
 * What the service counts as it works. Whoever counts must neither fail nor wait, so that counting changes nothing.
 *
 * Only names of mailboxes and codes of closed lists go in: never a word of a mail, never an address.
 */
import type { Action, Reason } from '../core/reasons.ts';
import type { ErrorCode } from '../errors.ts';
import type { Job } from '../ports.ts';

/**
 * What became of an attempt to send a reply. `deferred`: the server was not reached or refused it for now, and it is tried
 * again. `withdrawn`: held back
 * before it was sent.
 */
export const replyOutcomes = ['sent', 'deferred', 'rejected', 'unconfirmed', 'withdrawn'] as const;
export type ReplyOutcome = (typeof replyOutcomes)[number];

/** How one attempt at a job ended. `failed`: it is tried again. `given-up`: the desk decides. */
export const jobEnds = ['done', 'failed', 'given-up'] as const;
export type JobEnd = (typeof jobEnds)[number];

export interface Metrics {
  /** Mails taken in that were not known before. */
  mailsSeen(mailbox: string, mails: number): void;
  decided(mailbox: string, decision: { readonly action: Action; readonly reason: Reason }): void;
  /** `sinceArrivalMs`: from the arrival of the mail at its server; absent where no mail came. */
  replied(mailbox: string, outcome: ReplyOutcome, sinceArrivalMs?: number): void;
  /** A template could not say something completely, and the desk got the case. */
  templateFailed(mailbox: string): void;
  jobEnded(job: Pick<Job, 'kind' | 'mailbox'>, end: JobEnd, tookMs?: number): void;
  /** An operational error of mail server, store or queue; undefined: one that is in no table. */
  failed(code: ErrorCode | undefined): void;
}
