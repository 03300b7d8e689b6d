/**
 * The list of customers: by words, in the order of their ids, a page after the other.
 */
import { sql } from 'kysely';
import type { CustomerLine } from '../ports/console.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';
import { hasWords, scannedRowsMax, searchTerms } from './search-words.ts';

export async function searchCustomers(
  db: Database,
  {
    text = '',
    afterId,
    limit,
  }: { readonly text?: string; readonly afterId?: string; readonly limit: number },
  hasTrigrams: boolean,
): Promise<readonly CustomerLine[]> {
  const terms = searchTerms(text, hasTrigrams);
  const behind = afterId === undefined ? sql`` : sql` and id > ${cleanText(afterId)}`;
  const found = terms.patterns.length === 0 ? sql`` : sql` and ${hasWords('words', terms)}`;
  const isScan = terms.patterns.length > 0 && !terms.isIndexed;
  const from = isScan
    ? sql`(select * from customers where true${behind} order by id limit ${scannedRowsMax}) as c`
    : sql`customers as c`;
  const { rows } = await sql<{
    id: string;
    name: string;
    tenant_domain: string | null;
    subscriptions: number;
    updated_at: Date;
  }>`
    select id, name, record->>'tenantDomain' as tenant_domain,
      jsonb_array_length(record->'subscriptions') as subscriptions, updated_at
    from ${from}
    where true${behind}${found}
    order by id limit ${limit}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    ...(row.tenant_domain === null ? {} : { tenantDomain: row.tenant_domain }),
    subscriptions: row.subscriptions,
    updatedAt: row.updated_at,
  }));
}
