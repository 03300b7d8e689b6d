/**
 * The part of the store that keeps what is to happen after a reply, and what is asked before we write first.
 */
import type { LaterCase } from '../core/follow-up.ts';
import type { Reason } from '../core/reasons.ts';

/**
 * `waiting`: for the record to show what the reply asked for. `told`: it did not in time, and the desk knows.
 * `reminded`: the customer got the reminder. `done`: the record shows it. `stopped`: the record changed
 * otherwise, or the customer answered.
 */
export const followUpStates = ['waiting', 'told', 'reminded', 'done', 'stopped'] as const;
export type FollowUpState = (typeof followUpStates)[number];

export interface FollowUp {
  /** The case of the reply that it follows. */
  readonly caseId: string;
  readonly mailbox: string;
  readonly customerId: string;
  readonly state: FollowUpState;
  readonly dueAt: Date;
  readonly settledAt?: Date;
  /** Why it ended, in a sentence for people. */
  readonly detail?: string;
}

export interface FollowUpStore {
  /** Begins to wait. A case that has a follow-up keeps it, unless it was stopped: then it waits anew. */
  addFollowUp(
    followUp: Pick<FollowUp, 'caseId' | 'mailbox' | 'customerId' | 'dueAt'>,
  ): Promise<void>;
  /** Those that wait and are due, oldest first. */
  dueFollowUps(mailboxes: readonly string[], at: Date, limit: number): Promise<readonly FollowUp[]>;
  /**
   * Those that were told or reminded about, and of whose customer something came since: the record was written,
   * or a mail. After the case given, in the order of the cases.
   */
  stirredFollowUps(
    mailboxes: readonly string[],
    after: string,
    limit: number,
  ): Promise<readonly FollowUp[]>;
  findFollowUp(caseId: string): Promise<FollowUp | undefined>;
  /**
   * What came from the customer of a case, or about one of its cases, since that case was decided, oldest first.
   * Mails that we began ourselves are not among them.
   */
  laterCases(caseId: string): Promise<readonly LaterCase[]>;
  /** Whether mails of a mailbox wait to be decided about: an answer may be among them. */
  hasUndecidedMails(mailbox: string): Promise<boolean>;
  /**
   * A case of the customer that is not finished, with which the desk has something to do, or whose reply told it to
   * end an old subscription.
   */
  findOpenCase(
    customerId: string,
    except: string,
  ): Promise<{ readonly caseId: string; readonly reason: Reason } | undefined>;
  /** How many mails of an origin of our own were begun from a mailbox since then. */
  countOwnMails(query: {
    readonly origin: 'reminder' | 'outreach';
    readonly mailbox: string;
    readonly since: Date;
  }): Promise<number>;
  /**
   * False when it was settled already, and nothing was changed. One that was told or reminded about may still be
   * done, or stopped.
   */
  settleFollowUp(
    caseId: string,
    settlement: {
      readonly state: Exclude<FollowUpState, 'waiting'>;
      readonly at: Date;
      readonly detail: string;
    },
  ): Promise<boolean>;
}
