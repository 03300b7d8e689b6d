/**
 * A record as text in the fields of a form, and back: by the columns and checks of a customers file, so that what one
 * takes the other takes too.
 */
import type { Customer, SubscriptionTransition } from '../core/customer.ts';
import type { TypedCustomer, TypedFault } from '../ports/customer-desk.ts';
import { customerColumns, type Shown } from './customer-columns.ts';
import { CustomerRows, shownText } from './customer-rows.ts';
import { contactList, contactText, customerId } from './customer-values.ts';

const ofCustomer = customerColumns.filter(({ of }) => of === 'customer');
const ofSubscription = customerColumns.filter(({ of }) => of === 'subscription');

export function typedOf(customer: Customer): TypedCustomer {
  const none: SubscriptionTransition = { product: '' };
  return {
    fields: Object.fromEntries(
      ofCustomer
        .filter(({ name }) => name !== 'contacts')
        .map(({ name, show }) => [name, shown(show(customer, none))]),
    ),
    contacts: customer.contacts.map(contactText),
    subscriptions: customer.subscriptions.map((subscription) =>
      Object.fromEntries(
        ofSubscription.map(({ name, show }) => [name, shown(show(customer, subscription))]),
      ),
    ),
  };
}

function shown(value: Shown | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.join('; ') : String(value);
}

export type ReadTyped =
  | { readonly customer: Customer }
  | { readonly faults: readonly TypedFault[] };

/** A record without a subscription is one that no file could make, but a person may correct it all the same. */
export function readTyped(typed: TypedCustomer): ReadTyped {
  const contacts = typed.contacts.map((text) => text.trim());
  const wrongContacts = contacts.flatMap(contactFault);
  const wrong = new Set(wrongContacts.map(({ at }) => at));
  const fields: Readonly<Record<string, string>> = {
    ...typed.fields,
    customer_id: normalId(typed.fields.customer_id ?? ''),
    contacts: contacts.filter((text, at) => text !== '' && !wrong.has(at)).join(';'),
  };
  const columns = typed.subscriptions.length === 0 ? ofCustomer : customerColumns;
  const rows = new CustomerRows(columns);
  const lines = typed.subscriptions.length === 0 ? [{}] : typed.subscriptions;
  for (const [at, subscription] of lines.entries()) {
    const all: Readonly<Record<string, string>> =
      at === 0
        ? { ...subscription, ...fields }
        : { ...subscription, customer_id: fields.customer_id ?? '' };
    const cells = columns.map(({ name }) => (all[name] ?? '').trim());
    rows.add({ line: at + 1, cells, faults: [] });
  }
  const [customer] = rows.rest();
  const faults = [...wrongContacts, ...faultsOf(rows), ...missingName(fields)];
  return customer === undefined || faults.length > 0 ? { faults } : { customer };
}

function normalId(text: string): string {
  const checked = customerId(text.trim());
  return 'value' in checked ? checked.value : text;
}

function contactFault(text: string, at: number): readonly TypedFault[] {
  if (text === '') return [];
  const checked = contactList(text);
  if ('message' in checked) return [{ column: 'contacts', at, sentence: `${checked.message}.` }];
  if (checked.value.length === 1) return [];
  const sentence = 'Each contact has a line of its own.';
  return [{ column: 'contacts', at, sentence }];
}

function faultsOf(rows: CustomerRows): readonly TypedFault[] {
  return rows.report().problems.map(({ line, column, value, message }) => ({
    column,
    ...(ofSubscription.some(({ name }) => name === column) ? { at: line - 1 } : {}),
    ...(column === 'contacts' ? { at: 0 } : {}),
    sentence: `${value === '' ? 'This' : shownText(value)} ${inWords(message)}.`,
  }));
}

/** Lines are subscriptions here. */
function inWords(message: string): string {
  return message
    .replace(/\bline (\d+)/g, 'subscription $1')
    .replaceAll('advisor_subscription_id', 'id of the old subscription');
}

/** Of a row without an id nothing else is looked at. */
function missingName(fields: Readonly<Record<string, string>>): readonly TypedFault[] {
  const isLeftOut = fields.customer_id === '' && (fields.customer_name ?? '').trim() === '';
  return isLeftOut ? [{ column: 'customer_name', sentence: 'This is missing.' }] : [];
}
