/**
 * Searching by parts of words: the terms of a search as patterns, and the index that finds them.
 *
 * The index needs pg_trgm, which a server may not have. Then, and for terms that are too short for it, only the
 * newest rows are looked through, so that a search never reads a whole ledger.
 */
import { type RawBuilder, sql } from 'kysely';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/** Rows that are looked through where no index can help: some 50 ms. */
export const scannedRowsMax = 20_000;

/** Terms of one search. People type two or three. */
const termsMax = 8;
/** A trigram needs three signs. RFC 5322 ids and addresses are far below the other end. */
const indexedCharsMin = 3;
const termCharsMax = 200;

/** What a search asks for. */
export interface SearchTerms {
  /** All of them must be found. */
  readonly patterns: readonly string[];
  /** Whether an index of trigrams finds them. */
  readonly isIndexed: boolean;
}

export function searchTerms(text: string, hasTrigrams: boolean): SearchTerms {
  const terms = cleanText(text)
    .split(/\s+/)
    .filter((term) => term !== '')
    .slice(0, termsMax)
    .map((term) => term.slice(0, termCharsMax));
  return {
    patterns: terms.map((term) => `%${term.replace(/[\\%_]/g, '\\$&')}%`),
    isIndexed: hasTrigrams && terms.some(isIndexable),
  };
}

/** Trigrams are made of letters and digits that stand together. */
function isIndexable(term: string): boolean {
  return (term.match(/[\p{L}\p{N}]+/gu) ?? []).some((part) => part.length >= indexedCharsMin);
}

/** Rows whose column of words has all of them. The database folds both sides by its own rules. */
export function hasWords(column: string, { patterns }: SearchTerms): RawBuilder<boolean> {
  const conditions = patterns.map((pattern) => sql`${sql.ref(column)} like lower(${pattern})`);
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

const indexes = [
  { name: 'cases_by_words', table: 'cases' },
  { name: 'customers_by_words', table: 'customers' },
] as const;

/** The name of the lock under which the indexes are made: of two processes that start at once one waits. */
const indexLock = 0x53454152;

/**
 * Makes the indexes where they are missing: a server may get pg_trgm long after the tables. Making one over a large
 * ledger takes a minute, once.
 */
export async function prepareSearch(db: Database): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select indexname as name from pg_indexes
    where schemaname = current_schema() and indexname in (${sql.join(indexes.map(({ name }) => name))})`.execute(
    db,
  );
  const there = new Set(rows.map(({ name }) => name));
  for (const { name, table } of indexes) {
    if (there.has(name) || !(await hasWordsColumn(db, table))) continue;
    await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${indexLock})`.execute(trx);
      await sql`create index if not exists ${sql.ref(name)} on ${sql.table(table)}
        using gin (words gin_trgm_ops)`.execute(trx);
    });
  }
}

/** An older schema that a test opens has none. */
async function hasWordsColumn(db: Database, table: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select exists (select from pg_attribute
      where attrelid = to_regclass(${table}) and attname = 'words') as there`.execute(db);
  return rows[0]?.there === true;
}
