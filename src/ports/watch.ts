/**
 * What the watch of a mailbox and the ledger say to each other: mails, where they lie, and how far it is.
 */
import type { HealthStore } from './health.ts';

/** Where a mail lies on the server. `uidValidity` is decimal text: it may exceed 2^31. RFC 9051 §2.3.1.1. */
export interface MailLocation {
  /** Name of the mailbox in the settings. */
  readonly mailbox: string;
  /** Path of the folder on the server, `INBOX`. */
  readonly path: string;
  readonly uidValidity: string;
  readonly uid: number;
}

/** A mail as fetched. The server's flags are untouched by the fetch (BODY.PEEK). */
export interface FetchedMail {
  readonly location: MailLocation;
  readonly internalDate: Date;
  /** Whether it carried \Answered when it was fetched: by a person, or by us before the store was lost. */
  readonly answered: boolean;
  readonly sizeBytes: number;
  readonly raw: Uint8Array;
  /** False when the mail is above `mailSizeBytesMax` and only its head was fetched. */
  readonly complete: boolean;
}

export interface IntakeMail extends FetchedMail {
  /** Derived from the mailbox and the mail's identity: the same mail always gets the same id. */
  readonly caseId: string;
  readonly messageId?: string;
}

/** How far a mailbox has been taken in. Nothing that came before `watchingSince` is ever answered. */
export interface Cursor {
  readonly uidValidity: string;
  /** The first UID that has not been looked at. */
  readonly nextUid: number;
  readonly watchingSince: Date;
}

/** The fields that a mail is known by, in place of the mail. */
export interface MailHead {
  readonly location: MailLocation;
  /** Header fields as octets, those of `identityFields` at least. */
  readonly head: Uint8Array;
}

/** Some UIDs of one folder, ascending. */
export interface Places {
  readonly path: string;
  readonly uidValidity: string;
  readonly uids: readonly number[];
}

/** What the watch must know about itself beside its cursor. */
export interface WatchRecord {
  /** What lay below this UID when the watch began stays untouched. Absent: begun by an older version. */
  readonly first?: { readonly uidValidity: string; readonly uid: number };
  readonly reconciledAt?: Date;
}

/** A comparison of the mailbox with the ledger. */
export interface Reconciliation {
  readonly at: Date;
  /** Mails of the folder that were compared. */
  readonly compared: number;
  /** Those that the ledger did not know; they were taken in. */
  readonly missing: number;
}

/** What the watch asks of the ledger. */
export interface LedgerHandler {
  /** Keeps where the watch begins, unless another began before. Returns what counts. */
  begin(cursor: Cursor): Promise<Cursor>;
  findWatch(): Promise<WatchRecord | undefined>;
  /** Those of the places that no mail of the ledger is known to lie at. */
  withoutPlace(places: Places): Promise<readonly number[]>;
  /** UIDs of the mails that the ledger does not know. Those that it knows gain the place. */
  unknownMails(heads: readonly MailHead[]): Promise<ReadonlySet<number>>;
  reconciled(result: Reconciliation): Promise<void>;
}

export interface WatchStore extends HealthStore {
  /** Takes in mails that a person asked for at `at`: however old they are, and without the cursor. */
  acceptBackfill(
    mailbox: string,
    mails: readonly IntakeMail[],
    at: Date,
  ): Promise<readonly string[]>;
  /** Keeps where the watch of a mailbox begins, unless it began before. Returns what counts. */
  beginWatch(mailbox: string, cursor: Cursor): Promise<Cursor>;
  findWatch(mailbox: string): Promise<WatchRecord | undefined>;
  /** Those of the places that no mail of the ledger is known to lie at. */
  withoutPlace(mailbox: string, places: Places): Promise<readonly number[]>;
  /** Gives the mails that the ledger knows these places; returns their case ids. */
  keepPlaces(
    mails: readonly { readonly caseId: string; readonly location: MailLocation }[],
  ): Promise<ReadonlySet<string>>;
  /** The mailbox cannot be watched. The trouble began with the first of these after a look. */
  noteTrouble(
    mailbox: string,
    trouble: { readonly at: Date; readonly detail: string },
  ): Promise<void>;
  noteReconciliation(mailbox: string, result: Reconciliation): Promise<void>;
}
