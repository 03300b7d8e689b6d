/**
 * The files that Partner Center exports itself, one profile each: its columns, and what a row of it says.
 *
 * A word that a table here does not have is no fact. What the files have beside the columns named here is
 * left aside, with a reason where people might expect it:
 * - DomainName of a reconciliation file may be empty, old, or that of several customers;
 * - Product of the Insights files is a family (`O365`), SKU is what was bought;
 * - CustomerMarket is a market, not the country of the customer.
 */
import type { AdvisorStatus, CspStatus } from '../core/customer.ts';
import type { SubscriptionFacts } from '../core/record-facts.ts';
import {
  type Checked,
  calendarDate,
  count,
  domainName,
  oneOf,
  plainText,
  subscriptionId,
  tenantId,
} from './customer-values.ts';

/** What one row says. */
export interface RowFacts {
  /** Absent where the file names the customer by its name only. */
  readonly tenantId?: string;
  readonly name?: string;
  readonly tenantDomain?: string;
  readonly partnerApproved?: boolean;
  readonly subscription?: SubscriptionFacts;
  /** `YYYY-MM-DD`: of two rows about the same the later one counts. Empty where a file has no such column. */
  readonly asOf: string;
}

/** The cells of one row, checked as they are asked for. What is wrong with one is reported by the row. */
export interface ProfileRow {
  value<Value>(column: string, check: (text: string) => Checked<Value>): Value | undefined;
  /** The word of a table; one that it does not have is noted and is no fact. */
  word<Meaning>(column: string, words: Readonly<Record<string, Meaning>>): Meaning | undefined;
  /** Whether the file has the column at all. */
  has(column: string): boolean;
}

export interface Profile {
  readonly columns: readonly { readonly name: string; readonly required?: true }[];
  /** Undefined when a value that it needs is bad or missing. */
  readonly read: (row: ProfileRow) => RowFacts | undefined;
}

function given<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [Name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]: Value });
}

const relationships: Readonly<Record<string, boolean>> = {
  'cloud reseller': true,
  reseller: true,
  advisor: false,
  none: false,
};

/** Customers > Export customers. */
const customers: Profile = {
  columns: [
    { name: 'Microsoft ID', required: true },
    { name: 'Company name', required: true },
    { name: 'Primary domain name', required: true },
    { name: 'Relationship', required: true },
  ],
  read(row) {
    const tenant = row.value('Microsoft ID', tenantId);
    const name = row.value('Company name', plainText);
    const tenantDomain = row.value('Primary domain name', domainName);
    const isApproved = row.word('Relationship', relationships);
    if (tenant === undefined) return undefined;
    return {
      tenantId: tenant,
      asOf: '',
      ...given('name', name),
      ...given('tenantDomain', tenantDomain),
      ...given('partnerApproved', isApproved),
    };
  },
};

const channels: Readonly<Record<string, SubscriptionFacts['channel']>> = {
  direct: 'direct',
  csp: 'csp',
  'direct/csp': 'csp',
  'indirect/csp': 'csp',
};

/** `churned` says that it ended, not how: whether access goes on depends on that for the old one. */
const directStates: Readonly<Record<string, AdvisorStatus>> = { active: 'active' };
/** Nothing runs that could take over. */
const cspStates: Readonly<Record<string, CspStatus>> = { active: 'active', churned: 'none' };

/** Reports show the end of a month, some weeks later. */
const isDelayed = true;

/** Insights, "Subscription details": a row for each month, and for each partner it counts for. */
const subscriptions: Profile = {
  columns: [
    { name: 'SubscriptionId', required: true },
    { name: 'SubscriptionState', required: true },
    { name: 'CustomerTenantId', required: true },
    { name: 'SalesChannel', required: true },
    { name: 'SKU', required: true },
    { name: 'Month', required: true },
    { name: 'CustomerName' },
    { name: 'SubscriptionEndDate' },
    { name: 'IsAutoRenew' },
    { name: 'AvailableSeats' },
    { name: 'AvailableSeatsEOP' },
    { name: 'PartnerAttributionType' },
  ],
  read(row) {
    const tenant = row.value('CustomerTenantId', tenantId);
    const name = row.value('CustomerName', plainText);
    const asOf = row.value('Month', calendarDate);
    const channel = row.word('SalesChannel', channels);
    const id = row.value('SubscriptionId', subscriptionId);
    const product = row.value('SKU', plainText);
    if (tenant === undefined || asOf === undefined || id === undefined) return undefined;
    const named = { tenantId: tenant, asOf, ...given('name', name) };
    if (channel === undefined || (channel === 'csp' && isOnlyAdvised(row))) return named;
    // The newest month of a report is weeks old: what has ended since would seem to run.
    const known = { channel, subscriptionId: id, ...given('product', product), isDelayed } as const;
    const facts = channel === 'direct' ? directFacts(row) : cspFacts(row);
    return { ...named, subscription: { ...known, ...facts } };
  },
};

/** Counts for you as its adviser: another partner may have sold it. Noted, since it is no fact then. */
function isOnlyAdvised(row: ProfileRow): boolean {
  const attribution = row.value('PartnerAttributionType', plainText) ?? '';
  if (!/^(?:dpor|cpor|pal|partner admin link|.{0,40}partner of record)\b/i.test(attribution))
    return false;
  row.word('PartnerAttributionType', {});
  return true;
}

function directFacts(row: ProfileRow): Partial<SubscriptionFacts> {
  const ends = row.value('SubscriptionEndDate', calendarDate);
  const renews = row.value('IsAutoRenew', oneOf(['yes', 'no', 'true', 'false', '1', '0']));
  const isRenewed = renews === undefined ? undefined : ['yes', 'true', '1'].includes(renews);
  return {
    ...given('advisorStatus', row.word('SubscriptionState', directStates)),
    ...given('renewsOn', isRenewed === true ? ends : undefined),
    ...given('endsOn', isRenewed === false ? ends : undefined),
    ...given('licensesTotal', row.value(seatsColumn(row), count)),
  };
}

function cspFacts(row: ProfileRow): Partial<SubscriptionFacts> {
  return given('cspStatus', row.word('SubscriptionState', cspStates));
}

/** Where there is one for the end of the period, the other holds what changed since the month before. */
function seatsColumn(row: ProfileRow): string {
  return row.has('AvailableSeatsEOP') ? 'AvailableSeatsEOP' : 'AvailableSeats';
}

/** Insights, "Reseller performance": what resellers sold, so all of it is CSP. Has no tenant as documented. */
const resellerPerformance: Profile = {
  columns: [
    { name: 'SubscriptionID', required: true },
    { name: 'AssignedSeats', required: true },
    { name: 'Month', required: true },
    { name: 'CustomerTenantId' },
  ],
  read(row) {
    const tenant = row.value('CustomerTenantId', tenantId);
    const asOf = row.value('Month', calendarDate);
    const id = row.value('SubscriptionID', subscriptionId);
    const assigned = row.value('AssignedSeats', count);
    if (asOf === undefined || id === undefined) return undefined;
    const subscription = {
      channel: 'csp',
      subscriptionId: id,
      ...given('licensesAssigned', assigned),
      isDelayed,
    } as const;
    return { asOf, subscription, ...given('tenantId', tenant) };
  },
};

/**
 * The license-based reconciliation file: what was charged, which says that a subscription is there, not
 * whether it is active or suspended now.
 */
const reconciliation: Profile = {
  columns: [
    { name: 'CustomerId', required: true },
    { name: 'CustomerName', required: true },
    // SubscriptionId is one of the billing platform, which nothing else knows.
    { name: 'SyndicationPartnerSubscriptionNumber', required: true },
    { name: 'OfferName', required: true },
    { name: 'ChargeEndDate', required: true },
  ],
  read(row) {
    const tenant = row.value('CustomerId', tenantId);
    const name = row.value('CustomerName', plainText);
    const id = row.value('SyndicationPartnerSubscriptionNumber', subscriptionId);
    const product = row.value('OfferName', plainText);
    const asOf = row.value('ChargeEndDate', usDate);
    if (tenant === undefined || id === undefined || asOf === undefined) return undefined;
    return {
      tenantId: tenant,
      asOf,
      ...given('name', name),
      subscription: { channel: 'csp', subscriptionId: id, ...given('product', product) },
    };
  },
};

/**
 * `2/28/2019 23:59`, month first, as Microsoft writes it in these files; also `2019-02-28`.
 *
 * A spreadsheet of another country that saves the file turns some of them into other days and leaves the
 * others as they are: the ends of months, which then have no month, give that away.
 */
export function usDate(text: string): Checked<string> {
  const time = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?)?$/i;
  const [, month = '', day = '', year = ''] = time.exec(text) ?? [];
  const iso = year === '' ? text : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const checked = calendarDate(iso);
  return 'message' in checked
    ? {
        message:
          'is not a date as Microsoft writes it here, 2/28/2019 0:00 with the month first; take the file as it was downloaded, not as a spreadsheet saved it',
      }
    : checked;
}

export const profileNames = [
  'partner-center-customers',
  'partner-center-subscriptions',
  'partner-center-reseller-performance',
  'partner-center-reconciliation',
] as const;
export type ProfileName = (typeof profileNames)[number];

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  'partner-center-customers': customers,
  'partner-center-subscriptions': subscriptions,
  'partner-center-reseller-performance': resellerPerformance,
  'partner-center-reconciliation': reconciliation,
};
