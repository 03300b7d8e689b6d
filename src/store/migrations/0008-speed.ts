/**
 * Counting what a mailbox sent within the hour, and what is on its way, without reading the days before.
 *
 * Only adds: a worker of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  `create index replies_settled on replies (mailbox, settled_at)
     where state not in ('pending', 'sending', 'rejected', 'withdrawn')`,
  `create index replies_open on replies (mailbox, created_at) where state in ('pending', 'sending')`,
];

export const speed: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
