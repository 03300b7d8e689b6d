/**
 * What is paid twice: now, with the customers, and how much of it there was at earlier times.
 *
 * Reads the spans that are written with the records; never judges a record itself.
 */
import assert from 'node:assert';
import { type RawBuilder, sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { DoubleBilling, DoubleBillingTrendPoint } from '../ports/records.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/** Spans to one statement: with their records at most some megabytes. */
const pageRows = 1_000;

interface SpanRow {
  readonly id: string;
  readonly customer_id: string;
  readonly subscription: string;
  readonly since: Date;
  /** To the microsecond, which a Date would cut off. */
  readonly mark: string;
  readonly monthly_cost: string | null;
  readonly currency: string | null;
  /** Once a page: a customer may have thousands of subscriptions. */
  readonly record: Customer | null;
}

/**
 * Each page is a statement of its own, so that whoever reads slowly keeps nobody waiting. What ends
 * meanwhile may be missing or not, but nothing that goes on is ever left out.
 */
export async function* eachDoubleBilling(
  db: Database,
  rowsAtOnce: number = pageRows,
): AsyncGenerator<DoubleBilling & { readonly customer: Customer }> {
  for (let after: SpanRow | undefined; ; ) {
    const rows: readonly SpanRow[] = await readPage(db, after, rowsAtOnce);
    const records = new Map<string, Customer>();
    for (const row of rows) {
      if (row.record !== null) records.set(row.customer_id, row.record);
      const customer = records.get(row.customer_id);
      assert(customer !== undefined, 'the first span of a customer brings its record');
      yield { ...billingOf(row), customer };
    }
    after = rows.at(-1);
    if (rows.length < rowsAtOnce) return;
  }
}

async function readPage(
  db: Database,
  after: SpanRow | undefined,
  rowsAtOnce: number,
): Promise<readonly SpanRow[]> {
  const behind: RawBuilder<unknown> =
    after === undefined
      ? sql``
      : sql`and (since, id) > (${after.mark}::timestamptz, ${after.id}::bigint)`;
  const { rows } = await sql<SpanRow>`
    select page.*, case when row_number() over (partition by c.id order by page.since, page.id) = 1
      then c.record end as record
    from (
      select id, customer_id, subscription, since, since::text as mark, monthly_cost, currency
      from double_billings
      where until is null ${behind}
      order by since, id
      limit ${rowsAtOnce}
    ) as page
    join customers c on c.id = page.customer_id
    order by page.since, page.id`.execute(db);
  return rows;
}

/** Of one customer. */
export async function openBillings(
  db: Database,
  customerId: string,
): Promise<readonly DoubleBilling[]> {
  const rows = await db
    .selectFrom('double_billings')
    .select(['customer_id', 'subscription', 'since', 'monthly_cost', 'currency'])
    .where('customer_id', '=', cleanText(customerId))
    .where('until', 'is', null)
    .orderBy('since')
    .orderBy('id')
    .execute();
  return rows.map(billingOf);
}

function billingOf(row: Omit<SpanRow, 'id' | 'mark' | 'record'>): DoubleBilling {
  return {
    customerId: row.customer_id,
    subscription: row.subscription,
    since: row.since,
    ...(row.monthly_cost === null ? {} : { monthlyCost: row.monthly_cost }),
    ...(row.currency === null ? {} : { currency: row.currency }),
  };
}

interface TrendRow {
  /** Counted from 1. */
  readonly place: number;
  /** Null in the rows that count customers. */
  readonly currency: string | null;
  readonly count: string;
  readonly cost: string | null;
}

/**
 * A span counts at a time when it began then or before and had not ended: `since <= time < until`.
 *
 * Every span is read once and turned into the places of the first and last time that it covers; then few
 * groups are spread over the times. Of a customer only the times that its earlier spans do not cover are
 * counted, so that it counts once.
 */
export async function doubleBillingTrend(
  db: Database,
  times: readonly Date[],
): Promise<readonly DoubleBillingTrendPoint[]> {
  assert(
    times.every((time, index) => index === 0 || time > (times[index - 1] ?? time)),
    'the times stand in their order, each once',
  );
  if (times.length === 0) return [];
  // width_bucket says how many of the times are not after a moment; the microsecond is the smallest step.
  const { rows } = await sql<TrendRow>`
    with given as materialized (
      select array(
        select value::timestamptz
        from jsonb_array_elements_text(${JSON.stringify(times)}::jsonb) with ordinality as t(value, place)
        order by place
      ) as times
    ),
    spans as (
      select customer_id, coalesce(currency, '') as currency, monthly_cost,
        width_bucket(since - interval '1 microsecond', times) + 1 as first,
        case when until is null then cardinality(times)
          else width_bucket(until - interval '1 microsecond', times) end as last
      from double_billings, given
    ),
    covering as materialized (
      select *, max(last) over (
        partition by customer_id order by first, last
        rows between unbounded preceding and 1 preceding
      ) as covered
      from spans
      where first <= last
    ),
    by_currency as (
      select first, last, currency, count(*) as count, sum(monthly_cost) as cost
      from covering group by first, last, currency
    ),
    by_customer as (
      select greatest(first, covered + 1) as first, last, count(*) as count
      from covering where covered is null or covered < last
      group by 1, 2
    )
    select place, currency, sum(count) as count, sum(cost) as cost
    from by_currency, generate_series(first, last) as place
    group by place, currency
    union all
    select place, null, sum(count), null
    from by_customer, generate_series(first, last) as place
    group by place
    order by place, currency`.execute(db);
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return times.map((at, index) => pointOf(at, byPlace.get(index + 1) ?? []));
}

function pointOf(at: Date, rows: readonly TrendRow[]): DoubleBillingTrendPoint {
  const monthlyCost: Record<string, string> = {};
  let subscriptions = 0;
  let customers = 0;
  for (const { currency, count, cost } of rows) {
    if (currency === null) customers += Number(count);
    else subscriptions += Number(count);
    if (currency !== null && cost !== null) monthlyCost[currency] = cost;
  }
  return { at, subscriptions, customers, monthlyCost };
}
