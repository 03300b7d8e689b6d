/**
 * The part of the store that forgets what is older than the settings allow.
 *
 * The ledger itself stays: that a mail was handled, and which reply key was used, is what keeps anybody from being
 * answered twice. It names nobody.
 */

/** What the settings keep no longer. Work that is not finished is never touched. */
export interface RetentionStore {
  /** Raw mails of finished mails that were decided before. Returns how many, at most `limit`. */
  deleteRawMails(mailboxes: readonly string[], before: Date, limit: number): Promise<number>;
  /** Contents of finished cases that were decided before, with their replies and raw mails. */
  emptyCases(
    mailboxes: readonly string[],
    emptying: { readonly before: Date; readonly at: Date; readonly limit: number },
  ): Promise<number>;
  /** Gives the room of deleted rows back, where no server does so by itself. */
  compact(): Promise<void>;
}
