/**
 * The part of the store that the console reads beside what the pipeline needs.
 */
import type { Customer } from '../core/customer.ts';
import type { Scenario } from '../core/decision.ts';
import type { Action, Reason } from '../core/reasons.ts';
import type { Act } from './audit.ts';
import type { Settlement } from './desk.ts';
import type { DoubleBilling } from './records.ts';
import type { ReplyState } from './states.ts';

/** A case in a list. */
export interface CaseLine {
  readonly caseId: string;
  readonly mailbox: string;
  readonly receivedAt: Date;
  readonly decidedAt: Date;
  readonly subject: string;
  /** The author of the mail. */
  readonly sender?: string;
  readonly action: Action;
  readonly reason: Reason;
  readonly scenario?: Scenario;
  readonly customerId?: string;
  readonly customerName?: string;
  readonly replyState?: ReplyState;
  /** The day that the notice names (`YYYY-MM-DD`): what is lost then makes it urgent. */
  readonly expiresOn?: string;
  readonly hasProposal: boolean;
  /** Its reply led to nothing in time. */
  readonly overdueSince?: Date;
  readonly settlement?: Settlement;
}

export interface CaseQuery {
  /** Words of the subject, an address or a part of it, a customer's name or id, a case id, a Message-ID. */
  readonly text?: string;
  readonly action?: Action;
  readonly reason?: Reason;
  readonly scenario?: Scenario;
  readonly customerId?: string;
  readonly mailbox?: string;
  readonly replyState?: ReplyState;
  /** Received from then on, and before. */
  readonly since?: Date;
  readonly before?: Date;
  /** Where the page before ended. */
  readonly after?: { readonly decidedAt: Date; readonly caseId: string };
  readonly limit: number;
}

export interface CustomerLine {
  readonly id: string;
  readonly name: string;
  readonly tenantDomain?: string;
  readonly subscriptions: number;
  readonly updatedAt: Date;
}

export interface DayFigures {
  /** `YYYY-MM-DD` in the time zone of the settings. */
  readonly day: string;
  /** Mails decided, by action; ignored ones too. */
  readonly decided: Readonly<Record<Action, number>>;
  /** Replies that went out, by scenario. */
  readonly sent: Readonly<Partial<Record<Scenario, number>>>;
  /** From a mail's arrival to its reply, of replies that no person held: median and 95th percentile, in ms. */
  readonly replyMs?: { readonly p50: number; readonly p95: number };
}

/** What changes when something happened that a screen may show. */
export interface ChangeMarks {
  /** Of the queue of the desk: a case came, was settled, or was put back. */
  readonly review: string;
  /** Of all cases and replies. */
  readonly cases: string;
}

export interface Presence {
  readonly caseId: string;
  readonly by: string;
  readonly seenAt: Date;
}

export interface CustomerEdit {
  readonly customer: Customer;
  readonly isAsSeen: (now: Customer | undefined) => boolean;
  readonly act: Act;
}

export interface ConsoleStore {
  /** Newest decision first. */
  searchCases(query: CaseQuery): Promise<readonly CaseLine[]>;
  /** What waits for the desk and is not settled, the most urgent first: the notice's day, then the longest wait. */
  listReview(limit: number): Promise<readonly CaseLine[]>;
  countReview(): Promise<number>;
  /** What the desk did with a case, newest first; what was undone is not among them. */
  listSettlements(caseId: string): Promise<readonly Settlement[]>;
  /** The octets of the mail, so many at most; absent when they were deleted, or the mail was ignored. */
  findRaw(caseId: string, octetsMax?: number): Promise<Uint8Array | undefined>;
  searchCustomers(query: {
    readonly text?: string;
    readonly afterId?: string;
    readonly limit: number;
  }): Promise<readonly CustomerLine[]>;
  /**
   * Whether a search by words looks at everything there is. Otherwise, and for words of one or two signs, only at
   * the newest cases and the first customers, some thousands.
   */
  readonly searchesAll: boolean;
  /**
   * Writes one record as a person has it, with its history and a line of the audit log, in one transaction. `isAsSeen`
   * is asked of the record as it stands then (nothing: there is none): where it says no, nothing is written.
   */
  saveCustomer(change: CustomerEdit): Promise<'saved' | 'unchanged' | 'conflict'>;
  /** What of this customer is billed twice now. */
  openBillings(customerId: string): Promise<readonly DoubleBilling[]>;
  /** One for each day of the range, both ends included, days without mails too. */
  dayFigures(range: {
    readonly from: string;
    readonly to: string;
    readonly timeZone: string;
  }): Promise<readonly DayFigures[]>;
  changeMarks(): Promise<ChangeMarks>;
  /** Notes that somebody looks at a case. */
  notePresence(presence: Presence): Promise<void>;
  /** Who was seen at which case since then. */
  listPresence(since: Date): Promise<readonly Presence[]>;
}
