/**
 * What the pipeline is given: the world as interfaces. Only `commands/` wires real ones in.
 */
import type { Decision, Reply, Scenario } from './core/decision.ts';
import type { Action, Reason } from './core/reasons.ts';
import type { SentBefore } from './core/restrain.ts';
import type { TemplateVersion } from './core/template-version.ts';
import type { ResponderError } from './errors.ts';
import type { Act } from './ports/audit.ts';
import type { BatchStore } from './ports/batches.ts';
import type { FollowUp, FollowUpStore } from './ports/follow-ups.ts';
import type { LeaseStore, WatchLease } from './ports/leases.ts';
import type { DoubleBillingStore, FactStore, RecordReader, RecordStore } from './ports/records.ts';
import type { RetentionStore } from './ports/retention.ts';
import type { MailState, ReplyState } from './ports/states.ts';
import type { SyncStore } from './ports/sync.ts';
import type { TemplateStore } from './ports/templates.ts';
import type {
  Cursor,
  FetchedMail,
  IntakeMail,
  LedgerHandler,
  MailLocation,
  WatchStore,
} from './ports/watch.ts';

export { type MailState, mailStates, type ReplyState, replyStates } from './ports/states.ts';
export type { Cursor, FetchedMail, IntakeMail, MailLocation } from './ports/watch.ts';

/** What the watcher calls. */
export interface MailboxHandler extends LedgerHandler {
  findCursor(): Promise<Cursor | undefined>;
  /** Durable when it resolves, mails and cursor together. A mail given twice is taken in once. */
  accept(mails: readonly FetchedMail[], cursor: Cursor): Promise<void>;
  /** The mailbox was seen, wholly or a part of a backlog: health is the time since the last of these. */
  looked(at: Date): void | Promise<void>;
  /** The connection failed; it is tried again in `retryInMs`. Called once per change, not per attempt. */
  troubled(error: ResponderError, retryInMs: number): void | Promise<void>;
  /** The connection works again after trouble. */
  recovered(): void;
}

/** What is done to a mail on the server once its case is durable. */
export interface Mark {
  readonly answered: boolean;
  /** Set only where PERMANENTFLAGS allows it. */
  readonly keyword?: string;
  /** Folder the mail is moved to; created when missing. */
  readonly moveTo?: string;
}

export interface MailboxFacts {
  readonly server: string;
  readonly exists: number;
  readonly canIdle: boolean;
  readonly canMove: boolean;
  readonly canSetKeywords: boolean;
}

/** One watched mailbox: one long-lived connection. */
export interface Mailbox {
  readonly name: string;
  /** Connects, looks, disconnects. Throws ResponderError. */
  check(): Promise<MailboxFacts>;
  /**
   * Watches until `stop`. Resolves after the first successful look; rejects with ResponderError when
   * the first connection fails. Later failures are mended by itself and told to the handler.
   */
  start(handler: MailboxHandler): Promise<void>;
  /** `gone` when the mail is no longer at that place (moved or expunged by somebody). */
  mark(location: MailLocation, mark: Mark): Promise<'marked' | 'gone'>;
  /** Ends the watch after the batch in hand. */
  stop(): Promise<void>;
}

/** What became of one attempt to send. Not reaching the server at all is a thrown ResponderError. */
export type SubmissionOutcome =
  | { readonly outcome: 'accepted'; readonly response: string }
  /** The server said no, so nothing was sent: for now (4xx) or for good (5xx). RFC 5321 §4.2.1. */
  | {
      readonly outcome: 'refused';
      readonly permanent: boolean;
      readonly response: string;
      /** The server takes less from this sender for now, whatever it is given. */
      readonly isThrottled?: true;
    }
  /** DATA had begun and no answer came: the reply may or may not have gone out. */
  | { readonly outcome: 'unconfirmed'; readonly detail: string };

export interface Submission {
  /** Connects and logs in. Throws ResponderError. */
  check(): Promise<void>;
  submit(reply: Reply, date: Date): Promise<SubmissionOutcome>;
  close(): Promise<void>;
}

export const jobKinds = ['handle', 'deliver', 'mark'] as const;
/** `handle`: decide about a mail. `deliver`: send its reply. `mark`: mark it on the server. */
export type JobKind = (typeof jobKinds)[number];

/** A job is only a pointer: what is to be done, and how far it is, stands in the store. */
export interface Job {
  readonly kind: JobKind;
  readonly caseId: string;
  readonly mailbox: string;
  /** It may run at the same time as others of its kind, beyond the worker's concurrency: it takes little. */
  readonly together?: true;
}

export interface JobWorker {
  readonly kind: JobKind;
  /** Each mailbox has queues of its own: a worker takes only jobs of mailboxes that its settings know. */
  readonly mailbox: string;
  readonly concurrency: number;
  /** So many jobs of this queue begin within a minute at most, in all processes together. */
  readonly perMinute?: number;
  run(job: Job): Promise<void>;
  /** All attempts failed, or the error said never: put it where the desk sees it. */
  gaveUp(job: Job, error: Error): Promise<void>;
}

/** A worker of this process, at work. */
export interface WorkingJobs {
  /** Takes no further jobs, and waits for those in hand. Others, of this process or another, go on. */
  close(): Promise<void>;
}

/** Work that comes back by itself. Of all the processes that schedule it, one at a time runs it. */
export interface Schedule {
  /** Letters, digits and hyphens; the same in every process. */
  readonly name: string;
  /** From the beginning of one run to that of the next. Runs that fall into a longer one are left out. */
  readonly everyMs: number;
  /**
   * A failure is logged, and the next run comes at its time. The signal says that the process is stopping,
   * which waits for the run: a long one breaks off where it can go on later.
   */
  run(signal: AbortSignal): Promise<void>;
}

/** `waiting`: to be run at once. `delayed`: to be tried again later. */
export const queueStates = ['waiting', 'active', 'delayed'] as const;
export type QueueState = (typeof queueStates)[number];

export interface QueueDepth {
  readonly kind: JobKind;
  readonly mailbox: string;
  readonly jobs: Readonly<Record<QueueState, number>>;
}

export interface Jobs {
  /** How many jobs of these mailboxes the queue holds, of all processes. Throws QUEUE_UNREACHABLE. */
  depth(mailboxes: readonly string[]): Promise<readonly QueueDepth[]>;
  /** Adding a job that is already waiting or running changes nothing. */
  add(jobs: readonly Job[]): Promise<void>;
  work(worker: JobWorker): Promise<WorkingJobs>;
  /** The first run begins at once where nobody has scheduled it with this pace before. */
  schedule(schedule: Schedule): Promise<void>;
  /** Ends a schedule for every process; for one that the settings switched off. */
  unschedule(name: string): Promise<void>;
  /** Waits for the running jobs; what waits stays in the queue. */
  close(): Promise<void>;
}

/** `mailbox`: it came. The others we began ourselves, and no mail lies anywhere. */
export const mailOrigins = ['mailbox', 'reminder', 'outreach'] as const;
export type MailOrigin = (typeof mailOrigins)[number];
export type OwnOrigin = Exclude<MailOrigin, 'mailbox'>;

/** A mail in the ledger. `raw` is gone for mails that ended as `ignore`. */
export interface StoredMail {
  readonly caseId: string;
  readonly mailbox: string;
  readonly state: MailState;
  readonly sizeBytes: number;
  readonly complete: boolean;
  /** Answered by somebody before it was taken in. */
  readonly answered: boolean;
  readonly receivedAt: Date;
  /** Of its mailbox: what came before is not answered. */
  readonly watchingSince?: Date;
  /** A person asked for it (`backfill`): it is no old mail then, whenever it came. */
  readonly backfilled?: true;
  readonly raw?: Uint8Array;
}

/** A case as saved, in one transaction with its reply. */
export interface CaseRecord {
  readonly caseId: string;
  readonly mailbox: string;
  readonly messageId?: string;
  readonly subject: string;
  readonly decision: Decision;
  readonly decidedAt: Date;
  /** Present when it is to be sent: occupies its reply key. */
  readonly reply?: {
    readonly replyKey: string;
    readonly content: Reply;
    /** Counted again when it is saved, since other workers save at the same time. */
    readonly allowance: ReplyAllowance;
  };
  /** What would be sent: composed for `review` and `shadow`, never sent by itself. */
  readonly proposal?: Reply;
  /** What the reply or the proposal was made of: kept with it, in the same transaction. */
  readonly template?: TemplateVersion;
  /** Begins with this case: sending from its mailbox is paused. */
  readonly pause?: {
    readonly detail: string;
    /** So many replies within the hour pause it; counted again when it is saved. */
    readonly fromMailboxLastHour: number;
  };
}

/** How many replies there may be before a new one, and whose they are. */
export interface ReplyAllowance {
  /** Domain of the recipient, or the address itself for shared domains. */
  readonly domain: string;
  readonly toAddressLastDay: number;
  readonly toDomainLastHour: number;
  readonly fromMailboxLastHour: number;
}

/** What limits need to know. Counts are of replies sent or on their way. */
export interface ReplyHistoryQuery {
  readonly mailbox: string;
  readonly replyKey: string;
  readonly address: string;
  /** Domain of the recipient, or the address itself for shared domains. */
  readonly domain: string;
  readonly now: Date;
}

export const holdKinds = ['mailbox', 'address'] as const;
/** `mailbox`: nothing is sent from it. `address`: nothing is sent to it. */
export type HoldKind = (typeof holdKinds)[number];

/** Something that is held back until a person releases it. */
export interface Hold {
  readonly kind: HoldKind;
  /** Name of the mailbox in the settings, or the address, normalised. */
  readonly name: string;
  readonly at: Date;
  /** Why, in a sentence for people. */
  readonly detail: string;
  /** The case that led to it. */
  readonly caseId?: string;
}

/** A case as read back. */
export interface StoredCase {
  readonly caseId: string;
  readonly mailbox: string;
  readonly messageId?: string;
  readonly subject: string;
  readonly action: Action;
  readonly reason: Reason;
  readonly scenario?: Scenario;
  readonly customerId?: string;
  readonly decision: Decision;
  readonly decidedAt: Date;
  readonly receivedAt: Date;
  readonly mailState: MailState;
  readonly locations: readonly MailLocation[];
  readonly proposal?: Reply;
  /** Since when the desk has settled it without a reply of ours. */
  readonly settledAt?: Date;
  /** The case that this mail belongs to: the one it forwards again, answers, or reports about. */
  readonly relatedCaseId?: string;
  /** Later cases that belong to this one, oldest first. */
  readonly followUps: readonly string[];
  /** What is to happen after its reply. */
  readonly followUp?: FollowUp;
  readonly reply?: {
    readonly state: ReplyState;
    readonly replyKey: string;
    readonly content: Reply;
    readonly attempts: number;
    readonly response?: string;
    readonly settledAt?: Date;
    /** A person approved it, and can take it back until then. */
    readonly notBefore?: Date;
  };
}

export type ReplyClaim =
  | { readonly status: 'claimed'; readonly reply: Reply; readonly attempt: number }
  /** An earlier attempt was cut off while sending: whether it arrived is unknown. */
  | { readonly status: 'interrupted' }
  /** A hold was placed just now, or it can still be taken back: it stays pending. */
  | { readonly status: 'held' }
  /** Nothing left to send. */
  | { readonly status: 'settled' };

export type ReplySettlement =
  | {
      readonly state: 'sent';
      readonly at: Date;
      readonly response: string;
      /** Begins to wait for the record, in the same transaction. */
      readonly followUp?: Pick<FollowUp, 'customerId' | 'dueAt'>;
    }
  | { readonly state: 'pending'; readonly at: Date; readonly response: string }
  | { readonly state: 'unconfirmed'; readonly at: Date; readonly response: string }
  | { readonly state: 'rejected'; readonly at: Date; readonly response: string };

export interface Store
  extends RecordStore,
    RecordReader,
    FactStore,
    SyncStore,
    DoubleBillingStore,
    FollowUpStore,
    BatchStore,
    LeaseStore,
    TemplateStore,
    RetentionStore,
    WatchStore {
  findCursor(mailbox: string): Promise<Cursor | undefined>;
  /**
   * Takes mails into the ledger, with the cursor, in one transaction. Returns the case ids that were
   * not known before. A known mail at a new place (renumbered, moved back) only gains a location. With the lease
   * of a watcher it throws LEASE_LOST when somebody else watches by now, and takes in nothing.
   */
  accept(
    mailbox: string,
    mails: readonly IntakeMail[],
    cursor: Cursor,
    lease?: WatchLease,
  ): Promise<readonly string[]>;

  findMail(caseId: string): Promise<StoredMail | undefined>;
  replyHistory(query: ReplyHistoryQuery): Promise<SentBefore>;
  /**
   * Saves case and reply and moves the mail to `decided`, in one transaction, with what follows from it:
   * a pause of the mailbox, a bounce of an earlier reply. `ignore` leaves one ledger line: no case, no raw
   * mail. `outrun`: another worker was given the reply key, a hold was placed, or what the allowance counts
   * was used up, since the history was asked for; nothing was saved.
   */
  saveDecision(record: CaseRecord): Promise<'saved' | 'already-decided' | 'outrun'>;

  /**
   * Saves a mail that we begin ourselves: its line in the ledger, decided already, with case and reply, in one
   * transaction. `perHour`: so many of its origin may begin from its mailbox within an hour. `outrun` as above.
   */
  saveOwnCase(
    record: CaseRecord,
    own: { readonly origin: OwnOrigin; readonly perHour?: number },
  ): Promise<'saved' | 'already-saved' | 'outrun'>;

  /** Moves a pending reply to `sending`, so that nobody else sends it. */
  claimReply(caseId: string, at: Date): Promise<ReplyClaim>;
  /** `unconfirmed` and `rejected` turn the case into a `review` with that reason. */
  settleReply(caseId: string, settlement: ReplySettlement): Promise<void>;
  /**
   * Takes a pending reply back: the case becomes a `review` with that reason, and its key is free again.
   * False when it was not pending any more, and nothing was changed.
   */
  withdrawReply(
    caseId: string,
    withdrawal: { readonly at: Date; readonly reason: Reason; readonly detail: string },
  ): Promise<boolean>;
  /** Puts the case where the desk sees it, keeping what was decided before in its evidence. */
  giveUp(
    caseId: string,
    failure: {
      readonly at: Date;
      readonly detail: string;
      /** Which job was given up; inferred from how far the mail is when it is not said. */
      readonly kind?: JobKind;
    },
  ): Promise<void>;

  findCase(caseIdOrMessageId: string): Promise<StoredCase | undefined>;
  /** What a person has to look at and did not settle: reviews, answers to our replies, overdue replies. Newest first. */
  listWaiting(limit: number): Promise<readonly StoredCase[]>;
  /** Cases with a reply, or with one that is proposed. Newest first. */
  listReplied(limit: number): Promise<readonly StoredCase[]>;
  finishMail(caseId: string): Promise<void>;

  /**
   * Everything of these mailboxes that was begun and not finished, oldest first, at most `limit` jobs of each kind
   * of each mailbox: rebuilt into jobs after a crash or a lost queue. What `outreach` began a moment before `at` is
   * its own to send.
   */
  unfinishedJobs(mailboxes: readonly string[], limit: number, at?: Date): Promise<readonly Job[]>;
  /** How many mails of the mailbox wait to be decided, or for their reply to be settled; without backfilled ones. */
  countUnsettled(mailbox: string): Promise<number>;
  /** How many mails of other mailboxes are not finished: their settings were renamed or removed. */
  countUnfinishedElsewhere(mailboxes: readonly string[]): Promise<number>;

  /** What is held back now, oldest first. */
  listHolds(): Promise<readonly Hold[]>;
  /** What keeps a reply from this mailbox to this address. */
  holdsOn(reply: { readonly mailbox: string; readonly address: string }): Promise<readonly Hold[]>;
  /** False when nothing of that name is held. With an act it stands in the audit log, in the same transaction. */
  releaseHold(
    hold: Pick<Hold, 'kind' | 'name'>,
    release: { readonly at: Date; readonly by: string; readonly act?: Act },
  ): Promise<boolean>;

  check(): Promise<{ readonly server: string; readonly schemaVersion: string }>;
  close(): Promise<void>;
}

export interface Clock {
  now(): Date;
}

export const recordTypes = ['TXT', 'A', 'AAAA', 'MX', 'PTR', 'CNAME'] as const;
export type RecordType = (typeof recordTypes)[number];

/** What DNS says of a name. Whatever it says is a value: nobody is to fail because a stranger's domain does. */
export type DnsAnswer =
  /** TXT: the strings of each record joined. MX: hosts, the preferred first. RFC 1035 §3.3. */
  | { readonly kind: 'found'; readonly records: readonly string[] }
  /** No such name, or no record of the type: an answer like any other. RFC 2308 §2. */
  | { readonly kind: 'absent' }
  /** No answer for now: says nothing about the name. */
  | { readonly kind: 'temporary'; readonly why: string }
  /** Nobody was asked, since the settings say so: says nothing about the name either. */
  | { readonly kind: 'unasked' };

export interface Resolver {
  /** Never rejects. */
  resolve(name: string, type: RecordType): Promise<DnsAnswer>;
}

/** Structured log: an object of fields, then a sentence. Secrets and raw mail never go in. */
export interface Log {
  debug(fields: object, sentence: string): void;
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}
