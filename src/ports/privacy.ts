/**
 * The part of the store that knows what concerns a person who asks, and forgets it.
 */
import type { Customer } from '../core/customer.ts';
import type { Hold, StoredCase } from '../ports.ts';
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

/** Everything that is kept and could name a person; reading all of it is slow, and asked for rarely. */
export interface PrivacyStore {
  countKeptCases(): Promise<number>;
  /** Read in pages, in the order of their ids. */
  eachKeptCase(): AsyncIterable<KeptCase>;
  /** Records whose text has the words, letter case aside. */
  eachRecordNaming(words: string): AsyncIterable<Customer>;
  /** Lines of history whose text has the words. */
  listHistoryNaming(words: string): Promise<readonly HistoryEntry[]>;
  /** Held addresses of that name, released ones too. */
  listHoldsNaming(address: string): Promise<readonly Hold[]>;
  /** Forgets, in one transaction: the contents of the cases, the contact, its history, its holds. */
  erasePerson(erasure: Erasure): Promise<void>;
}

export interface Erasure {
  readonly address: string;
  readonly at: Date;
  readonly by: string;
  /** Only finished ones. */
  readonly caseIds: readonly string[];
  /** Records as they are to be: without the address. */
  readonly records: readonly { readonly before: Customer; readonly after: Customer }[];
}
