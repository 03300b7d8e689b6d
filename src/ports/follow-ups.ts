/**
 * The part of the store that keeps what is to happen after a reply.
 */
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
  /** Begins to wait. A case that has a follow-up keeps it as it is. */
  addFollowUp(
    followUp: Pick<FollowUp, 'caseId' | 'mailbox' | 'customerId' | 'dueAt'>,
  ): Promise<void>;
  /** Those that wait and are due, oldest first. */
  dueFollowUps(mailboxes: readonly string[], at: Date, limit: number): Promise<readonly FollowUp[]>;
  findFollowUp(caseId: string): Promise<FollowUp | undefined>;
  /** False when it did not wait any more, and nothing was changed. */
  settleFollowUp(
    caseId: string,
    settlement: {
      readonly state: Exclude<FollowUpState, 'waiting'>;
      readonly at: Date;
      readonly detail: string;
    },
  ): Promise<boolean>;
}
