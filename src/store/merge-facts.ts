/**
 * Merging facts of other systems into the records: found by tenant, merged by the rule of
 * `core/merge-facts.ts`, and only what changed is written.
 *
 * A batch is a transaction, so that what was merged stays when the source breaks off. It takes the lock
 * of an import: neither may compare with what the other is about to replace.
 */
import { sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import { type Merged, mergeFacts as merge } from '../core/merge-facts.ts';
import { productKeys } from '../core/product-name.ts';
import type { CustomerFacts } from '../core/record-facts.ts';
import type { MergeOptions, MergeSummary } from '../ports/records.ts';
import { customerChange } from './customer-diff.ts';
import { cleanText, toJson } from './json.ts';
import type { Database, DatabaseTransaction } from './schema.ts';
import { recordsLock, writeRecords } from './write-records.ts';
import type { WrittenRecord } from './written-record.ts';

/** Tenants to one transaction. Each takes a source some seconds, and what is merged must not wait for hours. */
const batchTenants = 50;

type Counts = { -readonly [Name in keyof MergeSummary]: number };

export async function mergeFacts(
  db: Database,
  facts: Iterable<CustomerFacts> | AsyncIterable<CustomerFacts>,
  options: MergeOptions,
): Promise<MergeSummary> {
  const counts: Counts = { added: 0, changed: 0, unchanged: 0, unknown: 0, conflicts: 0 };
  const keyOf = productKeys(options.productAliases);
  let tenants = 0;
  const mergeBatch = async (batch: ReadonlyMap<string, CustomerFacts>): Promise<void> => {
    const last = [...batch.values()].at(-1);
    if (last === undefined) return;
    const results = await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${recordsLock})`.execute(trx);
      const merged = await mergeAll(trx, [...batch.values()], keyOf);
      const written = merged.flatMap((one) => changeOf(one));
      if (!options.dryRun) await writeRecords(trx, written, { ...options, isFacts: true });
      return merged;
    });
    for (const one of results) count(one, counts, options);
    tenants += batch.size;
    options.onProgress?.(tenants);
    await options.onMerged?.(last, { ...counts });
  };
  for await (const batch of batches(facts)) await mergeBatch(batch);
  return counts;
}

/** What came before the source broke off is merged all the same. */
async function* batches(
  facts: Iterable<CustomerFacts> | AsyncIterable<CustomerFacts>,
): AsyncGenerator<ReadonlyMap<string, CustomerFacts>> {
  let batch = new Map<string, CustomerFacts>();
  try {
    for await (const one of facts) {
      const clean = JSON.parse(toJson(one)) as CustomerFacts;
      // A tenant twice: the second is merged into what the first made of the record.
      if (batch.has(clean.tenantId) || batch.size >= batchTenants) {
        yield batch;
        batch = new Map();
      }
      batch.set(clean.tenantId, clean);
    }
  } catch (error) {
    yield batch;
    throw error;
  }
  yield batch;
}

interface MergedTenant extends Merged {
  readonly tenantId: string;
  readonly before: Customer | undefined;
}

function changeOf({ before, customer }: MergedTenant): readonly WrittenRecord[] {
  if (customer === undefined) return [];
  const change = customerChange(before, customer);
  return change.kind === 'unchanged' ? [] : [{ customer, before, change }];
}

function count(one: MergedTenant, counts: Counts, options: MergeOptions): void {
  const { tenantId, before, customer, conflicts } = one;
  counts.conflicts += conflicts.length;
  const customerId = before?.id ?? customer?.id;
  for (const sentence of conflicts) {
    options.onConflict?.({
      tenantId,
      ...(customerId === undefined ? {} : { customerId }),
      sentence,
    });
  }
  if (customer === undefined) {
    counts[conflicts.length > 0 ? 'unchanged' : 'unknown'] += 1;
    return;
  }
  const change = customerChange(before, customer);
  if (change.kind === 'ended') return;
  counts[change.kind] += 1;
  if (change.kind !== 'unchanged') options.onChange?.(change);
}

async function mergeAll(
  trx: DatabaseTransaction,
  batch: readonly CustomerFacts[],
  keyOf: (product: string) => string,
): Promise<readonly MergedTenant[]> {
  const known = await findByKeys(
    trx,
    batch.map(({ tenantId }) => ({ kind: 'tenant', value: tenantId })),
  );
  const unknown = batch.filter(({ tenantId }) => !known.has(`tenant\n${tenantId}`));
  // A record without a tenant id would otherwise get a double, and every mail of the customer two matches.
  const related = await findByKeys(trx, unknown.flatMap(keysOfTenant));
  const byId = await findByIds(
    trx,
    unknown.map(({ tenantId }) => tenantId),
  );
  return batch.map((facts) => {
    const { tenantId } = facts;
    const records = known.get(`tenant\n${tenantId}`) ?? [];
    if (records.length > 1) {
      const ids = records.map(({ id }) => id).join(', ');
      return stopped(facts, `several records have this tenant id: ${ids}`);
    }
    const [before] = records;
    if (before !== undefined) return { tenantId, before, ...merge(before, facts, keyOf) };
    return mergeUnknown(facts, { related, sameId: byId.get(tenantId), keyOf });
  });
}

function stopped({ tenantId }: CustomerFacts, sentence: string): MergedTenant {
  return { tenantId, before: undefined, conflicts: [sentence] };
}

/** A tenant that no record names: new, unless records speak of it in another way. */
function mergeUnknown(
  facts: CustomerFacts,
  found: {
    readonly related: ReadonlyMap<string, readonly Customer[]>;
    readonly sameId: Customer | undefined;
    readonly keyOf: (product: string) => string;
  },
): MergedTenant {
  const { tenantId, tenantDomain } = facts;
  const near = new Map(
    keysOfTenant(facts)
      .flatMap(({ kind, value }) => found.related.get(`${kind}\n${value}`) ?? [])
      .map((customer) => [customer.id, customer]),
  );
  if (found.sameId !== undefined) near.set(tenantId, found.sameId);
  const [only, ...more] = [...near.values()];
  if (only === undefined) {
    return { tenantId, before: undefined, ...merge(undefined, facts, found.keyOf) };
  }
  // A tenant domain belongs to one tenant alone, so this is the record, only without its tenant id.
  const isSame = only.tenantId === undefined && only.tenantDomain === tenantDomain;
  if (more.length === 0 && isSame && tenantDomain !== undefined)
    return { tenantId, before: only, ...merge(only, facts, found.keyOf) };
  const ids = [...near.keys()].join(', ');
  return stopped(
    facts,
    `no record has the tenant id ${tenantId}, but a domain or subscription of it stands in ${ids}`,
  );
}

interface AskedKey {
  readonly kind: string;
  readonly value: string;
}

function keysOfTenant(facts: CustomerFacts): readonly AskedKey[] {
  const domains = [facts.tenantDomain, ...(facts.otherDomains ?? [])];
  return [
    ...domains.flatMap((value) => (value === undefined ? [] : [{ kind: 'domain', value }])),
    ...facts.subscriptions.map(({ subscriptionId }) => ({
      kind: 'subscription',
      value: subscriptionId,
    })),
  ];
}

/** The records by each key that was asked for. */
async function findByKeys(
  trx: DatabaseTransaction,
  keys: readonly AskedKey[],
): Promise<ReadonlyMap<string, readonly Customer[]>> {
  const found = new Map<string, Customer[]>();
  if (keys.length === 0) return found;
  const { rows } = await sql<AskedKey & { readonly record: Customer }>`
    select k.kind, k.value, c.record
    from jsonb_to_recordset(${toJson(keys)}::jsonb) as a(kind text, value text)
    join customer_keys k on k.kind = a.kind and k.value = a.value
    join customers c on c.id = k.customer_id
    group by k.kind, k.value, c.id, c.record
    order by c.id`.execute(trx);
  for (const { kind, value, record } of rows) {
    const key = `${kind}\n${value}`;
    const records = found.get(key);
    if (records === undefined) found.set(key, [record]);
    else records.push(record);
  }
  return found;
}

async function findByIds(
  trx: DatabaseTransaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Customer>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom('customers')
    .select(['id', 'record'])
    .where('id', 'in', ids.map(cleanText))
    .execute();
  return new Map(rows.map(({ id, record }) => [id, record]));
}
