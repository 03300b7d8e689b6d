/**
 * Since when each subscription is paid twice: kept up to date in the transaction that writes its record.
 *
 * A span begins when both sides are first seen to bill and ends when one is seen not to any more; what is
 * paid twice again begins another. A record that no longer says how it is ends nothing. What a span says of cost
 * is what the record said last.
 */
import { sql } from 'kysely';
import {
  isBilledTwice,
  isKnownToHaveEnded,
  type SubscriptionKey,
  subscriptionKeys,
} from '../core/double-billing.ts';
import { toJson } from './json.ts';
import type { DatabaseTransaction } from './schema.ts';
import { knownIds, type WrittenRecord } from './written-record.ts';

interface Billed extends SubscriptionKey {
  readonly id: string;
  readonly state: 'twice' | 'unknown';
  readonly cost?: string;
  readonly currency?: string;
}

/** The subscriptions that are billed twice, and those of which it is not known. */
function billedOf({ customer }: WrittenRecord): readonly Billed[] {
  const keys = subscriptionKeys(customer);
  return customer.subscriptions.flatMap((subscription, index) => {
    const key = keys[index];
    if (key === undefined || isKnownToHaveEnded(subscription)) return [];
    const { monthlyCost, currency } = subscription;
    return [
      {
        ...key,
        id: customer.id,
        state: isBilledTwice(subscription) ? ('twice' as const) : ('unknown' as const),
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
  const billed = records.flatMap(billedOf);
  const known = knownIds(records);
  if (known.length > 0) {
    await renameKnown(trx, billed);
    await closeEnded(trx, { billed, known, at });
  }
  const twice = billed.filter(({ state }) => state === 'twice');
  if (twice.length > 0) await openNew(trx, twice, at);
}

/** A span that was known by its product goes on under the id that is known by now. */
async function renameKnown(trx: DatabaseTransaction, billed: readonly Billed[]): Promise<void> {
  const renamed = billed.filter(({ key, name }) => key !== name);
  if (renamed.length === 0) return;
  await sql`
    update double_billings d
    set subscription = billed.key
    from jsonb_to_recordset(${toJson(renamed)}::jsonb) as billed(id text, key text, name text)
    where d.customer_id = billed.id and d.subscription = billed.name and d.until is null
      and not exists (
        select from double_billings other
        where other.customer_id = billed.id and other.subscription = billed.key and other.until is null
      )`.execute(trx);
}

async function closeEnded(
  trx: DatabaseTransaction,
  now: {
    readonly billed: readonly Billed[];
    readonly known: readonly string[];
    readonly at: Date;
  },
): Promise<void> {
  await sql`
    with billed as materialized (
      select id, key from jsonb_to_recordset(${toJson(now.billed)}::jsonb) as r(id text, key text)
    )
    update double_billings d
    set until = greatest(d.since, ${now.at}::timestamptz)
    from jsonb_array_elements_text(${toJson(now.known)}::jsonb) as changed(id)
    where d.customer_id = changed.id and d.until is null and not exists (
      select from billed where billed.id = d.customer_id and billed.key = d.subscription
    )`.execute(trx);
}

/** One that is open keeps its beginning. */
async function openNew(
  trx: DatabaseTransaction,
  twice: readonly Billed[],
  at: Date,
): Promise<void> {
  await sql`
    insert into double_billings as d (customer_id, subscription, since, monthly_cost, currency)
    select id, key, ${at}, cost, currency
    from jsonb_to_recordset(${toJson(twice)}::jsonb)
      as r(id text, key text, cost numeric, currency text)
    on conflict (customer_id, subscription) where until is null do update
    set monthly_cost = excluded.monthly_cost, currency = excluded.currency
    where (d.monthly_cost, d.currency) is distinct from (excluded.monthly_cost, excluded.currency)`.execute(
    trx,
  );
}
