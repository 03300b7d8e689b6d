/**
 * Who may be told what: the table of disclosure for one mail, and how a record or the desk knows an address.
 */
import { domainOf, normalizeAddress } from './address.ts';
import { type Customer, verifiedDomains } from './customer.ts';
import type { DecideInput } from './decide-input.ts';
import type { Authentication } from './decision.ts';
import { type Disclosable, disclosableTo } from './disclosure.ts';
import { isShared } from './genuineness.ts';
import type { NoticeCatalog } from './notice.ts';
import type { Policy } from './policy.ts';

/** The most that may be sent to an author whose authentication came out so: the table of disclosure. */
export function disclosable({ result }: Authentication, { policy }: DecideInput): Disclosable {
  return disclosableTo(result, policy);
}

/** Whether the author is proven, so that a record may be disclosed to him if it knows him. */
export function isProven(input: DecideInput): boolean {
  return disclosable(input.authentication, input).atMost === 'record';
}

/** For mail said to be from Microsoft only an aligned DKIM pass counts: others relay under its name. */
export function authenticationFor({ authentication, screening }: DecideInput): Authentication {
  const { result, by, dkimAligned } = authentication;
  if (screening.byMicrosoft && result === 'pass' && !dkimAligned)
    return { result: 'none', dkimAligned: false };
  return { result, dkimAligned, ...(by === undefined ? {} : { by }) };
}

/** Whether an address is the desk's, or of its organisation. */
export function isOurs(
  address: string,
  { policy, catalog }: Pick<DecideInput, 'policy' | 'catalog'>,
): boolean {
  const domains = policy.ownAddresses.map(domainOf).filter((own) => !isShared(own, catalog));
  return (
    policy.ownAddresses.includes(normalizeAddress(address)) || domains.includes(domainOf(address))
  );
}

/** How the record knows an address: as a contact, or as a colleague at a verified domain. */
export function knownAs(
  address: string,
  customer: Customer,
  policy: Policy,
  catalog: NoticeCatalog,
): { readonly name?: string } | undefined {
  const contact = customer.contacts.find(
    (known) => normalizeAddress(known.address) === normalizeAddress(address),
  );
  if (contact !== undefined) return contact.name === undefined ? {} : { name: contact.name };
  const domain = domainOf(address);
  const isColleague =
    policy.answerColleagues &&
    verifiedDomains(customer).includes(domain) &&
    !isShared(domain, catalog);
  return isColleague ? {} : undefined;
}
