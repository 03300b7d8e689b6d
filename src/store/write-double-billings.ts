/**
 * Since when each subscription is paid twice: kept up to date in the transaction that writes its record.
 *
 * A span begins when both sides are first seen to bill and ends when one is seen not to any more; what is
 * paid twice again begins another. What a span says of cost is what the record said last.
 */
import { sql } from 'kysely';
import { isBilledTwice, subscriptionNames } from '../core/double-billing.ts';
import { toJson } from './json.ts';
import type { DatabaseTransaction } from './schema.ts';
import { knownIds, type WrittenRecord } from './written-record.ts';

interface BilledTwice {
  readonly id: string;
  readonly subscription: string;
  readonly cost?: string;
  readonly currency?: string;
}

function billedTwice({ customer }: WrittenRecord): readonly BilledTwice[] {
  const names = subscriptionNames(customer);
  return customer.subscriptions.flatMap((subscription, index) => {
    if (!isBilledTwice(subscription)) return [];
    const { monthlyCost, currency } = subscription;
    return [
      {
        id: customer.id,
        subscription: names[index] ?? '',
        ...(monthlyCost === undefined ? {} : { cost: monthlyCost }),
        ...(currency === undefined ? {} : { currency }),
      },
    ];
  });
}

export async function writeDoubleBillings(
  trx: DatabaseTransaction,
  records: readonly WrittenRecord[],
  at: Date,
): Promise<void> {
  const billed = records.flatMap(billedTwice);
  const known = knownIds(records);
  if (known.length > 0) await closeEnded(trx, { billed, known, at });
  if (billed.length > 0) await openNew(trx, billed, at);
}

async function closeEnded(
  trx: DatabaseTransaction,
  now: {
    readonly billed: readonly BilledTwice[];
    readonly known: readonly string[];
    readonly at: Date;
  },
): Promise<void> {
  await sql`
    with billed as materialized (
      select id, subscription
      from jsonb_to_recordset(${toJson(now.billed)}::jsonb) as r(id text, subscription text)
    )
    update double_billings d
    set until = greatest(d.since, ${now.at}::timestamptz)
    from jsonb_array_elements_text(${toJson(now.known)}::jsonb) as changed(id)
    where d.customer_id = changed.id and d.until is null and not exists (
      select from billed where billed.id = d.customer_id and billed.subscription = d.subscription
    )`.execute(trx);
}

/** One that is open keeps its beginning. */
async function openNew(
  trx: DatabaseTransaction,
  billed: readonly BilledTwice[],
  at: Date,
): Promise<void> {
  await sql`
    insert into double_billings as d (customer_id, subscription, since, monthly_cost, currency)
    select id, subscription, ${at}, cost, currency
    from jsonb_to_recordset(${toJson(billed)}::jsonb)
      as r(id text, subscription text, cost numeric, currency text)
    on conflict (customer_id, subscription) where until is null do update
    set monthly_cost = excluded.monthly_cost, currency = excluded.currency
    where (d.monthly_cost, d.currency) is distinct from (excluded.monthly_cost, excluded.currency)`.execute(
    trx,
  );
}
