/**
 * The part of the store that every mail needs, made so that many at once cost little: what is asked at the same
 * time goes into one statement.
 */
import type { Decision, Reply } from '../core/decision.ts';
import type { Action, Reason } from '../core/reasons.ts';
import type { MailState, ReplyState } from './states.ts';
import type { MailLocation } from './watch.ts';

/** A reply that is this process's to send now. */
export interface FreshReply {
  readonly reply: Reply;
  readonly attempt: number;
  readonly decision: Decision;
  /** When the mail that it answers came. */
  readonly receivedAt: Date;
}

/** What the mark of a mail depends on. */
export interface MarkedCase {
  readonly action: Action;
  readonly reason: Reason;
  readonly mailState: MailState;
  readonly locations: readonly MailLocation[];
  readonly reply?: { readonly state: ReplyState };
}

export interface BatchStore {
  /**
   * Claims the reply of a case as `claimReply` does, where nothing can speak against it: it is pending, it answers
   * a mail, it was decided after `decidedAfter`, and no hold is on it. Undefined otherwise, and nothing was changed.
   */
  claimFresh(
    caseId: string,
    claim: { readonly at: Date; readonly decidedAfter: Date },
  ): Promise<FreshReply | undefined>;
  /** Undefined for a mail that has no case. */
  findMarkedCase(caseId: string): Promise<MarkedCase | undefined>;
}
