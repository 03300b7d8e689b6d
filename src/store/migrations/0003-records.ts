/**
 * What the records need beside themselves: who changed them, since when they are paid twice, how far a
 * synchronisation came, and what is to happen after a reply.
 *
 * Only adds: a worker of the version before goes on beside it.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { renewOrganizationKeys } from './organization-keys.ts';

const statements = [
  // The file or system a change came from, and the person or worker who made it.
  `alter table customer_changes add column from_name text not null default ''`,
  `alter table customer_changes add column by_name text not null default ''`,
  // When another system than the file last changed the record: what the file leaves empty is then kept.
  `alter table customers add column facts_at timestamptz`,
  // From when to when a subscription was paid twice. Derived from the record, in the transaction that writes it.
  `create table double_billings (
     id bigint generated always as identity primary key,
     customer_id text not null references customers on delete cascade,
     subscription text not null,
     since timestamptz not null,
     until timestamptz,
     monthly_cost numeric,
     currency text
   )`,
  `create unique index double_billings_open on double_billings (customer_id, subscription) where until is null`,
  `create index double_billings_by_age on double_billings (since, id) where until is null`,
  // Records that were there before: all that is known of them is when they last changed.
  `insert into double_billings (customer_id, subscription, since, monthly_cost, currency)
   select id,
     coalesce(subscription->>'advisorSubscriptionId',
       product || case when number = 1 then '' else ' #' || number end),
     updated_at,
     (subscription->>'monthlyCost')::numeric,
     subscription->>'currency'
   from customers, lateral (
     select subscription, lower(subscription->>'product') as product,
       row_number() over (partition by lower(subscription->>'product') order by place) as number
     from jsonb_array_elements(record->'subscriptions') with ordinality as s(subscription, place)
   ) as named
   where subscription->>'advisorStatus' = 'active' and subscription->>'cspStatus' in ('active', 'suspended')
   on conflict do nothing`,
  // The runs of each source of facts; of one that broke off the mark says where to go on.
  `create table sync_runs (
     source text not null,
     started_at timestamptz not null,
     finished_at timestamptz,
     mark text,
     added integer not null,
     changed integer not null,
     unchanged integer not null,
     unknown integer not null,
     error text,
     primary key (source, started_at)
   )`,
  // A case waits for its record to show what its reply asked for.
  `create table follow_ups (
     case_id text primary key references mails,
     mailbox text not null,
     customer_id text not null,
     state text not null,
     due_at timestamptz not null,
     settled_at timestamptz,
     detail text
   )`,
  `create index follow_ups_due on follow_ups (due_at, case_id) where state = 'waiting'`,
  `create index follow_ups_by_customer on follow_ups (customer_id)`,
  // Names by their ends: what is like a name begins or ends like it.
  `create index customer_keys_by_end on customer_keys (reverse(value), customer_id)
     where kind = 'organization'`,
  `create index follow_ups_told on follow_ups (case_id) where state in ('told', 'reminded')`,
  `create index cases_by_customer on cases (customer_id) where customer_id is not null`,
  // A line of the ledger that no mail made: a reminder, or word ahead of the notice.
  `alter table mails add column origin text not null default 'mailbox'`,
  `create index mails_begun_by_us on mails (origin, mailbox, received_at) where origin <> 'mailbox'`,
];

export const records: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
    await renewOrganizationKeys(db);
  },
};
