/**
 * The part of the store that keeps customers: importing, merging, exporting, their history, and since when
 * they are billed twice.
 */
import type { Customer } from '../core/customer.ts';
import type { CustomerFinder } from '../core/customer-index.ts';
import type { CustomerFacts } from '../core/record-facts.ts';
import type { Act } from './audit.ts';

/** Who or what changed a record. */
export interface ChangeOrigin {
  readonly source: 'import' | 'sync' | 'console' | 'privacy';
  /** The file, or the system the facts came from. */
  readonly from: string;
  /** The person, or the worker that did it by itself. */
  readonly by: string;
}

export interface RecordChange {
  readonly customerId: string;
  /** `ended`: it was missing from a file that replaces everything, so its open moves were stopped. */
  readonly kind: 'added' | 'changed' | 'unchanged' | 'ended';
  /** Field by field, `subscriptions[1].cspStatus`; values as shown to people. */
  readonly fields: readonly {
    readonly path: string;
    readonly before: string;
    readonly after: string;
  }[];
}

export interface WriteRecordsOptions {
  /** Compares and writes nothing. */
  readonly dryRun: boolean;
  readonly at: Date;
  readonly origin: ChangeOrigin;
  /** Called with every change but `unchanged`, in the order of the customers. */
  readonly onChange?: (change: RecordChange) => void;
  /** Called now and then with the number of customers compared so far. */
  readonly onProgress?: (customers: number) => void;
}

export interface ImportOptions extends WriteRecordsOptions {
  /** Customers that do not occur are ended, not kept. */
  readonly replace?: boolean;
  /** A person's, for the audit log: one line, in the same transaction. */
  readonly act?: Act;
}

export interface ImportSummary {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Known customers that did not occur: kept, or with `replace` those whose move had ended already. */
  readonly missing: number;
  readonly ended: number;
}

export interface MergeSummary {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Tenants that no record knows and that show no direct subscription, so that there is nothing to move. */
  readonly unknown: number;
  /** Sentences told to `onConflict`. */
  readonly conflicts: number;
}

export interface MergeConflict {
  readonly tenantId: string;
  /** Absent where it is not clear which record is meant. */
  readonly customerId?: string;
  readonly sentence: string;
}

export interface MergeOptions extends WriteRecordsOptions {
  /** Groups of names of one product, from the notice catalog. */
  readonly productAliases: readonly (readonly string[])[];
  /** What was left as it is because only a person can tell. */
  readonly onConflict?: (conflict: MergeConflict) => void;
  /** A batch is durable: all facts up to and including this one. */
  readonly onMerged?: (last: CustomerFacts, soFar: MergeSummary) => Promise<void>;
}

/** One line of the history of a record. */
export interface HistoryEntry extends RecordChange {
  readonly at: Date;
  readonly origin: ChangeOrigin;
}

/** From when to when a subscription was paid twice. */
export interface DoubleBilling {
  readonly customerId: string;
  /** By `subscriptionKeys`. */
  readonly subscription: string;
  readonly since: Date;
  readonly until?: Date;
  /** Decimal as in the record. */
  readonly monthlyCost?: string;
  readonly currency?: string;
}

/** What the report counts at one point in time. */
export interface DoubleBillingTrendPoint {
  readonly at: Date;
  readonly subscriptions: number;
  readonly customers: number;
  /** Monthly cost by currency; those without a currency are under the empty string. Decimal text. */
  readonly monthlyCost: Readonly<Record<string, string>>;
}

/** Customers as the store keeps them. */
export interface RecordStore extends CustomerFinder {
  findCustomer(customerId: string): Promise<Customer | undefined>;
  countCustomers(): Promise<number>;
  /**
   * What the customers say replaces what their records said, in one transaction. Each may occur once. When
   * reading them throws, nothing was written.
   */
  importCustomers(
    customers: Iterable<Customer> | AsyncIterable<Customer>,
    options: ImportOptions,
  ): Promise<ImportSummary>;
}

/** Reading all records, and what became of one. */
export interface RecordReader {
  /** All customers by id, read in pages; one that changes meanwhile comes as it was or as it is, whole. */
  eachCustomer(): AsyncIterable<Customer>;
  /** Newest first. Of `added` the fields are left out: they are the record as it was then. */
  listHistory(customerId: string, limit: number): Promise<readonly HistoryEntry[]>;
}

/** Taking in facts of systems that see only a part. */
export interface FactStore {
  /**
   * Merges facts into the records by `mergeFacts`, a batch a transaction, so that what was merged stays when
   * the source breaks off.
   */
  mergeFacts(
    facts: Iterable<CustomerFacts> | AsyncIterable<CustomerFacts>,
    options: MergeOptions,
  ): Promise<MergeSummary>;
}

/** What is paid twice, for the report. */
export interface DoubleBillingStore {
  /** What is paid twice now, longest first, read in pages, each with its customer. */
  eachDoubleBilling(
    rowsAtOnce?: number,
  ): AsyncIterable<DoubleBilling & { readonly customer: Customer }>;
  /** One point for each of the times, which are given in their order. */
  doubleBillingTrend(times: readonly Date[]): Promise<readonly DoubleBillingTrendPoint[]>;
}
