/**
 * The watch of each mailbox beside its cursor: where it began, when it saw the mailbox last, and when the
 * mailbox was compared with the ledger; and which mails a person asked for.
 *
 * Only adds: a worker of the version before goes on beside it, and notes nothing here.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  `create table watches (
     mailbox text primary key,
     first_uid_validity text,
     first_uid bigint,
     looked_at timestamptz,
     troubled_since timestamptz,
     trouble text,
     reconciled_at timestamptz,
     reconciled_compared integer,
     reconciled_missing integer
   )`,
  // Where watches began was not kept before. Below the first mail that was taken in nothing is ever missing.
  `insert into watches (mailbox, first_uid_validity, first_uid)
     select c.mailbox, c.uid_validity, coalesce(min(l.uid), c.next_uid)
     from cursors c
     left join locations l on l.mailbox = c.mailbox and l.uid_validity = c.uid_validity
     group by c.mailbox, c.uid_validity, c.next_uid`,
  `alter table mails add column backfilled_at timestamptz`,
];

export const watch: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
