/**
 * Whether a text names a person by the address, and a record without that person.
 */
import { normalizeAddress } from './address.ts';
import type { Customer } from './customer.ts';

/** What stands in the place of somebody who was erased. */
export const erasedText = '[erased]';

/**
 * Whether the address itself occurs in the text: not as a part of a longer one, as `ana@contoso.example` is of
 * `diana@contoso.example`. Letter case aside. Linear in the length of the text.
 */
export function names(text: string, address: string): boolean {
  const [haystack, needle] = [text.toLowerCase(), address.toLowerCase()];
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    const before = haystack[at - 1] ?? '';
    const after = haystack.slice(at + needle.length, at + needle.length + 2);
    if (!isLocalPartCharacter(before) && !goesOn(after)) return true;
  }
  return false;
}

/** Of the characters of a local-part those that people use: others more often stand before an address. */
function isLocalPartCharacter(character: string): boolean {
  return /[\p{L}\p{N}._+-]/u.test(character);
}

/** A domain goes on with a letter, a digit or a hyphen, or with a dot and one of those: not with a full stop. */
function goesOn(after: string): boolean {
  return /^(?:[\p{L}\p{N}-]|\.[\p{L}\p{N}])/u.test(after);
}

/** The record without the person; undefined where nothing of it names them. */
export function withoutContact(customer: Customer, address: string): Customer | undefined {
  const asked = normalizeAddress(address);
  const isAsked = (one: string) => normalizeAddress(one) === asked;
  const contacts = customer.contacts.filter((contact) => !isAsked(contact.address));
  const isManager = customer.accountManager !== undefined && isAsked(customer.accountManager);
  if (contacts.length === customer.contacts.length && !isManager) return undefined;
  const { accountManager, ...rest } = customer;
  return {
    ...rest,
    contacts,
    ...(isManager || accountManager === undefined ? {} : { accountManager }),
  };
}
