/**
 * What people at the desk do with cases: what they settled and how, replies that wait until it is too late to take
 * them back, and who looks at which case.
 *
 * Only adds: a worker of the version before goes on beside it. It knows nothing of `not_before` and `settled_at`, so
 * two triggers keep it from sending a reply that may still be taken back, and from leaving a case settled that it
 * gives to the desk anew.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const waiting = `action = 'review' or reason in ('suppressed-answer-to-reply', 'suppressed-generic-limit')`;

const statements = [
  // Set where a person approved the reply: until then it can be taken back.
  `alter table replies add column not_before timestamptz`,
  // Set where a person settled the case without a reply of ours.
  `alter table cases add column settled_at timestamptz`,
  `create index cases_unsettled on cases (decided_at desc) where settled_at is null and (${waiting})`,
  // In the order of urgency: the day that the notice names, then who waits longest.
  `create index cases_by_urgency on cases ((decision->'notice'->>'expiresOn'), decided_at, case_id)
     where settled_at is null and (${waiting})`,
  // \`before\`: the case as it was, for taking the settlement back. \`chosen\`: what the person decided on.
  `create table desk_settlements (
     id bigint generated always as identity primary key,
     case_id text not null references mails,
     kind text not null,
     at timestamptz not null,
     by_name text not null,
     via text not null,
     undo_until timestamptz,
     dismissal text,
     note text,
     chosen jsonb not null,
     before jsonb,
     ended_at timestamptz,
     ended_by text
   )`,
  `create index desk_settlements_by_case on desk_settlements (case_id, id desc)`,
  `create index desk_settlements_ended on desk_settlements (ended_at) where ended_at is not null`,
  `create index desk_settlements_with_contents on desk_settlements (case_id)
     where before is not null or note is not null`,
  `create table desk_presence (
     case_id text not null,
     by_name text not null,
     seen_at timestamptz not null,
     primary key (case_id, by_name)
   )`,
  `create index desk_presence_by_time on desk_presence (seen_at)`,
  // A row that is left out of an update is not claimed: whoever tried finds it still pending.
  `create function desk_not_yet() returns trigger language plpgsql as 'begin return null; end'`,
  `create trigger replies_not_before before update of state on replies for each row
     when (old.state = 'pending' and new.state = 'sending' and new.claimed_at < old.not_before)
     execute function desk_not_yet()`,
  `create function desk_waits_again() returns trigger language plpgsql as
     'begin new.settled_at := null; return new; end'`,
  `create trigger cases_waits_again before update of action, reason on cases for each row
     when (old.settled_at is not null)
     execute function desk_waits_again()`,
];

export const desk: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
