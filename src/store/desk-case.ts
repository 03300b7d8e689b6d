/**
 * A case under its locks, as the desk finds it: mail, reply, case, in the order of everybody else who writes them.
 */
import { type Selectable, sql } from 'kysely';
import type { Decision } from '../core/decision.ts';
import type { Standing } from '../core/desk-standing.ts';
import type { Act } from '../ports/audit.ts';
import type { DeskRefusal, Dismissal, Refused, SettlementKind } from '../ports/desk.ts';
import type { DeskChosen } from '../ports/desk-store.ts';
import type { FollowUpState } from '../ports/follow-ups.ts';
import type { MailState } from '../ports.ts';
import { writeAudit } from './audit.ts';
import { holdsOn } from './holds.ts';
import { cleanOrNull, cleanText, reviveDecision, toJson } from './json.ts';
import type { DatabaseTransaction, Schema } from './schema.ts';

export interface LockedCase {
  readonly mailState: MailState;
  readonly row: Selectable<Schema['cases']>;
  readonly decision: Decision;
  readonly reply?: Selectable<Schema['replies']>;
  readonly followUp?: Selectable<Schema['follow_ups']>;
  /** The newest settlement that still holds. */
  readonly settlement?: Selectable<Schema['desk_settlements']>;
  readonly standing: Standing;
}

export function refused(why: DeskRefusal, sentence: string): Refused {
  return { kind: 'refused', why, sentence };
}

export const noCase: Refused = refused('no-case', 'There is no such case.');

/** Whoever saves a reply to the same people, or from the same mailbox, waits. Before the mail, as everybody does. */
export async function lockSending(
  trx: DatabaseTransaction,
  { domain, mailbox }: { readonly domain: string; readonly mailbox: string },
): Promise<void> {
  for (const name of [`to ${cleanText(domain)}`, `from ${mailbox}`])
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/** Undefined where there is no case: an ignored mail has none. */
export async function lockCase(
  trx: DatabaseTransaction,
  caseId: string,
): Promise<LockedCase | undefined> {
  const id = cleanText(caseId);
  const mail = await trx
    .selectFrom('mails')
    .select('state')
    .where('case_id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (mail === undefined) return undefined;
  const reply = await trx
    .selectFrom('replies')
    .selectAll()
    .where('case_id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const row = await trx
    .selectFrom('cases')
    .selectAll()
    .where('case_id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const followUp = await trx
    .selectFrom('follow_ups')
    .selectAll()
    .where('case_id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const settlement = await trx
    .selectFrom('desk_settlements')
    .selectAll()
    .where('case_id', '=', id)
    .where('ended_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    mailState: mail.state,
    row,
    decision: reviveDecision(row.decision),
    ...(reply === undefined ? {} : { reply }),
    ...(followUp === undefined ? {} : { followUp }),
    ...(settlement === undefined ? {} : { settlement }),
    standing: {
      action: row.action,
      reason: row.reason,
      isEmptied: row.emptied_at !== null,
      isSettled: row.settled_at !== null,
      ...(reply === undefined ? {} : { reply: reply.state }),
      isOverdue: followUp?.state === 'told' || followUp?.state === 'reminded',
      ...(settlement === undefined
        ? {}
        : { settledBy: { by: settlement.by_name, kind: settlement.kind, at: settlement.at } }),
    },
  };
}

/** The case as it was, in full: what taking a settlement back puts in place again. */
export interface CaseBefore {
  readonly mailState: MailState;
  readonly action: string;
  readonly reason: string;
  readonly scenario: string | null;
  readonly customerId: string | null;
  readonly decision: unknown;
  readonly proposal: unknown;
  readonly reply?: Readonly<Record<string, unknown>>;
  readonly followUp?: {
    readonly state: FollowUpState;
    readonly settledAt: string | null;
    readonly detail: string | null;
  };
}

export function caseBefore({ mailState, row, reply, followUp }: LockedCase): CaseBefore {
  return {
    mailState,
    action: row.action,
    reason: row.reason,
    scenario: row.scenario,
    customerId: row.customer_id,
    decision: row.decision,
    proposal: row.proposal,
    ...(reply === undefined ? {} : { reply: { ...reply } }),
    ...(followUp === undefined
      ? {}
      : {
          followUp: {
            state: followUp.state,
            settledAt: followUp.settled_at?.toISOString() ?? null,
            detail: followUp.detail,
          },
        }),
  };
}

/** A settlement with its line in the audit log. */
export async function writeSettlement(
  trx: DatabaseTransaction,
  found: LockedCase,
  settled: {
    readonly kind: SettlementKind;
    readonly act: Act;
    readonly undoUntil?: Date;
    readonly dismissal?: Dismissal;
    readonly note?: string;
    readonly chosen: DeskChosen;
    readonly after: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { kind, act, undoUntil, dismissal, note, chosen, after } = settled;
  const { case_id: caseId } = found.row;
  await trx
    .insertInto('desk_settlements')
    .values({
      case_id: caseId,
      kind,
      at: act.at,
      by_name: cleanText(act.by),
      via: act.via,
      undo_until: undoUntil ?? null,
      dismissal: dismissal ?? null,
      note: cleanOrNull(note),
      chosen: toJson(chosen),
      before: toJson(caseBefore(found)),
      ended_at: null,
      ended_by: null,
    })
    .execute();
  await auditCase(trx, caseId, act, { action: kind, before: shownOf(found), after });
}

/** No address and no words of anybody: the log outlives the case. */
export function shownOf({ row, reply }: LockedCase): Readonly<Record<string, string>> {
  return {
    action: row.action,
    reason: row.reason,
    ...(row.scenario === null ? {} : { scenario: row.scenario }),
    ...(row.customer_id === null ? {} : { customer: row.customer_id }),
    ...(reply === undefined ? {} : { reply: reply.state }),
  };
}

export function auditCase(
  trx: DatabaseTransaction,
  caseId: string,
  act: Act,
  entry: {
    readonly action: string;
    readonly before?: Readonly<Record<string, string>>;
    readonly after?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  return writeAudit(trx, { ...act, ...entry, subject: 'case', subjectId: caseId });
}

/** What keeps a reply from going out, as a refusal. */
export async function heldBack(
  trx: DatabaseTransaction,
  mailbox: string,
  address: string,
): Promise<Refused | undefined> {
  const [hold] = await holdsOn(trx, { mailbox, address });
  if (hold === undefined) return undefined;
  return refused(
    'held',
    hold.kind === 'mailbox'
      ? `Sending from this mailbox is paused: ${hold.detail}`
      : `A reply to this address came back, and nobody released it yet: ${hold.detail}`,
  );
}
