/**
 * Cases as lines of a list: the columns that every list of the console reads, and the line made of them.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Scenario } from '../core/decision.ts';
import type { Action, Reason } from '../core/reasons.ts';
import type { CaseLine } from '../ports/console.ts';
import type { Dismissal, Settlement, SettlementKind } from '../ports/desk.ts';
import type { ReplyState } from '../ports.ts';

export interface CaseLineRow {
  readonly case_id: string;
  readonly mailbox: string;
  readonly received_at: Date;
  readonly decided_at: Date;
  readonly subject: string;
  readonly sender: string | null;
  readonly action: Action;
  readonly reason: Reason;
  readonly scenario: Scenario | null;
  readonly customer_id: string | null;
  readonly customer_name: string | null;
  readonly reply_state: ReplyState | null;
  readonly expires_on: string | null;
  readonly has_proposal: boolean;
  readonly overdue_since: Date | null;
  readonly settlement_kind: SettlementKind | null;
  readonly settlement_at: Date | null;
  readonly settlement_by: string | null;
  readonly settlement_undo_until: Date | null;
  readonly settlement_dismissal: Dismissal | null;
  readonly settlement_note: string | null;
}

/** Of the row `c` of `cases`, with what `caseLineJoins` puts beside it. */
export const caseLineColumns: RawBuilder<unknown> = sql`
  c.case_id, c.mailbox, m.received_at, c.decided_at, c.subject, c.decision->>'sender' as sender,
  c.action, c.reason, c.scenario, c.customer_id, cu.name as customer_name, r.state as reply_state,
  c.decision->'notice'->>'expiresOn' as expires_on,
  (c.proposal is not null or jsonb_exists(c.decision, 'plan')) as has_proposal,
  f.due_at as overdue_since, s.kind as settlement_kind, s.at as settlement_at,
  s.by_name as settlement_by, s.undo_until as settlement_undo_until,
  s.dismissal as settlement_dismissal, s.note as settlement_note`;

/** A case that waits again shows no settlement: what was done with it before stands in its history. */
export const caseLineJoins: RawBuilder<unknown> = sql`
  join mails m on m.case_id = c.case_id
  left join replies r on r.case_id = c.case_id
  left join customers cu on cu.id = c.customer_id
  left join follow_ups f on f.case_id = c.case_id and f.state in ('told', 'reminded')
  left join lateral (
    select kind, at, by_name, undo_until, dismissal, note from desk_settlements d
    where d.case_id = c.case_id and d.ended_at is null
      and (c.settled_at is not null or (c.action <> 'review' and f.case_id is null))
    order by d.id desc limit 1
  ) s on true`;

export function caseLineOf(row: CaseLineRow): CaseLine {
  const settlement = settlementOf(row);
  return {
    caseId: row.case_id,
    mailbox: row.mailbox,
    receivedAt: row.received_at,
    decidedAt: row.decided_at,
    subject: row.subject,
    ...(row.sender === null ? {} : { sender: row.sender }),
    action: row.action,
    reason: row.reason,
    ...(row.scenario === null ? {} : { scenario: row.scenario }),
    ...(row.customer_id === null ? {} : { customerId: row.customer_id }),
    ...(row.customer_name === null ? {} : { customerName: row.customer_name }),
    ...(row.reply_state === null ? {} : { replyState: row.reply_state }),
    ...(row.expires_on === null ? {} : { expiresOn: row.expires_on }),
    hasProposal: row.has_proposal,
    ...(row.overdue_since === null ? {} : { overdueSince: row.overdue_since }),
    ...(settlement === undefined ? {} : { settlement }),
  };
}

function settlementOf(row: CaseLineRow): Settlement | undefined {
  const { settlement_kind: kind, settlement_at: at, settlement_by: by } = row;
  if (kind === null || at === null || by === null) return undefined;
  return {
    caseId: row.case_id,
    kind,
    at,
    by,
    ...(row.settlement_undo_until === null ? {} : { undoUntil: row.settlement_undo_until }),
    ...(row.settlement_dismissal === null ? {} : { dismissal: row.settlement_dismissal }),
    ...(row.settlement_note === null ? {} : { note: row.settlement_note }),
  };
}
