/**
 * The doors of the console: users, their sessions and tokens, logins that were tried, answers of the API.
 *
 * What opens a door is kept as its SHA-256 only. Only adds: a process of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // Who logs in by password has a hash; who comes by OpenID Connect is known by issuer and subject.
  `create table users (
     name text primary key,
     role text,
     password_hash text,
     issuer text,
     subject text,
     created_at timestamptz not null,
     last_login_at timestamptz,
     unique (issuer, subject),
     check ((password_hash is null) = (issuer is not null and subject is not null))
   )`,
  `create table sessions (
     id_hash text primary key,
     user_name text not null references users (name) on delete cascade,
     how text not null,
     started_at timestamptz not null,
     seen_at timestamptz not null,
     ends_at timestamptz not null,
     from_address text
   )`,
  `create index sessions_by_user on sessions (user_name)`,
  `create table api_tokens (
     id text primary key,
     token_hash text not null unique,
     user_name text not null references users (name) on delete cascade,
     label text not null,
     role text not null,
     created_at timestamptz not null,
     ends_at timestamptz not null,
     last_used_at timestamptz
   )`,
  `create index api_tokens_by_user on api_tokens (user_name)`,
  `create table one_time_logins (
     token_hash text primary key,
     user_name text not null references users (name) on delete cascade,
     ends_at timestamptz not null
   )`,
  // By the hash of the name: people type passwords into the wrong field.
  `create table login_attempts (
     name_hash text primary key,
     failures integer not null,
     last_at timestamptz not null
   )`,
];

export const doors: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
