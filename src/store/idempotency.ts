/**
 * Keys of the API's writes: of two requests with one key, one does the work.
 */
import {
  type IdempotencyClaim,
  type IdempotentRequest,
  idempotencyKeptMs,
  idempotencyRunningMs,
  type KeptAnswer,
} from '../ports/idempotency.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

type Key = Pick<IdempotentRequest, 'owner' | 'key'>;

export async function claimIdempotencyKey(
  db: Database,
  { owner, key, fingerprint, at }: IdempotentRequest,
): Promise<IdempotencyClaim> {
  await db
    .deleteFrom('idempotency_keys')
    .where('at', '<', new Date(at.getTime() - idempotencyKeptMs))
    .execute();
  const cutOffBefore = new Date(at.getTime() - idempotencyRunningMs);
  const begun = await db
    .insertInto('idempotency_keys')
    .values({ owner: cleanText(owner), key: cleanText(key), fingerprint, at })
    .onConflict((conflict) =>
      conflict
        .columns(['owner', 'key'])
        .doUpdateSet({ at })
        .where('idempotency_keys.status', 'is', null)
        .where('idempotency_keys.fingerprint', '=', fingerprint)
        .where('idempotency_keys.at', '<', cutOffBefore),
    )
    .returning('key')
    .executeTakeFirst();
  if (begun !== undefined) return { kind: 'begun' };
  const found = await db
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'status', 'body'])
    .where('owner', '=', cleanText(owner))
    .where('key', '=', cleanText(key))
    .executeTakeFirst();
  // Freed this very moment: the client is told to come again.
  if (found === undefined) return { kind: 'running' };
  if (found.fingerprint !== fingerprint) return { kind: 'other-request' };
  return found.status === null
    ? { kind: 'running' }
    : { kind: 'answered', answer: { status: found.status, body: found.body ?? '' } };
}

export async function keepAnswer(
  db: Database,
  { owner, key }: Key,
  { status, body }: KeptAnswer,
): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ status, body: cleanText(body) })
    .where('owner', '=', cleanText(owner))
    .where('key', '=', cleanText(key))
    .where('status', 'is', null)
    .execute();
}

export async function freeIdempotencyKey(db: Database, { owner, key }: Key): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('owner', '=', cleanText(owner))
    .where('key', '=', cleanText(key))
    .where('status', 'is', null)
    .execute();
}
