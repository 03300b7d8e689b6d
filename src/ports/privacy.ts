/**
 * The part of the store that knows what concerns a person who asks, and forgets it.
 */
import type { Customer } from '../core/customer.ts';
import type { Hold, StoredCase } from '../ports.ts';
import type { AuditEntry } from './audit.ts';
import type { HistoryEntry } from './records.ts';

/** A case with the mail it is about, as far as both are kept. */
export interface KeptCase {
  readonly caseId: string;
  readonly mailbox: string;
  readonly receivedAt: Date;
  readonly isFinished: boolean;
  /** Absent where the mail is not decided yet, or its contents are gone. */
  readonly stored?: StoredCase;
  readonly raw?: Uint8Array;
}

/** What somebody at the desk wrote when settling a case. */
export interface DeskNote {
  readonly caseId: string;
  readonly at: Date;
  readonly by: string;
  readonly note: string;
}

/** Everything that is kept and could name a person; reading all of it is slow, and asked for rarely. */
export interface PrivacyStore {
  countKeptCases(): Promise<number>;
  /** Read in pages, in the order of their ids; of the raw mails there is one at a time. */
  eachKeptCase(): AsyncIterable<KeptCase>;
  /** Records whose text has the words, letter case aside. */
  eachRecordNaming(words: string): AsyncIterable<Customer>;
  /** Lines of history whose text has the words. */
  listHistoryNaming(words: string): Promise<readonly HistoryEntry[]>;
  /** Holds of that address, and those that tell of it; released ones too. */
  listHoldsNaming(address: string): Promise<readonly Hold[]>;
  /** Lines of the audit log whose values or subject name the address. */
  listAuditNaming(address: string): Promise<readonly AuditEntry[]>;
  /** Notes of the desk that name the address. */
  listNotesNaming(address: string): Promise<readonly DeskNote[]>;
  /**
   * Forgets, in one transaction: the contents of the cases, the contact in the records and their history, its holds,
   * Message-IDs that hold the address, notes of the desk, the values of the audit log. Records are read in it, so that what an import or a synchronisation has
   * written meanwhile stays.
   */
  erasePerson(erasure: Erasure): Promise<void>;
}

export interface Erasure {
  readonly address: string;
  readonly at: Date;
  readonly by: string;
  /** Finished ones that are emptied. */
  readonly caseIds: readonly string[];
  /**
   * Finished ones that name the person only in the record they were decided by: taken out there. One that names
   * the person otherwise by then is emptied.
   */
  readonly recordCaseIds: readonly string[];
}
