/**
 * Who watches a mailbox, and which versions of the program may run on this schema.
 *
 * Only adds: a worker of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // One line for each mailbox ever watched. It stays when a lease ends, so that the epoch only grows.
  `create table watch_leases (
     mailbox text primary key,
     holder text not null,
     process text not null,
     epoch bigint not null,
     renewals bigint not null,
     term_ms integer not null,
     expires_at timestamptz not null
   )`,
  // One line: the newest schema that says so, and the oldest one whose program may still run on it.
  `create table schema_compat (
     only_line boolean primary key default true check (only_line),
     newest text not null,
     compatible_from text not null
   )`,
];

export const leases: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
