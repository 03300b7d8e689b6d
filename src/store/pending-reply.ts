/**
 * A reply that is to go out, as its row begins; whoever saves one, by itself or for the desk, comes by here.
 */
import { sql } from 'kysely';
import { domainOf, normalizeAddress, organizationalDomain } from '../core/address.ts';
import type { Reply } from '../core/decision.ts';
import { cleanText, toJson } from './json.ts';
import type { DatabaseTransaction } from './schema.ts';

export interface PendingReply {
  readonly caseId: string;
  readonly mailbox: string;
  readonly replyKey: string;
  readonly content: Reply;
  readonly at: Date;
  /** Of one that goes again: those before. */
  readonly attempts?: number;
  /** Until then it can be taken back. */
  readonly notBefore?: Date;
}

/** False when another case holds the reply key. Waits for a transaction that is about to take it. */
export async function insertPending(
  trx: DatabaseTransaction,
  { caseId, mailbox, replyKey, content, at, attempts, notBefore }: PendingReply,
): Promise<boolean> {
  const address = normalizeAddress(content.to.address);
  const rows = await trx
    .insertInto('replies')
    .values({
      case_id: caseId,
      mailbox,
      reply_key: cleanText(replyKey),
      state: 'pending',
      content: toJson(content),
      to_address: cleanText(address),
      to_domain: cleanText(organizationalDomain(domainOf(address))),
      response: null,
      created_at: at,
      claimed_at: null,
      settled_at: null,
      ...(attempts === undefined ? {} : { attempts }),
      ...(notBefore === undefined ? {} : { not_before: notBefore }),
    })
    .onConflict((conflict) =>
      // The condition of the index, which the planner must see.
      conflict
        .column('reply_key')
        .where(sql<boolean>`state not in ('rejected', 'withdrawn')`)
        .doNothing(),
    )
    .returning('case_id')
    .execute();
  return rows.length === 1;
}
