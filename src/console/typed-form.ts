/**
 * The form of a record as it was posted: named fields with a number, and which button was pressed.
 */
import { customerListMax } from '../core/limits.ts';
import type { TypedCustomer } from '../ports/customer-desk.ts';
import { textOf } from './query.ts';
import { customerFields, subscriptionFields } from './views/customer-fields.ts';

/** Rows beyond this are not read: no honest form has them. */
const rowsMax = customerListMax;

export function typedFrom(body: unknown): TypedCustomer {
  const names = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  const contacts = numbersOf(names, /^contact\.(\d{1,4})$/);
  const subscriptions = numbersOf(names, /^s\.(\d{1,4})\.\w+$/);
  return {
    fields: Object.fromEntries(
      Object.keys(customerFields).map((name) => [name, textOf(body, `f.${name}`)]),
    ),
    contacts: contacts.map((at) => textOf(body, `contact.${at}`)),
    subscriptions: subscriptions.map((at) =>
      Object.fromEntries(
        Object.keys(subscriptionFields).map((name) => [name, textOf(body, `s.${at}.${name}`)]),
      ),
    ),
  };
}

function numbersOf(names: readonly string[], pattern: RegExp): readonly number[] {
  const numbers = names.flatMap((name) => {
    const number = pattern.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return [...new Set(numbers)].sort((a, b) => a - b).slice(0, rowsMax);
}

export type FormStep =
  | { readonly kind: 'save' }
  | {
      readonly kind: 'rows';
      readonly typed: TypedCustomer;
      readonly added?: 'contact' | 'subscription';
    };

/** What the pressed button asks for: rows come and go without anything being saved. */
export function stepOf(pressed: string, typed: TypedCustomer): FormStep {
  const [, what = '', number = ''] =
    /^remove-(contact|subscription)-(\d{1,4})$/.exec(pressed) ?? [];
  const stays = (_row: unknown, at: number) => at !== Number(number);
  if (pressed === 'add-contact' && typed.contacts.length < rowsMax)
    return {
      kind: 'rows',
      typed: { ...typed, contacts: [...typed.contacts, ''] },
      added: 'contact',
    };
  if (pressed === 'add-subscription' && typed.subscriptions.length < rowsMax)
    return {
      kind: 'rows',
      typed: { ...typed, subscriptions: [...typed.subscriptions, {}] },
      added: 'subscription',
    };
  if (what === 'contact')
    return { kind: 'rows', typed: { ...typed, contacts: typed.contacts.filter(stays) } };
  if (what === 'subscription')
    return { kind: 'rows', typed: { ...typed, subscriptions: typed.subscriptions.filter(stays) } };
  return pressed === 'save' || pressed === '' ? { kind: 'save' } : { kind: 'rows', typed };
}
