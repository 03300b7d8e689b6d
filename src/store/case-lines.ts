/**
 * Cases as lines of a list, in the order asked.
 */
import { sql } from 'kysely';
import type { CaseLine } from '../ports/console.ts';
import type { ReplyState } from '../ports.ts';
import type { Database, Schema } from './schema.ts';

type CaseRow = Schema['cases'];

interface LineRow extends Pick<CaseRow, 'case_id' | 'mailbox' | 'subject' | 'decided_at'> {
  readonly action: CaseLine['action'];
  readonly reason: CaseLine['reason'];
  readonly scenario: CaseLine['scenario'] | null;
  readonly customer_id: string | null;
  readonly received_at: Date;
  readonly sender: string | null;
  readonly customer_name: string | null;
  readonly reply_state: ReplyState | null;
  readonly expires_on: string | null;
  readonly has_proposal: boolean;
  readonly overdue_since: Date | null;
}

export async function readCaseLines(
  db: Database,
  caseIds: readonly string[],
): Promise<readonly CaseLine[]> {
  if (caseIds.length === 0) return [];
  const { rows } = await sql<LineRow>`
    select c.case_id, c.mailbox, c.subject, c.decided_at, c.action, c.reason, c.scenario, c.customer_id,
      m.received_at, c.decision->>'sender' as sender, r.state as reply_state,
      coalesce(k.name, c.decision->'match'->'customer'->>'name') as customer_name,
      c.decision->'notice'->>'expiresOn' as expires_on, c.proposal is not null as has_proposal,
      f.settled_at as overdue_since
    from unnest(${[...caseIds]}::text[]) with ordinality as asked(case_id, place)
    join cases c on c.case_id = asked.case_id
    join mails m on m.case_id = c.case_id
    left join replies r on r.case_id = c.case_id
    left join customers k on k.id = c.customer_id
    left join follow_ups f on f.case_id = c.case_id and f.state in ('told', 'reminded')
    order by asked.place`.execute(db);
  return rows.map(lineOf);
}

function lineOf(row: LineRow): CaseLine {
  return {
    caseId: row.case_id,
    mailbox: row.mailbox,
    receivedAt: row.received_at,
    decidedAt: row.decided_at,
    subject: row.subject,
    action: row.action,
    reason: row.reason,
    hasProposal: row.has_proposal,
    ...present('sender', row.sender),
    ...present('scenario', row.scenario),
    ...present('customerId', row.customer_id),
    ...present('customerName', row.customer_name),
    ...present('replyState', row.reply_state),
    ...present('expiresOn', row.expires_on),
    ...present('overdueSince', row.overdue_since),
  };
}

function present<Key extends string, Value>(
  key: Key,
  value: Value | null | undefined,
): { readonly [K in Key]?: Value } {
  return value === null || value === undefined
    ? {}
    : ({ [key]: value } as { readonly [K in Key]: Value });
}
