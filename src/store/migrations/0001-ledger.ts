/**
 * The first schema: the ledger of mails, the cases with their replies, and the customers.
 *
 * Names are unqualified: every connection looks into our schema first.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // How far each mailbox has been taken in.
  `create table cursors (
     mailbox text primary key,
     uid_validity text not null,
     next_uid bigint not null,
     watching_since timestamptz not null
   )`,
  // One line for every mail ever seen. An ignored mail keeps only this, without \`raw\`.
  `create table mails (
     case_id text primary key,
     mailbox text not null,
     message_id text,
     state text not null,
     size_bytes integer not null,
     complete boolean not null,
     answered boolean not null,
     received_at timestamptz not null,
     raw bytea,
     reason text,
     decided_at timestamptz
   )`,
  `create index mails_by_message_id on mails (message_id)`,
  // Small whatever the age of the ledger: what the sweep after a crash reads.
  `create index mails_unfinished on mails (received_at, case_id) where state <> 'finished'`,
  // Where a mail lies or lay. The latest word of the server wins.
  `create table locations (
     mailbox text not null,
     path text not null,
     uid_validity text not null,
     uid bigint not null,
     case_id text not null references mails,
     primary key (mailbox, path, uid_validity, uid)
   )`,
  `create index locations_by_case on locations (case_id)`,
  `create table cases (
     case_id text primary key references mails,
     mailbox text not null,
     message_id text,
     subject text not null,
     action text not null,
     reason text not null,
     scenario text,
     customer_id text,
     decision jsonb not null,
     proposal jsonb,
     decided_at timestamptz not null
   )`,
  `create index cases_waiting on cases (decided_at desc)
     where action = 'review' or reason = 'suppressed-answer-to-reply'`,
  // Reply keys compare byte by byte, so that those behind a key and `:` are one range of the index.
  `create table replies (
     case_id text primary key references mails,
     mailbox text not null,
     reply_key text collate "C" not null,
     state text not null,
     content jsonb not null,
     to_address text not null,
     to_domain text not null,
     attempts integer not null default 0,
     response text,
     created_at timestamptz not null,
     claimed_at timestamptz,
     settled_at timestamptz
   )`,
  // The last guard against a second reply. What was rejected or withdrawn never went out, so it occupies nothing.
  `create unique index replies_by_key on replies (reply_key) where state not in ('rejected', 'withdrawn')`,
  `create index replies_unsettled on replies (case_id) where state in ('pending', 'sending')`,
  `create index replies_by_domain on replies (to_domain, created_at)`,
  `create index replies_by_address on replies (to_address, created_at)`,
  `create index replies_by_mailbox on replies (mailbox, created_at)`,
  `create table customers (
     id text primary key,
     name text not null,
     record jsonb not null,
     updated_at timestamptz not null
   )`,
  // What customers are found by. Derived from the record, in the same transaction.
  `create table customer_keys (
     kind text not null,
     value text not null,
     customer_id text not null references customers on delete cascade,
     primary key (kind, value, customer_id)
   )`,
  `create index customer_keys_by_customer on customer_keys (customer_id)`,
  // Who changed a record, when, and what.
  `create table customer_changes (
     id bigint generated always as identity primary key,
     customer_id text not null,
     at timestamptz not null,
     source text not null,
     kind text not null,
     fields jsonb not null
   )`,
  `create index customer_changes_by_customer on customer_changes (customer_id, at)`,
];

export const ledger: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
