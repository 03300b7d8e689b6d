/**
 * Names of customers that are alike, by PostgreSQL's own trigrams (pg_trgm) and an index over them.
 *
 * PGlite brings the extension along; a server may not have it, or may not let us create it: then names are
 * found only where they are the same, which is weaker and never wrong.
 */
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import { similarNamesMax } from '../core/limits.ts';
import { likenessMin } from '../core/match.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/** Said to each connection: `%` then means as much likeness as the core asks for. */
export const likenessSetting = `set pg_trgm.similarity_threshold to ${likenessMin}`;

const indexName = 'customer_keys_alike';
/** Spells `ALIK`: of several processes one creates what is missing. */
const prepareLock = 0x414c494b;

async function isPrepared(db: Database): Promise<boolean> {
  const { rows } = await sql<{ ready: boolean }>`
    select exists (select from pg_extension where extname = 'pg_trgm')
      and to_regclass(${indexName}) is not null as ready`.execute(db);
  return rows[0]?.ready === true;
}

/** Creates extension and index where they are missing. False where the server does not let us. */
export async function prepareSimilarNames(db: Database): Promise<boolean> {
  if (await isPrepared(db)) return true;
  const { rows } = await sql<{ there: boolean }>`
    select exists (select from pg_available_extensions where name = 'pg_trgm') as there`.execute(
    db,
  );
  if (rows[0]?.there !== true) return false;
  try {
    await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${prepareLock})`.execute(trx);
      await sql`create extension if not exists pg_trgm`.execute(trx);
      await sql`
        create index if not exists ${sql.id(indexName)} on customer_keys using gin (value gin_trgm_ops)
        where kind = 'organization'`.execute(trx);
    });
    return true;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}

/** PostgreSQL's class 42501: this user may not create extensions, or not in this database. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

export async function findSimilar(db: Database, name: string): Promise<readonly Customer[]> {
  const asked = cleanText(name);
  const { rows } = await sql<{ record: Customer }>`
    select c.record
    from (
      select customer_id, similarity(value, ${asked}) as likeness
      from customer_keys
      where kind = 'organization' and value % ${asked}
      order by likeness desc, customer_id
      limit ${similarNamesMax}
    ) as alike
    join customers c on c.id = alike.customer_id
    order by alike.likeness desc, c.id`.execute(db);
  return rows.map(({ record }) => record);
}
