/**
 * How well each mailbox is looked after, as any process can read it from the store.
 *
 * "Connected" is no health: what counts is when a look succeeded last, and how long the oldest mail waits.
 */

export interface MailboxHealth {
  /** Name of the mailbox in the settings. */
  readonly mailbox: string;
  /** The last look that succeeded, a few seconds behind. Absent: never looked at by this version. */
  readonly lastLookAt?: Date;
  /** Since when it cannot be watched. Absent while it can. */
  readonly troubledSince?: Date;
  /** Why, in a sentence. */
  readonly trouble?: string;
  /** When the oldest mail came that is not finished. */
  readonly oldestUnhandledAt?: Date;
  /** Mails taken in and not finished. */
  readonly unhandled: number;
  /** When the mailbox was last compared with the store. */
  readonly reconciledAt?: Date;
  /** Mails that this comparison found in the mailbox and not in the store; they were taken in. */
  readonly reconciledMissing?: number;
}

export interface HealthStore {
  /** One for each name, in the order asked; a mailbox that was never watched has only its name. */
  mailboxHealth(mailboxes: readonly string[]): Promise<readonly MailboxHealth[]>;
  /** A look succeeded: ends the trouble. An older look than the one that is noted changes nothing. */
  noteLook(mailbox: string, at: Date): Promise<void>;
}
