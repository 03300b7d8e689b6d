/**
 * What finds contents that are older than the settings allow, and says that they are gone.
 *
 * Only adds: a worker of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  `alter table cases add column emptied_at timestamptz`,
  // Only what is still there to be deleted: small, however old the ledger is.
  `create index mails_with_raw on mails (decided_at) where raw is not null and state = 'finished'`,
  `create index cases_with_contents on cases (decided_at) where emptied_at is null`,
];

export const upkeep: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
