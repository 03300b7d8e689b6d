/**
 * The list of cases: by words and filters, newest decision first, a page after the other by where the last ended.
 */
import { type RawBuilder, sql } from 'kysely';
import type { CaseLine, CaseQuery } from '../ports/console.ts';
import { type CaseLineRow, caseLineColumns, caseLineJoins, caseLineOf } from './case-lines.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';
import { hasWords, scannedRowsMax, searchTerms } from './search-words.ts';

export async function searchCases(
  db: Database,
  query: CaseQuery,
  hasTrigrams: boolean,
): Promise<readonly CaseLine[]> {
  const terms = searchTerms(query.text ?? '', hasTrigrams);
  const hasTerms = terms.patterns.length > 0;
  const from =
    hasTerms && !terms.isIndexed
      ? sql`(select * from cases order by decided_at desc, case_id desc limit ${scannedRowsMax}) as c`
      : sql`cases as c`;
  const conditions = [
    sql`true`,
    ...conditionsOf(query),
    ...(hasTerms ? [hasWords('c.words', terms)] : []),
  ];
  // The page first, then what stands in its lines: nothing is joined to a case that is not shown.
  const { rows } = await sql<CaseLineRow>`
    with page as materialized (
      select c.case_id, c.decided_at from ${from} where ${sql.join(conditions, sql` and `)}
      order by c.decided_at desc, c.case_id desc limit ${query.limit}
    )
    select ${caseLineColumns}
    from page join cases c on c.case_id = page.case_id ${caseLineJoins}
    order by page.decided_at desc, page.case_id desc`.execute(db);
  return rows.map(caseLineOf);
}

function conditionsOf(query: CaseQuery): readonly RawBuilder<unknown>[] {
  const { action, reason, scenario, customerId, mailbox, replyState, since, before, after } = query;
  return [
    action !== undefined && sql`c.action = ${action}`,
    reason !== undefined && sql`c.reason = ${reason}`,
    scenario !== undefined && sql`c.scenario = ${scenario}`,
    customerId !== undefined && sql`c.customer_id = ${cleanText(customerId)}`,
    mailbox !== undefined && sql`c.mailbox = ${cleanText(mailbox)}`,
    replyState !== undefined &&
      sql`exists (select from replies r where r.case_id = c.case_id and r.state = ${replyState})`,
    // What came later was decided later too: that bounds what is read along the index.
    since !== undefined && sql`c.decided_at >= ${since}`,
    (since !== undefined || before !== undefined) && cameBetween(since, before),
    after !== undefined &&
      sql`(c.decided_at, c.case_id) < (${after.decidedAt}, ${cleanText(after.caseId)})`,
  ].filter((condition) => condition !== false);
}

function cameBetween(since: Date | undefined, before: Date | undefined): RawBuilder<unknown> {
  const from = since === undefined ? sql`` : sql` and m.received_at >= ${since}`;
  const to = before === undefined ? sql`` : sql` and m.received_at < ${before}`;
  return sql`exists (select from mails m where m.case_id = c.case_id${from}${to})`;
}
