/**
 * What cases and customers are searched by, and what counts the mails and replies of a day.
 *
 * The words are made from the row by the database itself, so that whoever empties a case or erases a person has
 * emptied them too, and a worker of the version before fills them without knowing. Only adds.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Texts behind each other, each on a line of its own, so that nothing is found across two of them. */
function lines(...texts: readonly string[]): string {
  return texts.map((text) => `coalesce(${text}, '')`).join(` || E'\\n' || `);
}

const wordsOfCase = lines(
  'subject',
  `decision->>'sender'`,
  `decision->'plan'->>'to'`,
  `decision->'match'->'customer'->>'name'`,
  `decision->'plan'->'customer'->>'name'`,
  'customer_id',
  'message_id',
  'case_id',
);
/** Values only: the names of the fields would be found in every record. */
const wordsOfCustomer = lines(
  'name',
  'id',
  `record->>'tenantDomain'`,
  `jsonb_path_query_array(record, '$.otherDomains[*]')::text`,
  `jsonb_path_query_array(record, '$.contacts[*].*')::text`,
);

const statements = [
  `alter table cases add column words text generated always as (lower(${wordsOfCase})) stored`,
  `alter table customers add column words text generated always as (lower(${wordsOfCustomer})) stored`,
  // A page of the list is read along one of these, newest first.
  `create index cases_by_time on cases (decided_at desc, case_id desc)`,
  `create index cases_by_reason on cases (reason, decided_at desc, case_id desc)`,
  `create index cases_by_scenario on cases (scenario, decided_at desc, case_id desc)
     where scenario is not null`,
  // Few, whatever the age of the ledger.
  `create index replies_astray on replies (state, created_at desc)
     where state in ('unconfirmed', 'undeliverable', 'rejected', 'withdrawn')`,
  // Times of arrival rise with the rows, so that a summary of blocks finds a day, and costs a mail nothing.
  `create index mails_by_arrival on mails using brin (received_at) with (pages_per_range = 32)`,
  // What is counted by day, without reading the rows.
  `create index mails_by_decision on mails (decided_at) include (reason) where decided_at is not null`,
  `create index replies_gone_out on replies (settled_at) include (case_id)
     where state in ('sent', 'undeliverable')`,
];

export const search: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
