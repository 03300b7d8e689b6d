/**
 * Keys of the API's writes, with the answers they led to.
 *
 * Only adds: a worker of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  `create table api_writes (
     owner text not null,
     key text not null,
     fingerprint text not null,
     at timestamptz not null,
     status integer,
     body text,
     primary key (owner, key)
   )`,
  `create index api_writes_by_age on api_writes (at)`,
];

export const idempotency: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
