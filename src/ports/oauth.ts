/**
 * When the logins of the mailboxes end, for those who show it: metrics, `doctor`, the start of the service.
 *
 * It holds no token and no secret, only days and times.
 */

/** What of a mailbox's login ends, and when. */
export interface LoginExpiry {
  /** Name of the mailbox. */
  readonly mailbox: string;
  /**
   * `token`: the kept access token; it is renewed by itself, so one that lies in the past means that
   * renewing fails. `secret`, `certificate`: somebody must put a new one in place before.
   */
  readonly what: 'token' | 'secret' | 'certificate';
  readonly at: Date;
}

/** Everything that is known now; a mailbox with a password, or without a token yet, has none. */
export type LoginExpiries = () => readonly LoginExpiry[];
