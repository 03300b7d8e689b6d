/**
 * Cases as lines of a list: the columns that every list of the console reads, and the line made of them.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Scenario } from '../core/decision.ts';
import type { Action, Reason } from '../core/reasons.ts';
import type { CaseLine } from '../ports/console.ts';
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
}

/** Of the row `c` of `cases`, with what `caseLineJoins` puts beside it. */
export const caseLineColumns: RawBuilder<unknown> = sql`
  c.case_id, c.mailbox, m.received_at, c.decided_at, c.subject, c.decision->>'sender' as sender,
  c.action, c.reason, c.scenario, c.customer_id, cu.name as customer_name, r.state as reply_state,
  c.decision->'notice'->>'expiresOn' as expires_on, c.proposal is not null as has_proposal,
  f.due_at as overdue_since`;

export const caseLineJoins: RawBuilder<unknown> = sql`
  join mails m on m.case_id = c.case_id
  left join replies r on r.case_id = c.case_id
  left join customers cu on cu.id = c.customer_id
  left join follow_ups f on f.case_id = c.case_id and f.state in ('told', 'reminded')`;

export function caseLineOf(row: CaseLineRow): CaseLine {
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
  };
}
