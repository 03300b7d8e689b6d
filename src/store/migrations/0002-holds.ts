/**
 * What a person must release before mail goes out again, and which case a later mail belongs to.
 *
 * Only adds: a worker of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // A mailbox whose replies are paused, or an address to which a reply came back. Released ones stay, as a record.
  `create table holds (
     id bigint generated always as identity primary key,
     kind text not null,
     name text not null,
     at timestamptz not null,
     detail text not null,
     case_id text,
     released_at timestamptz,
     released_by text
   )`,
  `create unique index holds_open on holds (kind, name) where released_at is null`,
  // Those that never went out too: they are numbered with the others.
  `create index replies_with_key on replies (reply_key)`,
  // As before, and whoever was asked for details and writes again.
  `drop index cases_waiting`,
  `create index cases_waiting on cases (decided_at desc)
     where action = 'review' or reason in ('suppressed-answer-to-reply', 'suppressed-generic-limit')`,
  // A second forward, a bounce, an answer: the case it belongs to, which a restored store may not have.
  `alter table cases add column related_case_id text`,
  `create index cases_by_related on cases (related_case_id) where related_case_id is not null`,
];

export const holds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
