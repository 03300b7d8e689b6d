/**
 * Names of customers that are alike, measured by PostgreSQL's own trigrams (pg_trgm).
 *
 * An index of trigrams takes tens of milliseconds among a million names, and more with every name. So only the
 * neighbours of a name are measured: those next to it in the order of their beginnings and of their ends. That
 * misses a name with a slip at both ends, and costs the same among any number of customers.
 *
 * PGlite brings the extension along; a server may not have it, or may not let us create it: then names are
 * found only where they are the same, which is weaker and never wrong.
 */
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import { nameNeighboursMax, similarNamesMax } from '../core/limits.ts';
import { likenessMin } from '../core/match.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/** Creates the extension where it is missing. False where the server has none, or does not let us. */
export async function prepareSimilarNames(db: Database): Promise<boolean> {
  const { rows } = await sql<{ there: boolean; available: boolean }>`
    select exists (select from pg_extension where extname = 'pg_trgm') as there,
      exists (select from pg_available_extensions where name = 'pg_trgm') as available`.execute(db);
  const [found] = rows;
  if (found?.there === true) return true;
  if (found?.available !== true) return false;
  try {
    await sql`create extension if not exists pg_trgm`.execute(db);
    return true;
  } catch (error) {
    if (codeOf(error) === insufficientPrivilege) return false;
    // Of two processes that create it at once, the second finds it there.
    if (codeOf(error) === uniqueViolation) return prepareSimilarNames(db);
    throw error;
  }
}

/** PostgreSQL, Appendix A: this user may not create extensions in this database. */
const insufficientPrivilege = '42501';
const uniqueViolation = '23505';

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

export async function findSimilar(db: Database, name: string): Promise<readonly Customer[]> {
  const asked = cleanText(name);
  const { rows } = await sql<{ record: Customer }>`
    with near as (
      (select value, customer_id from customer_keys
       where kind = 'organization' and value >= ${asked}
       order by value, customer_id limit ${nameNeighboursMax})
      union
      (select value, customer_id from customer_keys
       where kind = 'organization' and value < ${asked}
       order by value desc, customer_id desc limit ${nameNeighboursMax})
      union
      (select value, customer_id from customer_keys
       where kind = 'organization' and reverse(value) >= reverse(${asked})
       order by reverse(value), customer_id limit ${nameNeighboursMax})
      union
      (select value, customer_id from customer_keys
       where kind = 'organization' and reverse(value) < reverse(${asked})
       order by reverse(value) desc, customer_id desc limit ${nameNeighboursMax})
    ),
    measured as materialized (
      select customer_id, similarity(value, ${asked}) as likeness from near
    )
    select c.record
    from (
      select customer_id, likeness from measured
      where likeness >= ${likenessMin}
      order by likeness desc, customer_id
      limit ${similarNamesMax}
    ) as alike
    join customers c on c.id = alike.customer_id
    order by alike.likeness desc, c.id`.execute(db);
  return rows.map(({ record }) => record);
}
