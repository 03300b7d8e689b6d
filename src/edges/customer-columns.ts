/**
 * The columns of customers.csv: what each may hold and where it goes in the record.
 *
 * docs/customers.md is compared with this table by a test.
 */
import {
  advisorStatuses,
  billingAccounts,
  billingKinds,
  type Customer,
  cspStatuses,
  type SubscriptionTransition,
  transitionStatuses,
} from '../core/customer.ts';
import {
  approval,
  bareAddress,
  type Checked,
  calendarDate,
  contactList,
  contactText,
  count,
  country,
  currency,
  customerId,
  domainList,
  domainName,
  httpsLink,
  languageTag,
  money,
  oneOf,
  plainText,
  subscriptionId,
  tenantId,
} from './customer-values.ts';

type Fields<Whole> = { -readonly [Key in keyof Whole]?: Whole[Key] };

/** What the cells of one row say, the empty ones left out. */
export interface RowFields {
  readonly customer: Fields<Omit<Customer, 'subscriptions'>>;
  readonly subscription: Fields<SubscriptionTransition>;
}

export interface Column {
  readonly name: string;
  /** `customer` columns are repeated on each row of a customer and must agree. */
  readonly of: 'customer' | 'subscription';
  readonly required?: true;
  /** What it holds beside a single text: a list, or yes, no or a date. */
  readonly holds?: 'list' | 'approval';
  /** Puts the checked value of a non-empty cell into the fields, or says what is wrong with it. */
  readonly read: (text: string, into: RowFields) => string | undefined;
  /** The value as it is compared between the rows of a customer. */
  readonly comparable: (text: string) => string;
  /** What `read` would take back to the same value; nothing where the record says nothing. */
  readonly show: (customer: Customer, subscription: SubscriptionTransition) => Shown | undefined;
}

/** A value as JSON lines hold it. */
export type Shown = string | number | boolean | readonly string[];

function column<Value>(
  name: string,
  of: Column['of'],
  check: (text: string) => Checked<Value>,
  put: (into: RowFields, value: Value) => void,
  show: Column['show'],
): Column {
  return {
    name,
    of,
    show,
    read: (text, into) => {
      const checked = check(text);
      if ('message' in checked) return checked.message;
      put(into, checked.value);
      return undefined;
    },
    comparable: (text) => {
      const checked = check(text);
      return 'message' in checked ? text : comparable(checked.value);
    },
  };
}

/** Lists in another order say the same. */
function comparable(value: unknown): string {
  return Array.isArray(value)
    ? JSON.stringify(value.map((item) => JSON.stringify(item)).sort())
    : JSON.stringify(value);
}

function customer<Key extends Exclude<keyof RowFields['customer'], 'contacts'>>(
  name: string,
  key: Key,
  check: (text: string) => Checked<NonNullable<RowFields['customer'][Key]>>,
): Column {
  const put = (into: RowFields, value: NonNullable<RowFields['customer'][Key]>) => {
    into.customer[key] = value;
  };
  return column(name, 'customer', check, put, (whole) => whole[key]);
}

function subscription<Key extends keyof RowFields['subscription']>(
  name: string,
  key: Key,
  check: (text: string) => Checked<NonNullable<SubscriptionTransition[Key]>>,
): Column {
  const put = (into: RowFields, value: NonNullable<SubscriptionTransition[Key]>) => {
    into.subscription[key] = value;
  };
  return column(name, 'subscription', check, put, (_customer, whole) => whole[key]);
}

const contacts = column(
  'contacts',
  'customer',
  contactList,
  ({ customer: into }, value) => {
    into.contacts = value;
  },
  (whole) => whole.contacts.map(contactText),
);

/** A date where there is one, which says yes as well. */
const partnerApproved = column(
  'partner_approved',
  'customer',
  approval,
  ({ customer: into }, value) => {
    into.partnerApproved = value.approved;
    if (value.on !== undefined) into.partnerApprovedOn = value.on;
  },
  // A date says yes, so it must not stand where the answer is no.
  (whole) =>
    whole.partnerApproved === false ? false : (whole.partnerApprovedOn ?? whole.partnerApproved),
);

export const customerColumns: readonly Column[] = [
  { ...customer('customer_id', 'id', customerId), required: true },
  { ...customer('customer_name', 'name', plainText), required: true },
  customer('tenant_domain', 'tenantDomain', domainName),
  customer('tenant_id', 'tenantId', tenantId),
  { ...customer('other_domains', 'otherDomains', domainList), holds: 'list' },
  { ...contacts, holds: 'list' },
  customer('locale', 'locale', languageTag),
  customer('country', 'country', country),
  { ...partnerApproved, holds: 'approval' },
  customer('approval_link', 'approvalLink', httpsLink),
  { ...subscription('product', 'product', plainText), required: true },
  subscription('advisor_subscription_id', 'advisorSubscriptionId', subscriptionId),
  subscription('advisor_status', 'advisorStatus', oneOf(advisorStatuses)),
  subscription('advisor_renews_on', 'advisorRenewsOn', calendarDate),
  subscription('advisor_ends_on', 'advisorEndsOn', calendarDate),
  subscription('billing', 'billing', oneOf(billingKinds)),
  subscription('billing_account', 'billingAccount', oneOf(billingAccounts)),
  subscription('licenses_assigned', 'licensesAssigned', count),
  subscription('licenses_total', 'licensesTotal', count),
  subscription('csp_status', 'cspStatus', oneOf(cspStatuses)),
  subscription('csp_subscription_id', 'cspSubscriptionId', subscriptionId),
  subscription('csp_licenses_assigned', 'cspLicensesAssigned', count),
  subscription('monthly_cost', 'monthlyCost', money),
  subscription('currency', 'currency', currency),
  subscription('transition_status', 'transitionStatus', oneOf(transitionStatuses)),
  customer('account_manager', 'accountManager', bareAddress),
];

export const columnByName = new Map(customerColumns.map((known) => [known.name, known]));

/** As names of columns are compared. */
export function normalizedName(name: string): string {
  return name.trim().toLowerCase();
}
