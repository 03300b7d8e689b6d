/**
 * What is to happen after a reply: who waits for a record to show something, since when, and how it ended.
 *
 * A follow-up begins in the transaction that settles its reply as sent, and ends once.
 */
import { type ExpressionBuilder, sql } from 'kysely';
import type { Scenario } from '../core/decision.ts';
import type { LaterCase } from '../core/follow-up.ts';
import { laterCasesMax } from '../core/limits.ts';
import type { Reason } from '../core/reasons.ts';
import type { FollowUp, FollowUpState } from '../ports/follow-ups.ts';
import type { OwnOrigin } from '../ports.ts';
import { cleanText } from './json.ts';
import type { Database, Schema } from './schema.ts';

interface FollowUpRow {
  readonly case_id: string;
  readonly mailbox: string;
  readonly customer_id: string;
  readonly state: FollowUpState;
  readonly due_at: Date;
  readonly settled_at: Date | null;
  readonly detail: string | null;
}

function followUpOf(row: FollowUpRow): FollowUp {
  return {
    caseId: row.case_id,
    mailbox: row.mailbox,
    customerId: row.customer_id,
    state: row.state,
    dueAt: row.due_at,
    ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
    ...(row.detail === null ? {} : { detail: row.detail }),
  };
}

/**
 * A reply that came back, was no longer waited for and went out again is waited for anew. What the desk was told
 * stays told, and nobody is reminded twice.
 */
export const beginsAnew = sql`on conflict (case_id) do update
  set state = 'waiting', due_at = excluded.due_at, settled_at = null, detail = null
  where follow_ups.state = 'stopped'`;

export async function addFollowUp(
  db: Database,
  followUp: Pick<FollowUp, 'caseId' | 'mailbox' | 'customerId' | 'dueAt'>,
): Promise<void> {
  await sql`
    insert into follow_ups (case_id, mailbox, customer_id, state, due_at)
    values (${followUp.caseId}, ${followUp.mailbox}, ${cleanText(followUp.customerId)}, 'waiting',
      ${followUp.dueAt}) ${beginsAnew}`.execute(db);
}

export async function dueFollowUps(
  db: Database,
  mailboxes: readonly string[],
  at: Date,
  limit: number,
): Promise<readonly FollowUp[]> {
  if (mailboxes.length === 0) return [];
  const rows = await db
    .selectFrom('follow_ups')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('due_at', '<=', at)
    .where('mailbox', 'in', [...mailboxes])
    .orderBy('due_at')
    .orderBy('case_id')
    .limit(limit)
    .execute();
  return rows.map(followUpOf);
}

export async function stirredFollowUps(
  db: Database,
  mailboxes: readonly string[],
  after: string,
  limit: number,
): Promise<readonly FollowUp[]> {
  if (mailboxes.length === 0) return [];
  const rows = await db
    .selectFrom('follow_ups as f')
    .selectAll('f')
    .where('f.state', 'in', ['told', 'reminded'])
    .where('f.case_id', '>', after)
    .where('f.mailbox', 'in', [...mailboxes])
    .where(
      sql<boolean>`(
        not exists (
          select from customers where id = f.customer_id and updated_at <= f.settled_at)
        or exists (select from cases where customer_id = f.customer_id
          and decided_at > f.settled_at)
        or exists (select from cases where decided_at > f.settled_at and related_case_id in (
          select case_id from cases where customer_id = f.customer_id)))`,
    )
    .orderBy('f.case_id')
    .limit(limit)
    .execute();
  return rows.map(followUpOf);
}

export async function findFollowUps(
  db: Database,
  caseIds: readonly string[],
): Promise<ReadonlyMap<string, FollowUp>> {
  if (caseIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('follow_ups')
    .selectAll()
    .where('case_id', 'in', [...caseIds])
    .execute();
  return new Map(rows.map((row) => [row.case_id, followUpOf(row)]));
}

export async function findFollowUp(db: Database, caseId: string): Promise<FollowUp | undefined> {
  return (await findFollowUps(db, [cleanText(caseId)])).get(cleanText(caseId));
}

/** Cases of a customer, and those that belong to one of them: an answer to a reply matches nobody. */
function casesAbout(customerId: string) {
  return sql<string>`(
    select case_id from cases where customer_id = ${customerId}
    union
    select case_id from cases where related_case_id in (
      select case_id from cases where customer_id = ${customerId}))`;
}

/** Whether a case is about a mail that came, not one that we began. */
function cameToUs(expression: ExpressionBuilder<Schema, 'mails'>) {
  return expression('mails.origin', '=', 'mailbox');
}

export async function laterCases(db: Database, caseId: string): Promise<readonly LaterCase[]> {
  const asked = await db
    .selectFrom('cases')
    .select(['customer_id', 'decided_at'])
    .where('case_id', '=', cleanText(caseId))
    .executeTakeFirst();
  if (asked === undefined || asked.customer_id === null) return [];
  const rows = await db
    .selectFrom('cases')
    .innerJoin('mails', 'mails.case_id', 'cases.case_id')
    .select(['cases.case_id', 'cases.action', 'cases.reason', 'mails.received_at'])
    .where('cases.case_id', 'in', casesAbout(asked.customer_id))
    .where('cases.case_id', '<>', cleanText(caseId))
    .where('cases.decided_at', '>=', asked.decided_at)
    .where((expression) => cameToUs(expression))
    .orderBy('cases.decided_at')
    .orderBy('cases.case_id')
    .limit(laterCasesMax)
    .execute();
  return rows.map(({ case_id, action, reason, received_at }) => ({
    caseId: case_id,
    action,
    reason,
    receivedAt: received_at,
  }));
}

export async function findOpenCase(
  db: Database,
  customerId: string,
  except: string,
): Promise<{ readonly caseId: string; readonly reason: Reason } | undefined> {
  const row = await db
    .selectFrom('cases')
    .innerJoin('mails', 'mails.case_id', 'cases.case_id')
    .leftJoin('follow_ups', 'follow_ups.case_id', 'cases.case_id')
    .select(['cases.case_id', 'cases.reason'])
    .where('cases.case_id', 'in', casesAbout(cleanText(customerId)))
    .where('cases.case_id', '<>', cleanText(except))
    .where((where) =>
      where.or([
        where('cases.action', '=', 'review'),
        where('cases.reason', 'in', ['suppressed-answer-to-reply', 'suppressed-generic-limit']),
        where('mails.state', '<>', 'finished'),
        where('follow_ups.state', 'in', ['told', 'reminded']),
        where.and([
          where('cases.scenario', 'in', endingScenarios),
          where('cases.action', '=', 'reply'),
        ]),
      ]),
    )
    .orderBy('cases.decided_at', 'desc')
    .orderBy('cases.case_id')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { caseId: row.case_id, reason: row.reason };
}

/** What tells a customer to end an old subscription. */
const endingScenarios = [
  'cancel-portal',
  'cancel-phone',
  'cancel-unknown-licenses',
  'stop-renewal',
  'mixed',
  'reminder',
] as const satisfies readonly Scenario[];

export async function hasUndecidedMails(db: Database, mailbox: string): Promise<boolean> {
  const row = await db
    .selectFrom('mails')
    .select('case_id')
    .where('state', '<>', 'finished')
    .where('state', '=', 'accepted')
    .where('mailbox', '=', mailbox)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function countOwnMails(
  db: Database,
  query: { readonly origin: OwnOrigin; readonly mailbox: string; readonly since: Date },
): Promise<number> {
  const row = await db
    .selectFrom('mails')
    .select((select) => select.fn.countAll<string>().as('count'))
    // Said as the index says it.
    .where('origin', '<>', 'mailbox')
    .where('origin', '=', query.origin)
    .where('mailbox', '=', query.mailbox)
    .where('received_at', '>', query.since)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Ends the waiting, or what was told about it: of two that try the same, the second changes nothing. */
export async function settleFollowUp(
  db: Database,
  caseId: string,
  settlement: {
    readonly state: Exclude<FollowUpState, 'waiting'>;
    readonly at: Date;
    readonly detail: string;
  },
): Promise<boolean> {
  const { state, at } = settlement;
  const before: readonly FollowUpState[] =
    state === 'done' || state === 'stopped' ? ['waiting', 'told', 'reminded'] : ['waiting'];
  const settled = await db
    .updateTable('follow_ups')
    .set({ state, settled_at: at, detail: cleanText(settlement.detail) })
    .where('case_id', '=', caseId)
    .where('state', 'in', before)
    .returning('case_id')
    .executeTakeFirst();
  return settled !== undefined;
}
