/**
 * Customers as the console changes them: by a file, or one by hand.
 *
 * What is typed goes through the same checks as a customers file, and what is wrong is a value: nothing that was
 * typed is lost.
 */
import type { Customer } from '../core/customer.ts';
import type { Act } from './audit.ts';
import type { RecordChange } from './records.ts';

/** A record as text in the fields of a form. */
export interface TypedCustomer {
  /** By the name of the column of a customers file; those of the customer, contacts left out. */
  readonly fields: Readonly<Record<string, string>>;
  /** An address, or `Name <address>`. Empty ones count for nothing. */
  readonly contacts: readonly string[];
  /** By the name of the column. */
  readonly subscriptions: readonly Readonly<Record<string, string>>[];
}

/** What is wrong with one field. */
export interface TypedFault {
  readonly column: string;
  /** Which of the contacts or subscriptions, from 0; absent for a field of the customer. */
  readonly at?: number;
  /** A sentence for people. */
  readonly sentence: string;
}

export type SaveOutcome =
  | { readonly kind: 'saved' | 'unchanged'; readonly customerId: string }
  | { readonly kind: 'faults'; readonly faults: readonly TypedFault[] }
  /** The record is not the one that the form showed: `now` is what it is, nothing where there is none. */
  | { readonly kind: 'conflict'; readonly now: Customer | undefined };

/** The reply that a record gives, or why it gives none. */
export type RecordReply =
  | {
      readonly kind: 'reply';
      readonly scenario: string;
      readonly to: string;
      readonly locale: string;
      readonly subject: string;
      readonly text: string;
    }
  | { readonly kind: 'none'; readonly sentence: string };

/** What a file would change, or has changed. */
export interface FileReport {
  readonly rows: number;
  readonly customers: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Known customers that the file does not have: kept as they are. */
  readonly missing: number;
  /** The first of them; all others are counted. */
  readonly problems: readonly FileProblem[];
  readonly problemCount: number;
  readonly skippedCustomers: number;
  readonly rowsOfNobody: number;
  readonly unknownColumns: readonly string[];
  /** The first that changed, field by field. */
  readonly samples: readonly RecordChange[];
  /** The ids of the first that are new. */
  readonly newIds: readonly string[];
}

export interface FileProblem {
  readonly line: number;
  readonly column: string;
  readonly value: string;
  readonly message: string;
}

export const importStages = ['comparing', 'ready', 'applying', 'applied', 'failed'] as const;
/** `ready`: compared, nothing written yet. `failed`: nothing of the file landed. */
export type ImportStage = (typeof importStages)[number];

/** A file that was handed over. */
export interface FileImport {
  readonly id: string;
  readonly fileName: string;
  readonly by: string;
  readonly at: Date;
  readonly stage: ImportStage;
  /** SHA-256 of the file, in hex: what is applied is what was shown. */
  readonly digest: string;
  readonly rowsRead: number;
  readonly customersDone: number;
  readonly report?: FileReport;
  /** Why it failed. */
  readonly sentence?: string;
}

export type UploadOutcome =
  | { readonly kind: 'taken'; readonly id: string }
  | { readonly kind: 'refused'; readonly why: 'busy' | 'too-large'; readonly sentence: string };

export type ApplyOutcome =
  | { readonly kind: 'begun' }
  | { readonly kind: 'refused'; readonly sentence: string };

/** One file at a time is read, compared or applied; it lies on disk until then, for its uploader only. */
export interface FileImports {
  readonly bytesMax: number;
  /** Takes the file in and begins to compare it. When `octets` throws, nothing stays on disk. */
  begin(
    upload: { readonly fileName: string; readonly octets: AsyncIterable<Uint8Array> },
    act: Act,
  ): Promise<UploadOutcome>;
  /** Undefined for those of others, and once it is too old. */
  find(id: string, by: string): FileImport | undefined;
  /** The newest of this person. */
  latest(by: string): FileImport | undefined;
  apply(
    id: string,
    applying: { readonly digest: string; readonly skipBad: boolean },
    act: Act,
  ): ApplyOutcome;
  /** Forgets it, and deletes the file. False where it is under way. */
  discard(id: string, by: string): Promise<boolean>;
  /** Waits for what is under way, and deletes the files. */
  close(): Promise<void>;
}

export interface CustomerDesk {
  /** Names of the columns of a customers file, in their order. */
  readonly columns: readonly string[];
  /** By which the report judges what is outstanding. */
  readonly rules: { readonly portalLicensesBelow: number };
  typedOf(customer: Customer): TypedCustomer;
  /** Names the state of a record. */
  digestOf(customer: Customer): string;
  /** `seen`: the digest of the record that the form was filled with; empty for a new one. */
  save(typed: TypedCustomer, seen: string, act: Act): Promise<SaveOutcome>;
  replyOf(customer: Customer): RecordReply;
  readonly imports: FileImports;
}
