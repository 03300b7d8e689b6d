/**
 * The tables as Kysely sees them. What each is for stands in the migration that made it.
 */
import type { ColumnType, Generated, Kysely, Transaction } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { Reply, Scenario } from '../core/decision.ts';
import type { Action, Reason } from '../core/reasons.ts';
import type { TemplateSource } from '../core/template.ts';
import type { Act, AuditSubject } from '../ports/audit.ts';
import type { Dismissal, SettlementKind } from '../ports/desk.ts';
import type { DeskChosen } from '../ports/desk-store.ts';
import type { ConsoleRole, OpenedSession } from '../ports/doors.ts';
import type { FollowUpState } from '../ports/follow-ups.ts';
import type { ChangeOrigin, RecordChange } from '../ports/records.ts';
import type { HoldKind, MailOrigin, MailState, ReplyState } from '../ports.ts';

/** The schema all our tables are in, beside BullMQ's own. */
export const schemaName = 'responder';

/** jsonb: written as text by `toJson`, read as a value. */
type Json<T> = ColumnType<T, string, string>;
/** bigint: read as text, as node-postgres does. */
type BigInteger = ColumnType<string, number, number>;

/** A file of a version; its words are in `template_files`. */
export type TemplateFileRow = Omit<TemplateSource, 'source'>;

export interface Schema {
  cursors: {
    mailbox: string;
    uid_validity: string;
    next_uid: BigInteger;
    watching_since: Date;
  };
  mails: {
    case_id: string;
    mailbox: string;
    message_id: string | null;
    state: MailState;
    size_bytes: number;
    complete: boolean;
    answered: boolean;
    received_at: Date;
    raw: Uint8Array | null;
    reason: Reason | null;
    decided_at: Date | null;
    origin: Generated<MailOrigin>;
    backfilled_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  watches: {
    mailbox: string;
    first_uid_validity: string | null;
    first_uid: ColumnType<string | null, number | null, number | null>;
    looked_at: Date | null;
    troubled_since: Date | null;
    trouble: string | null;
    reconciled_at: Date | null;
    reconciled_compared: number | null;
    reconciled_missing: number | null;
  };
  locations: {
    mailbox: string;
    path: string;
    uid_validity: string;
    uid: BigInteger;
    case_id: string;
  };
  cases: {
    case_id: string;
    mailbox: string;
    message_id: string | null;
    subject: string;
    action: Action;
    reason: Reason;
    scenario: Scenario | null;
    customer_id: string | null;
    decision: Json<unknown>;
    proposal: ColumnType<Reply | null, string | null, string | null>;
    decided_at: Date;
    related_case_id: string | null;
    emptied_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    /** Made by the database from the others. */
    words: ColumnType<string, never, never>;
    settled_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  replies: {
    case_id: string;
    mailbox: string;
    reply_key: string;
    state: ReplyState;
    content: Json<Reply>;
    to_address: string;
    to_domain: string;
    attempts: Generated<number>;
    response: string | null;
    created_at: Date;
    claimed_at: Date | null;
    settled_at: Date | null;
    not_before: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  holds: {
    id: Generated<string>;
    kind: HoldKind;
    name: string;
    at: Date;
    detail: string;
    case_id: string | null;
    released_at: Date | null;
    released_by: string | null;
  };
  customers: {
    id: string;
    name: string;
    record: Json<Customer>;
    updated_at: Date;
    facts_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    /** Made by the database from the others. */
    words: ColumnType<string, never, never>;
  };
  customer_keys: {
    kind: string;
    value: string;
    customer_id: string;
  };
  customer_changes: {
    id: Generated<string>;
    customer_id: string;
    at: Date;
    source: ChangeOrigin['source'];
    kind: RecordChange['kind'];
    fields: Json<RecordChange['fields']>;
    from_name: Generated<string>;
    by_name: Generated<string>;
  };
  double_billings: {
    id: Generated<string>;
    customer_id: string;
    subscription: string;
    since: Date;
    until: Date | null;
    /** numeric: read as text. */
    monthly_cost: string | null;
    currency: string | null;
  };
  sync_runs: {
    source: string;
    started_at: Date;
    finished_at: Date | null;
    mark: string | null;
    added: number;
    changed: number;
    unchanged: number;
    unknown: number;
    error: string | null;
  };
  template_files: {
    hash: string;
    source: string;
  };
  template_versions: {
    hash: string;
    template_id: string;
    files: Json<TemplateFileRow[]>;
    first_used_at: Date;
    author: string | null;
  };
  template_saves: {
    id: Generated<string>;
    folder: string;
    file_id: string;
    hash: string;
    before_hash: string | null;
    at: Date;
    by_name: string;
  };
  template_sets: {
    folder: string;
    files: Json<TemplateFileRow[]>;
    at: Date;
  };
  template_refusals: {
    place: string;
    at: Date;
    problems: Json<string[]>;
  };
  watch_leases: {
    mailbox: string;
    holder: string;
    process: string;
    epoch: BigInteger;
    renewals: BigInteger;
    term_ms: number;
    expires_at: Date;
  };
  schema_compat: {
    only_line: Generated<boolean>;
    newest: string;
    compatible_from: string;
  };
  audit: {
    id: Generated<string>;
    at: Date;
    by_name: string;
    via: Act['via'];
    from_address: string | null;
    action: string;
    subject: AuditSubject;
    subject_id: string;
    before: ColumnType<Readonly<Record<string, string>> | null, string | null, string | null>;
    after: ColumnType<Readonly<Record<string, string>> | null, string | null, string | null>;
  };
  users: {
    name: string;
    role: ConsoleRole | null;
    password_hash: string | null;
    issuer: string | null;
    subject: string | null;
    created_at: Date;
    last_login_at: Date | null;
  };
  sessions: {
    id_hash: string;
    user_name: string;
    how: OpenedSession['how'];
    started_at: Date;
    seen_at: Date;
    ends_at: Date;
    from_address: string | null;
  };
  api_tokens: {
    id: string;
    token_hash: string;
    user_name: string;
    label: string;
    role: ConsoleRole;
    created_at: Date;
    ends_at: Date;
    last_used_at: Date | null;
  };
  one_time_logins: { token_hash: string; user_name: string; ends_at: Date };
  login_attempts: { name_hash: string; failures: number; last_at: Date };
  api_writes: {
    owner: string;
    key: string;
    fingerprint: string;
    at: Date;
    status: number | null;
    body: string | null;
  };
  desk_settlements: {
    id: Generated<string>;
    case_id: string;
    kind: SettlementKind;
    at: Date;
    by_name: string;
    via: Act['via'];
    undo_until: Date | null;
    dismissal: Dismissal | null;
    note: string | null;
    chosen: Json<DeskChosen>;
    before: ColumnType<unknown, string | null, string | null>;
    ended_at: Date | null;
    ended_by: string | null;
  };
  desk_presence: {
    case_id: string;
    by_name: string;
    seen_at: Date;
  };
  follow_ups: {
    case_id: string;
    mailbox: string;
    customer_id: string;
    state: FollowUpState;
    due_at: Date;
    settled_at: Date | null;
    detail: string | null;
  };
}

export type Database = Kysely<Schema>;
export type DatabaseTransaction = Transaction<Schema>;
