/**
 * Every version of the templates that a reply was made of, and edits that are not in use.
 *
 * Only adds: a worker of the version before goes on beside it, and keeps no versions.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // By SHA-256 of the file. A partial that no edit touched is kept once for all versions.
  `create table template_files (
     hash text primary key,
     source text not null
   )`,
  // By the hash that replies carry: over the template, the partials of its locale and the layout.
  `create table template_versions (
     hash text primary key,
     template_id text not null,
     files jsonb not null,
     first_used_at timestamptz not null,
     author text
   )`,
  `create index template_versions_by_template on template_versions (template_id, first_used_at desc)`,
  // All files of the last good version of a folder, for a start on one that is damaged.
  `create table template_sets (
     folder text primary key,
     files jsonb not null,
     at timestamptz not null
   )`,
  // A folder whose edit was refused: one line for each worker and folder, until an edit of it is good.
  `create table template_refusals (
     place text primary key,
     at timestamptz not null,
     problems jsonb not null
   )`,
];

export const templates: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
