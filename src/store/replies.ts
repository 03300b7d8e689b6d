/**
 * Replies on their way: who may send one, and what became of it.
 *
 * A reply is sent by whoever moved it from `pending` to `sending`, and by nobody else. One that is found
 * in `sending` may or may not have gone out: it must never be sent again on its own.
 */
import { sql } from 'kysely';
import type { Reason } from '../core/reasons.ts';
import { keyWithoutAddress } from '../core/reply-key.ts';
import type { EarlierReply, SentBefore } from '../core/restrain.ts';
import type { ReplyClaim, ReplyHistoryQuery, ReplySettlement, ReplyState } from '../ports.ts';
import { addFollowUp } from './follow-ups.ts';
import { holdsOn } from './holds.ts';
import { cleanText } from './json.ts';
import { turnFollowUpsToReview, turnToReview } from './review.ts';
import type { Database } from './schema.ts';

/** Settled without having gone out: they occupy no key and count for no limit. */
export const unsentStates = ['rejected', 'withdrawn'] as const;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Delivery is given up after about two days, so nothing older can have gone out within the last one. */
const onItsWayMsMax = 4 * dayMs;

/**
 * The replies under the key, or under one that goes on with `:`; of those that went out the newest. Of those whose
 * contents were deleted the key no longer names the address.
 */
async function withSameKey(
  db: Database,
  { replyKey, address }: Pick<ReplyHistoryQuery, 'replyKey' | 'address'>,
): Promise<Pick<SentBefore, 'sameKey' | 'sameKeyCount' | 'sameKeyRows'>> {
  const keys = [...new Set([replyKey, keyWithoutAddress(replyKey, address)])].map(cleanText);
  const wentOut = sql<boolean>`state not in ('rejected', 'withdrawn')`;
  const rows = await db
    .selectFrom('replies')
    .select(['case_id', 'to_address', 'state'])
    .select(sql<string | null>`content->'to'->>'name'`.as('to_name'))
    .select(sql<Date>`coalesce(settled_at, created_at)`.as('at'))
    .select(wentOut.as('went_out'))
    .select(sql<string>`count(*) filter (where ${wentOut}) over ()`.as('count'))
    .select(sql<string>`count(*) over ()`.as('rows'))
    // `;` follows `:` in ASCII: the range of all keys that go on with `:`.
    .where((where) =>
      where.or(
        keys.flatMap((key) => [
          where('reply_key', '=', key),
          where.and([where('reply_key', '>=', `${key}:`), where('reply_key', '<', `${key};`)]),
        ]),
      ),
    )
    .orderBy('went_out', 'desc')
    .orderBy('at', 'desc')
    .orderBy('created_at', 'desc')
    .limit(1)
    .execute();
  const [newest] = rows;
  if (newest === undefined) return { sameKeyCount: 0, sameKeyRows: 0 };
  const { case_id: caseId, to_address: to, to_name: toName, state, at } = newest;
  const earlier: EarlierReply = {
    caseId,
    to,
    ...(toName === null ? {} : { toName }),
    at,
    state: earlierState(state),
  };
  return {
    ...(newest.went_out ? { sameKey: earlier } : {}),
    sameKeyCount: Number(newest.count),
    sameKeyRows: Number(newest.rows),
  };
}

function earlierState(state: ReplyState): EarlierReply['state'] {
  if (state === 'pending' || state === 'sending') return 'open';
  return state === 'sent' || state === 'undeliverable' ? state : 'unconfirmed';
}

type Counts = Pick<SentBefore, 'toAddressLastDay' | 'toDomainLastHour' | 'fromMailboxLastHour'>;

/** Replies that went out within the hour or the day, or are on their way, each by its own index. */
export async function countReplies(
  db: Database,
  query: Omit<ReplyHistoryQuery, 'replyKey'>,
): Promise<Counts> {
  const address = cleanText(query.address.toLowerCase());
  const domain = cleanText(query.domain.toLowerCase());
  const since = (ms: number) => new Date(query.now.getTime() - ms);
  const hour = sql<boolean>`(settled_at is null or settled_at > ${since(hourMs)})`;
  // Whoever released a mailbox has seen what went out before: the breaker counts anew.
  const sinceRelease = sql<boolean>`(settled_at is null
    or coalesce(claimed_at, created_at) > coalesce((select max(released_at) from holds
    where kind = 'mailbox' and name = ${query.mailbox}), '-infinity'))`;
  const counts = await db
    .selectFrom('replies')
    .select([
      sql<string>`count(*) filter (where to_address = ${address})`.as('address'),
      sql<string>`count(*) filter (where ${hour} and (to_domain = ${domain} or to_address = ${domain}))`.as(
        'domain',
      ),
      sql<string>`count(*) filter (where ${hour} and mailbox = ${query.mailbox} and ${sinceRelease})`.as(
        'mailbox',
      ),
    ])
    .where('created_at', '>', since(onItsWayMsMax))
    .where((where) =>
      where.or([
        where('mailbox', '=', query.mailbox),
        where('to_domain', '=', domain),
        where('to_address', 'in', [address, domain]),
      ]),
    )
    .where((where) =>
      where.or([
        where('state', 'in', ['pending', 'sending']),
        where('state', 'not in', unsentStates).and('settled_at', '>', since(dayMs)),
      ]),
    )
    .executeTakeFirstOrThrow();
  return {
    toAddressLastDay: Number(counts.address),
    toDomainLastHour: Number(counts.domain),
    fromMailboxLastHour: Number(counts.mailbox),
  };
}

export async function replyHistory(db: Database, query: ReplyHistoryQuery): Promise<SentBefore> {
  return {
    ...(await withSameKey(db, query)),
    ...(await countReplies(db, query)),
    holds: await holdsOn(db, query),
  };
}

export async function claimReply(db: Database, caseId: string, at: Date): Promise<ReplyClaim> {
  // One statement decides: of two that try, the second finds the reply no longer pending.
  const claimed = await db
    .updateTable('replies')
    .set((set) => ({ state: 'sending', attempts: set('attempts', '+', 1), claimed_at: at }))
    .where('case_id', '=', caseId)
    .where('state', '=', 'pending')
    // A hold that was placed a moment ago counts.
    .where(
      sql<boolean>`not exists (select from holds where released_at is null and (
        (kind = 'mailbox' and name = replies.mailbox)
        or (kind = 'address' and name = replies.to_address)))`,
    )
    .returning(['content', 'attempts'])
    .executeTakeFirst();
  if (claimed !== undefined)
    return { status: 'claimed', reply: claimed.content, attempt: claimed.attempts };
  const found = await db
    .selectFrom('replies')
    .select('state')
    .where('case_id', '=', caseId)
    .executeTakeFirst();
  // Held, or pending again since the statement above: the next attempt takes it, or takes it back.
  if (found?.state === 'pending') return { status: 'held' };
  return { status: found?.state === 'sending' ? 'interrupted' : 'settled' };
}

/**
 * Writes down what became of an attempt. Only a reply that is being sent is settled. `sent` is also taken
 * for one that was held to be unconfirmed: the server has spoken after all; the case stays with the desk.
 */
export async function settleReply(
  db: Database,
  caseId: string,
  settlement: ReplySettlement,
): Promise<void> {
  const { state, at } = settlement;
  const response = cleanText(settlement.response);
  await db.transaction().execute(async (trx) => {
    const settled = await trx
      .updateTable('replies')
      .set({ state, response, settled_at: state === 'pending' ? null : at })
      .where('case_id', '=', caseId)
      .where('state', 'in', state === 'sent' ? ['sending', 'unconfirmed'] : ['sending'])
      .returning(['case_id', 'mailbox'])
      .executeTakeFirst();
    if (settled !== undefined && settlement.state === 'sent' && settlement.followUp !== undefined)
      await addFollowUp(trx, { caseId, mailbox: settled.mailbox, ...settlement.followUp });
    if (settled === undefined || state === 'sent' || state === 'pending') return;
    const reason = state === 'rejected' ? 'review-rejected' : 'review-unconfirmed';
    await turnToReview(trx, caseId, {
      reason,
      evidence: { stage: 'deliver', code: state, detail: response },
    });
    await turnFollowUpsToReview(trx, caseId, reason);
  });
}

/** Takes a pending reply back; one that is on its way already is left alone. */
export async function withdrawReply(
  db: Database,
  caseId: string,
  withdrawal: { readonly at: Date; readonly reason: Reason; readonly detail: string },
): Promise<boolean> {
  const detail = cleanText(withdrawal.detail);
  return db.transaction().execute(async (trx) => {
    const withdrawn = await trx
      .updateTable('replies')
      .set({ state: 'withdrawn', response: detail, settled_at: withdrawal.at })
      .where('case_id', '=', caseId)
      .where('state', '=', 'pending')
      .returning('case_id')
      .executeTakeFirst();
    if (withdrawn === undefined) return false;
    await turnToReview(trx, caseId, {
      reason: withdrawal.reason,
      evidence: { stage: 'deliver', code: withdrawal.reason, detail },
    });
    await turnFollowUpsToReview(trx, caseId, withdrawal.reason);
    return true;
  });
}
