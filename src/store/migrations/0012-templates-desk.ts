/**
 * Which words somebody saved in the console, and who: those too that no reply was made of yet.
 *
 * Only adds: a worker of the version before goes on beside it, and saves none.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // The words themselves stand in template_files, those that were replaced as well.
  `create table template_saves (
     id bigint generated always as identity primary key,
     folder text not null,
     file_id text not null,
     hash text not null,
     before_hash text,
     at timestamptz not null,
     by_name text not null
   )`,
  `create index template_saves_by_file on template_saves (folder, file_id, id desc)`,
  `create index template_saves_by_hash on template_saves (hash)`,
];

export const templatesDesk: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
