/**
 * What went out before, as far as the limits and the reply keys ask: for many replies in one statement.
 */
import { type RawBuilder, sql } from 'kysely';
import { keyWithoutAddress } from '../core/reply-key.ts';
import type { EarlierReply, SentBefore } from '../core/restrain.ts';
import type { Hold, HoldKind, ReplyHistoryQuery, ReplyState } from '../ports.ts';
import { heldAddress } from './holds.ts';
import { cleanText } from './json.ts';
import { prepared } from './prepared.ts';
import type { Database } from './schema.ts';

export type CountQuery = Omit<ReplyHistoryQuery, 'replyKey'>;
export type ReplyCounts = Pick<
  SentBefore,
  'toAddressLastDay' | 'toDomainLastHour' | 'fromMailboxLastHour'
>;

/** The questions as rows of `asked`, numbered from 1 by `place`. */
export function askedRows(queries: readonly CountQuery[]): RawBuilder<unknown> {
  return sql`unnest(
      ${queries.map((query) => cleanText(query.address.toLowerCase()))}::text[],
      ${queries.map((query) => cleanText(query.domain.toLowerCase()))}::text[],
      ${queries.map((query) => query.mailbox)}::text[],
      ${queries.map((query) => heldAddress(query.address))}::text[],
      ${queries.map((query) => query.now.toISOString())}::timestamptz[]
    ) with ordinality as asked(address, domain, mailbox, held_address, now, place)`;
}

/**
 * Counts and holds of each row of `asked`, as columns of `found`. `wentOut`: replies that went out, may have, or
 * are on their way. Delivery is given up after about two days, so nothing that is older than four counts.
 *
 * What a mailbox sent is counted once for all rows of it. Whoever released a mailbox has seen what went out
 * before: the breaker counts anew.
 */
export const countedRows = sql`
  mailboxes as materialized (
    select mailbox, min(now) as now,
      coalesce((select max(released_at) from holds
        where kind = 'mailbox' and name = mailbox), '-infinity') as released_at
    from asked group by mailbox
  ),
  sent as materialized (
    select m.mailbox,
      (select count(*) from replies r
        where r.mailbox = m.mailbox and r.state not in ('pending', 'sending', 'rejected', 'withdrawn')
          and r.settled_at > m.now - interval '1 hour'
          and r.created_at > m.now - interval '4 days'
          and coalesce(r.claimed_at, r.created_at) > m.released_at)
      + (select count(*) from replies r
        where r.mailbox = m.mailbox and r.state in ('pending', 'sending')
          and r.created_at > m.now - interval '4 days') as replies
    from mailboxes m
  ),
  counted as (
    select asked.place,
      (select count(*) from replies r
        where r.to_address = asked.address
          and r.created_at > asked.now - interval '4 days'
          and (r.state in ('pending', 'sending')
            or (r.state not in ('rejected', 'withdrawn') and r.settled_at > asked.now - interval '1 day'))
      ) as to_address,
      (select count(*) from replies r
        where (r.to_domain = asked.domain or r.to_address = asked.domain)
          and r.created_at > asked.now - interval '4 days'
          and (r.state in ('pending', 'sending')
            or (r.state not in ('rejected', 'withdrawn') and r.settled_at > asked.now - interval '1 hour'))
      ) as to_domain,
      sent.replies as from_mailbox,
      (select json_agg(json_build_object('kind', kind, 'name', name, 'at', at, 'detail', detail,
          'case_id', case_id) order by id)
        from holds where released_at is null
          and ((kind = 'mailbox' and name = asked.mailbox)
            or (kind = 'address' and name = asked.held_address))) as holds
    from asked join sent using (mailbox)
  )`;

interface HoldJson {
  readonly kind: HoldKind;
  readonly name: string;
  readonly at: string;
  readonly detail: string;
  readonly case_id: string | null;
}

export interface CountedRow {
  readonly to_address: string;
  readonly to_domain: string;
  readonly from_mailbox: string;
  readonly holds: readonly HoldJson[] | null;
}

export function countsOf(row: CountedRow): ReplyCounts {
  return {
    toAddressLastDay: Number(row.to_address),
    toDomainLastHour: Number(row.to_domain),
    fromMailboxLastHour: Number(row.from_mailbox),
  };
}

function holdsOf({ holds }: CountedRow): readonly Hold[] {
  return (holds ?? []).map(({ kind, name, at, detail, case_id: caseId }) => ({
    kind,
    name,
    at: new Date(at),
    detail,
    ...(caseId === null ? {} : { caseId }),
  }));
}

/** Replies that went out within the hour or the day, or are on their way. */
export async function countReplies(db: Database, query: CountQuery): Promise<ReplyCounts> {
  const { rows } = await sql<CountedRow>`${prepared('count-replies')}
    with asked as materialized (select * from ${askedRows([query])}), ${countedRows}
    select to_address, to_domain, from_mailbox, holds from counted`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('a count has no row');
  return countsOf(row);
}

interface HistoryRow extends CountedRow {
  readonly case_id: string | null;
  readonly to: string;
  readonly to_name: string | null;
  readonly state: ReplyState;
  readonly at: Date;
  readonly went_out: boolean;
  readonly same_count: string;
  readonly same_rows: string;
}

/** One after the other as they were asked. */
export async function replyHistories(
  db: Database,
  queries: readonly ReplyHistoryQuery[],
): Promise<readonly SentBefore[]> {
  const keys = queries.map(({ replyKey }) => cleanText(replyKey));
  // Of replies whose contents were deleted the key names no address any more.
  const hidden = queries.map(({ replyKey, address }) =>
    cleanText(keyWithoutAddress(replyKey, address)),
  );
  const { rows } = await sql<HistoryRow>`${prepared('reply-histories')}
    with asked as materialized (select * from ${askedRows(queries)}), ${countedRows}
    select counted.to_address, counted.to_domain, counted.from_mailbox, counted.holds, same.*
    from counted
    join unnest(${keys}::text[], ${hidden}::text[]) with ordinality as k(key, hidden, place) using (place)
    left join lateral (
      select r.case_id, r.to_address as "to", r.state, r.content->'to'->>'name' as to_name,
        coalesce(r.settled_at, r.created_at) as at,
        r.state not in ('rejected', 'withdrawn') as went_out,
        count(*) filter (where r.state not in ('rejected', 'withdrawn')) over () as same_count,
        count(*) over () as same_rows
      from replies r
      -- ; follows : in ASCII: the range of all keys that go on with a colon.
      where r.reply_key = k.key or (r.reply_key >= k.key || ':' and r.reply_key < k.key || ';')
        or r.reply_key = k.hidden
        or (r.reply_key >= k.hidden || ':' and r.reply_key < k.hidden || ';')
      order by went_out desc, at desc, r.created_at desc
      limit 1
    ) as same on true
    order by counted.place`.execute(db);
  return rows.map((row) => ({ ...sameKeyOf(row), ...countsOf(row), holds: holdsOf(row) }));
}

/** The replies under the key, or under one that goes on with `:`; of those that went out the newest. */
function sameKeyOf(row: HistoryRow): Pick<SentBefore, 'sameKey' | 'sameKeyCount' | 'sameKeyRows'> {
  if (row.case_id === null) return { sameKeyCount: 0, sameKeyRows: 0 };
  const sameKey: EarlierReply = {
    caseId: row.case_id,
    to: row.to,
    ...(row.to_name === null ? {} : { toName: row.to_name }),
    at: row.at,
    state: earlierState(row.state),
  };
  return {
    ...(row.went_out ? { sameKey } : {}),
    sameKeyCount: Number(row.same_count),
    sameKeyRows: Number(row.same_rows),
  };
}

function earlierState(state: ReplyState): EarlierReply['state'] {
  if (state === 'pending' || state === 'sending') return 'open';
  return state === 'sent' || state === 'undeliverable' ? state : 'unconfirmed';
}
