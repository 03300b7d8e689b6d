/**
 * Keys of the API's writes: of two requests with one key, one does the work.
 */
import {
  type IdempotentRequest,
  idempotencyKeptMs,
  idempotencyRunningMs,
  type KeptAnswer,
  type WriteClaim,
} from '../ports/idempotency.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

type Key = Pick<IdempotentRequest, 'owner' | 'key'>;

export async function claimWrite(
  db: Database,
  { owner, key, fingerprint, at }: IdempotentRequest,
): Promise<WriteClaim> {
  await db
    .deleteFrom('api_writes')
    .where('at', '<', new Date(at.getTime() - idempotencyKeptMs))
    .execute();
  const cutOffBefore = new Date(at.getTime() - idempotencyRunningMs);
  const begun = await db
    .insertInto('api_writes')
    .values({ owner: cleanText(owner), key: cleanText(key), fingerprint, at })
    .onConflict((conflict) =>
      conflict
        .columns(['owner', 'key'])
        .doUpdateSet({ at })
        .where('api_writes.status', 'is', null)
        .where('api_writes.fingerprint', '=', fingerprint)
        .where('api_writes.at', '<', cutOffBefore),
    )
    .returning('key')
    .executeTakeFirst();
  if (begun !== undefined) return { kind: 'begun' };
  const found = await db
    .selectFrom('api_writes')
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

export async function keepWriteAnswer(
  db: Database,
  { owner, key }: Key,
  { status, body }: KeptAnswer,
): Promise<void> {
  await db
    .updateTable('api_writes')
    .set({ status, body: cleanText(body) })
    .where('owner', '=', cleanText(owner))
    .where('key', '=', cleanText(key))
    .where('status', 'is', null)
    .execute();
}

export async function freeWrite(db: Database, { owner, key }: Key): Promise<void> {
  await db
    .deleteFrom('api_writes')
    .where('owner', '=', cleanText(owner))
    .where('key', '=', cleanText(key))
    .where('status', 'is', null)
    .execute();
}
