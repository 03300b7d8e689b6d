/**
 * Merges what a system knows about a customer into its record: the merge rule of docs/sync.md.
 *
 * States, license counts and ids of subscriptions are the system’s, since they change daily and nobody
 * else sees them. What people wrote stays theirs: a name, a domain, a country, a link or an approval is
 * only added where the record is silent. Contacts, the language, licenses assigned in the old
 * subscription, cost, billing, the account manager, the day of the approval and the state of the move are
 * never touched. Nothing is ever taken for gone because a fact is absent.
 *
 * Nothing is guessed: where two rows or two subscriptions fit, the record stays as it is, and a sentence
 * tells the desk why. Merging the same facts again changes nothing.
 */
import type { Customer, SubscriptionTransition } from './customer.ts';
import { findDelayedConflict } from './delayed-facts.ts';
import { customerListMax } from './limits.ts';
import type { CustomerFacts, SubscriptionFacts } from './record-facts.ts';

export interface Merged {
  /** Absent: not ours, a tenant that no record knows and that shows no direct subscription. */
  readonly customer?: Customer;
  /** What was left as it is because only a person can tell; one sentence each. */
  readonly conflicts: readonly string[];
}

type Rows = readonly SubscriptionTransition[];
type Channel = SubscriptionFacts['channel'];
type IdField = 'advisorSubscriptionId' | 'cspSubscriptionId';

const idFields: Readonly<Record<Channel, IdField>> = {
  direct: 'advisorSubscriptionId',
  csp: 'cspSubscriptionId',
};
const otherSide: Readonly<Record<Channel, Channel>> = { direct: 'csp', csp: 'direct' };
const sideNames: Readonly<Record<Channel, string>> = { direct: 'old', csp: 'new' };

/** `keyOf`: `productKeys` of the catalog’s aliases. */
export function mergeFacts(
  before: Customer | undefined,
  facts: CustomerFacts,
  keyOf: (product: string) => string,
): Merged {
  const known = before ?? newCustomer(facts);
  if (known === undefined) return { conflicts: [] };
  const conflicts: string[] = [];
  if (facts.partnerApproved === false && known.partnerApproved === true) {
    conflicts.push('the record says that the partner is approved, but the relationship is gone');
  }
  let rows: Rows = known.subscriptions.length === 0 ? newRows(facts) : known.subscriptions;
  for (const channel of ['direct', 'csp'] as const) {
    const merged = mergeChannel(rows, channel, facts, keyOf);
    rows = merged.rows;
    conflicts.push(...merged.conflicts);
  }
  return {
    customer: { ...known, ...organizationOf(known, facts), subscriptions: rows },
    conflicts,
  };
}

function newCustomer(facts: CustomerFacts): Customer | undefined {
  const { tenantId, tenantDomain } = facts;
  const subscriptions = newRows(facts);
  if (subscriptions.length === 0) return undefined;
  return {
    id: tenantId,
    name: facts.name ?? tenantDomain ?? tenantId,
    tenantId,
    otherDomains: [],
    contacts: [],
    subscriptions,
  };
}

/** A row for each direct subscription that runs and has a name. */
function newRows({ subscriptions }: CustomerFacts): Rows {
  return subscriptions.flatMap((one) =>
    one.channel === 'direct' && one.product !== undefined && isLive(one)
      ? [{ product: one.product, advisorSubscriptionId: one.subscriptionId }]
      : [],
  );
}

/** Only these can be told by their product: of one that ended there may be a successor of the same name. */
function isLive({ channel, advisorStatus, cspStatus }: SubscriptionFacts): boolean {
  return channel === 'direct'
    ? advisorStatus === 'active' || advisorStatus === 'expired'
    : cspStatus !== undefined && cspStatus !== 'none';
}

function optional<Key extends keyof Customer | keyof SubscriptionTransition, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [Name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]?: Value });
}

/** What is added to the record about the organisation. */
function organizationOf(known: Customer, facts: CustomerFacts): Partial<Customer> {
  const tenantDomain = known.tenantDomain ?? facts.tenantDomain;
  const seen = new Set([tenantDomain, ...known.otherDomains]);
  const added = [facts.tenantDomain, ...(facts.otherDomains ?? [])].filter(
    (domain): domain is string => domain !== undefined && !seen.has(domain),
  );
  const room = Math.max(0, customerListMax - known.otherDomains.length);
  const isApproved = facts.partnerApproved === true || known.partnerApproved;
  return {
    tenantId: known.tenantId ?? facts.tenantId,
    ...optional('tenantDomain', tenantDomain),
    otherDomains: [...known.otherDomains, ...[...new Set(added)].slice(0, room)],
    ...optional('country', known.country ?? facts.country),
    ...optional('partnerApproved', isApproved ?? facts.partnerApproved),
    ...optional('approvalLink', known.approvalLink ?? facts.approvalLink),
  };
}

interface MergedChannel {
  readonly rows: Rows;
  readonly conflicts: readonly string[];
}

/** Joins the subscriptions of one channel to the rows, by id, then by product, and takes their facts over. */
function mergeChannel(
  rows: Rows,
  channel: Channel,
  facts: CustomerFacts,
  keyOf: (product: string) => string,
): MergedChannel {
  const shown = facts.subscriptions.filter((one) => one.channel === channel);
  const byId = joinById(rows, channel, shown);
  const byProduct = joinByProduct(rows, channel, byId.left, keyOf);
  const joined = new Map([...byId.joined, ...byProduct.joined]);
  const gone = goneRows(rows, channel, facts, byProduct.left);
  const delayed: string[] = [];
  return {
    rows: rows.map((row, index) => {
      const one = joined.get(index);
      if (one !== undefined) {
        const conflict = findDelayedConflict(row, one);
        if (conflict === undefined) return { ...row, ...rowFacts(one) };
        delayed.push(conflict);
        const { advisorStatus: _old, cspStatus: _new, ...others } = one;
        return { ...row, ...rowFacts(others) };
      }
      return gone.ended.has(index) ? { ...row, cspStatus: 'none' } : row;
    }),
    conflicts: [...byId.conflicts, ...byProduct.conflicts, ...gone.conflicts, ...delayed],
  };
}

interface Joined {
  readonly joined: ReadonlyMap<number, SubscriptionFacts>;
  /** Subscriptions that no row has. */
  readonly left: readonly SubscriptionFacts[];
  readonly conflicts: readonly string[];
}

function joinById(rows: Rows, channel: Channel, shown: readonly SubscriptionFacts[]): Joined {
  const places = placesOf(rows, (row) => row[idFields[channel]]);
  const others = placesOf(rows, (row) => row[idFields[otherSide[channel]]]);
  const joined = new Map<number, SubscriptionFacts>();
  const left: SubscriptionFacts[] = [];
  const conflicts: string[] = [];
  for (const [id, group] of Map.groupBy(shown, (one) => one.subscriptionId)) {
    const [one] = group;
    const [place, ...more] = places.get(id) ?? [];
    if (one === undefined) continue;
    if (group.length > 1) conflicts.push(`subscription ${id} is shown ${group.length} times`);
    else if (more.length > 0) conflicts.push(`several rows have the subscription ${id}`);
    else if (others.has(id)) {
      const [now, then] = [sideNames[channel], sideNames[otherSide[channel]]];
      conflicts.push(
        `subscription ${id} is the ${now} one, but the record has it as the ${then} one`,
      );
    } else if (place !== undefined) joined.set(place, one);
    else left.push(one);
  }
  return { joined, left, conflicts };
}

/** Places of the rows by a value of theirs; rows without one are left out. */
function placesOf(
  rows: Rows,
  fieldOf: (row: SubscriptionTransition) => string | undefined,
): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [index, row] of rows.entries()) {
    const value = fieldOf(row);
    if (value === undefined) continue;
    const known = places.get(value);
    if (known === undefined) places.set(value, [index]);
    else known.push(index);
  }
  return places;
}

/** One subscription and one row without an id: they are the same. Everything else is for a person. */
function joinByProduct(
  rows: Rows,
  channel: Channel,
  unjoined: readonly SubscriptionFacts[],
  keyOf: (product: string) => string,
): Joined {
  const open = placesOf(rows, (row) =>
    row[idFields[channel]] === undefined ? keyOf(row.product) : undefined,
  );
  const named = unjoined.filter((one) => one.product !== undefined && isLive(one));
  const joined = new Map<number, SubscriptionFacts>();
  const left: SubscriptionFacts[] = [];
  const conflicts: string[] = [];
  for (const [key, group] of Map.groupBy(named, ({ product = '' }) => keyOf(product))) {
    const [one] = group;
    const [place, ...more] = open.get(key) ?? [];
    if (one === undefined) continue;
    if (place !== undefined && more.length === 0 && group.length === 1) joined.set(place, one);
    else if (place !== undefined) conflicts.push(severalFit(one, group.length, more.length + 1));
    else {
      left.push(...group);
      if (channel === 'direct') conflicts.push(...group.map(notListed));
    }
  }
  return { joined, left, conflicts };
}

function severalFit(one: SubscriptionFacts, subscriptions: number, rows: number): string {
  return `${one.product}: ${subscriptions} ${sideNames[one.channel]} subscriptions and ${rows} rows without an id fit each other`;
}

/** Whether a subscription is part of the move is for people to say. */
function notListed({ product, subscriptionId }: SubscriptionFacts): string {
  return `${product}: the direct subscription ${subscriptionId} is not in the record`;
}

/**
 * Rows whose subscription the source no longer shows, though it shows all there are.
 *
 * A new one that is gone is not there to take over, and “do not cancel yet” harms nobody. An old one that
 * is gone is not thereby cancelled: the source may have lost sight of the tenant, and “nothing to do” would
 * let it run on.
 */
function goneRows(
  rows: Rows,
  channel: Channel,
  facts: CustomerFacts,
  unjoined: readonly SubscriptionFacts[],
): { readonly ended: ReadonlySet<number>; readonly conflicts: readonly string[] } {
  const ended = new Set<number>();
  const conflicts: string[] = [];
  if (!facts.complete.includes(channel)) return { ended, conflicts };
  const ids = new Set(facts.subscriptions.map((one) => one.subscriptionId));
  for (const [index, row] of rows.entries()) {
    const id = row[idFields[channel]];
    if (id === undefined || ids.has(id)) continue;
    if (channel === 'direct') {
      if (row.advisorStatus === 'active')
        conflicts.push(`${row.product}: the old subscription ${id} is no longer shown`);
      // Two systems may know one subscription by two ids, and by names that do not meet.
    } else if (unjoined.length > 0)
      conflicts.push(`${row.product}: another new subscription is shown instead of ${id}`);
    else ended.add(index);
  }
  return { ended, conflicts };
}

/** What a row takes over from its subscription. */
function rowFacts(one: SubscriptionFacts): Partial<SubscriptionTransition> {
  if (one.channel === 'csp') {
    return {
      cspSubscriptionId: one.subscriptionId,
      ...optional('cspStatus', one.cspStatus),
      ...optional('cspLicensesAssigned', one.licensesAssigned),
    };
  }
  return {
    advisorSubscriptionId: one.subscriptionId,
    ...optional('advisorStatus', one.advisorStatus),
    ...optional('advisorRenewsOn', one.renewsOn),
    ...optional('advisorEndsOn', one.endsOn),
    ...optional('licensesTotal', one.licensesTotal),
  };
}
