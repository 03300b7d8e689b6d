/**
 * What became of a record: the lines of history that are written with it.
 */
import type { HistoryEntry } from '../ports/records.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/**
 * Newest first, by when they were written: whoever changes a record holds it, while the clocks of two workers
 * may differ.
 */
export async function listHistory(
  db: Database,
  customerId: string,
  limit: number,
): Promise<readonly HistoryEntry[]> {
  const rows = await db
    .selectFrom('customer_changes')
    .select(['at', 'kind', 'fields', 'source', 'from_name', 'by_name'])
    .where('customer_id', '=', cleanText(customerId))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ at, kind, fields, source, from_name, by_name }) => ({
    customerId,
    kind,
    fields,
    at,
    origin: { source, from: from_name, by: by_name },
  }));
}
