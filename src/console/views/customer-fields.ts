/**
 * What the columns of a record are called on the screen, and how each is typed.
 */
import {
  advisorStatuses,
  billingAccounts,
  billingKinds,
  cspStatuses,
  transitionStatuses,
} from '../../core/customer.ts';

export interface FieldWords {
  readonly label: string;
  readonly hint?: string;
  readonly choices?: readonly string[];
  readonly type?: 'date' | 'number' | 'url' | 'email';
}

/** Of the customer, contacts left out: they have lines of their own. */
export const customerFields: Readonly<Record<string, FieldWords>> = {
  customer_id: { label: 'Customer’s id', hint: 'Your own; it stays the same for good.' },
  customer_name: { label: 'Name' },
  tenant_domain: {
    label: 'Domain of the tenant',
    hint: 'contoso.example or contoso.onmicrosoft.com',
  },
  tenant_id: { label: 'Tenant id' },
  other_domains: { label: 'Further domains', hint: 'Separated by ;' },
  locale: { label: 'Language', hint: 'en, de, pt-BR' },
  country: { label: 'Country', hint: 'Two letters, DE' },
  partner_approved: { label: 'Approved you as partner', hint: 'yes, no, or the date: 2026-11-30' },
  approval_link: { label: 'Link to approve you', hint: 'https://…' },
  account_manager: { label: 'Account manager', hint: 'An address of yours' },
};

export const subscriptionFields: Readonly<Record<string, FieldWords>> = {
  product: { label: 'Product' },
  advisor_status: { label: 'Old subscription', choices: advisorStatuses },
  advisor_subscription_id: { label: 'Id of the old one' },
  advisor_renews_on: { label: 'It renews on', type: 'date' },
  advisor_ends_on: { label: 'It ends on', type: 'date' },
  billing: { label: 'Paid by', choices: billingKinds },
  billing_account: { label: 'Billing account', choices: billingAccounts },
  licenses_assigned: { label: 'Licenses assigned, old', type: 'number' },
  licenses_total: { label: 'All licenses, old', type: 'number' },
  csp_status: { label: 'New subscription', choices: cspStatuses },
  csp_subscription_id: { label: 'Id of the new one' },
  csp_licenses_assigned: { label: 'Licenses assigned, new', type: 'number' },
  monthly_cost: { label: 'Cost a month, old', hint: '412.50' },
  currency: { label: 'Currency', hint: 'EUR' },
  transition_status: { label: 'The move', choices: transitionStatuses },
};

/** Names of the record, as history has them, in words: `subscriptions[0].cspStatus`. */
export function fieldPathWords(path: string): string {
  const [, list = '', number = '', rest = ''] =
    /^(subscriptions|contacts|otherDomains)\[(\d{1,9})\](?:\.(\w+))?$/.exec(path) ?? [];
  const columns: Readonly<Record<string, FieldWords>> = {
    ...customerFields,
    ...subscriptionFields,
  };
  const label = (name: string) =>
    columns[name === 'name' ? 'customer_name' : snake(name)]?.label ?? name;
  if (list === 'contacts') return `Contact ${Number(number) + 1}`;
  if (list === 'otherDomains') return `Further domain ${Number(number) + 1}`;
  if (list === 'subscriptions') return `Subscription ${Number(number) + 1}: ${label(rest)}`;
  return label(path);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
