/**
 * Whether a text names a person by the address, and a record without that person.
 */
import { normalizeAddress } from './address.ts';
import type { Customer } from './customer.ts';
import type { Decision } from './decision.ts';

/** What stands in the place of somebody who was erased. */
export const erasedText = '[erased]';

/**
 * Whether the address itself occurs in the text: not as a part of a longer one, as `ana@contoso.example` is of
 * `diana@contoso.example`. Letter case aside; also as links and HTML write it (`ana%40contoso.example`). Linear in
 * the length of the text.
 */
export function names(text: string, address: string): boolean {
  if (namesPlainly(text, address)) return true;
  const plain = unescaped(text);
  return plain !== text && namesPlainly(plain, address);
}

function namesPlainly(text: string, address: string): boolean {
  const [haystack, needle] = [text.toLowerCase(), address.toLowerCase()];
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    const before = haystack.slice(Math.max(0, at - 2), at);
    const after = haystack.slice(at + needle.length, at + needle.length + 2);
    if (!isGoneBefore(before) && !goesOn(after)) return true;
  }
  return false;
}

/** Links hold addresses that are escaped, and links in links are escaped twice. */
function unescaped(text: string): string {
  const ascii = (escaped: string, code: number): string =>
    code > 0x20 && code < 0x7f ? String.fromCharCode(code) : escaped[0] === '&' ? escaped : ' ';
  const once = (from: string): string =>
    from.replace(/%([0-9a-f]{2})/gi, (all, hex: string) => ascii(all, Number.parseInt(hex, 16)));
  const entities = text.replace(
    /&#(?:x([0-9a-f]{1,4})|([0-9]{1,4}));/gi,
    (all, hex?: string, decimal?: string) =>
      ascii(all, hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
  );
  return once(once(entities));
}

/** Every text in a value, whatever holds it. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) yield* textsIn(part);
}

/** Whether one of the texts of a value names the person. */
export function namesAnywhere(value: unknown, address: string): boolean {
  for (const text of textsIn(value)) if (names(text, address)) return true;
  return false;
}

/**
 * How a case names a person: by what was written, decided or sent; only as somebody of the record it was decided
 * by; or not at all.
 */
export function namingOf(
  stored: { readonly decision: Decision },
  address: string,
): 'contents' | 'record' | undefined {
  if (!namesAnywhere(stored, address)) return undefined;
  const rest = { ...stored, decision: withoutPersonInRecords(stored.decision, address) };
  if (namesAnywhere(rest, address)) return 'contents';
  // “Ana has the answer” says it by the name.
  const called = recordedNames(stored.decision, address).map((name) => name.toLowerCase());
  for (const text of textsIn(rest))
    if (called.some((name) => text.toLowerCase().includes(name))) return 'contents';
  return 'record';
}

/** The decision with the person taken out of the records in it, which stay as they were otherwise. */
export function withoutPersonInRecords(decision: Decision, address: string): Decision {
  const without = (customer: Customer) => withoutContact(customer, address) ?? customer;
  const { match } = decision;
  const base =
    match === undefined ? {} : { match: { ...match, customer: without(match.customer) } };
  if ((decision.action !== 'reply' && decision.action !== 'review') || decision.plan === undefined)
    return { ...decision, ...base };
  const { plan } = decision;
  const { customer } = plan;
  const changed = customer === undefined ? plan : { ...plan, customer: without(customer) };
  return { ...decision, ...base, plan: changed };
}

function recordedNames(decision: Decision, address: string): readonly string[] {
  const asked = normalizeAddress(address);
  const plan = 'plan' in decision ? decision.plan : undefined;
  return [decision.match?.customer, plan?.customer]
    .flatMap((customer) => customer?.contacts ?? [])
    .filter((contact) => normalizeAddress(contact.address) === asked)
    .flatMap(({ name = '' }) => (name.trim() === '' ? [] : [name.trim()]));
}

/**
 * Whether what stands before belongs to a longer local-part: of its characters those that people use, since others
 * more often stand before an address. A dot does only behind another of them. RFC 5321 §4.1.2 (Dot-string).
 */
function isGoneBefore(before: string): boolean {
  return /[\p{L}\p{N}_+-]\.?$/u.test(before);
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

/** What a record holds of the person, and whose record it is: nobody else of it. */
export function onlyContact(customer: Customer, address: string): object {
  const asked = normalizeAddress(address);
  const { id, name, contacts, accountManager } = customer;
  return {
    id,
    name,
    contacts: contacts.filter((contact) => normalizeAddress(contact.address) === asked),
    ...(accountManager !== undefined && normalizeAddress(accountManager) === asked
      ? { accountManager }
      : {}),
  };
}
