/**
 * What differs between two states of a customer’s record, field by field, in words for people.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Address } from '../core/address.ts';
import type { Customer } from '../core/customer.ts';
import type { RecordChange } from '../ports/records.ts';

type Shown = string | number | boolean | undefined;

function shownAddress(address: Address): string {
  return address.name === undefined ? address.address : `${address.name} <${address.address}>`;
}

function shownValue(value: Shown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === undefined ? '' : String(value);
}

/** Every value of the record by its path, in the order in which a file has its columns. */
function* fieldsOf(customer: Customer): Generator<readonly [string, Shown]> {
  const { otherDomains, contacts, subscriptions, ...plain } = customer;
  yield* Object.entries(plain);
  for (const [index, domain] of otherDomains.entries()) yield [`otherDomains[${index}]`, domain];
  for (const [index, contact] of contacts.entries())
    yield [`contacts[${index}]`, shownAddress(contact)];
  for (const [index, subscription] of subscriptions.entries())
    for (const [name, value] of Object.entries(subscription))
      yield [`subscriptions[${index}].${name}`, value];
}

/** Every value of a record by its path, as it is shown to people. */
export function shownFields(customer: Customer): ReadonlyMap<string, string> {
  return new Map([...fieldsOf(customer)].map(([path, value]) => [path, shownValue(value)]));
}

/**
 * `before` is undefined for a customer that is new, of which no field is told: all of them are. A value that is
 * unknown is shown as nothing.
 */
export function customerChange(before: Customer | undefined, after: Customer): RecordChange {
  const customerId = after.id;
  if (before === undefined) return { customerId, kind: 'added', fields: [] };
  // Most are as they were: comparing values is much quicker than naming them.
  if (isDeepStrictEqual(before, after)) return { customerId, kind: 'unchanged', fields: [] };
  const old = shownFields(before);
  const now = shownFields(after);
  const paths = new Set([...now.keys(), ...old.keys()]);
  const fields = [...paths]
    .map((path) => ({ path, before: old.get(path) ?? '', after: now.get(path) ?? '' }))
    .filter((field) => field.before !== field.after);
  return { customerId, kind: fields.length > 0 ? 'changed' : 'unchanged', fields };
}
