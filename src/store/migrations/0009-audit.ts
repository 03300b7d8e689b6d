/**
 * Who changed what: a line for every change that a person made.
 *
 * Only adds: a worker of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  `create table audit (
     id bigint generated always as identity primary key,
     at timestamptz not null,
     by_name text not null,
     via text not null,
     from_address text,
     action text not null,
     subject text not null,
     subject_id text not null,
     before jsonb,
     after jsonb
   )`,
  `create index audit_by_subject on audit (subject, subject_id, id desc)`,
  `create index audit_by_person on audit (by_name, id desc)`,
];

export const audit: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
