/**
 * Finds the customer a notice belongs to: names the keys to look up, then judges the candidates.
 *
 * What the notice says and who forwarded it are two witnesses. Where they contradict each other nothing
 * is resolved silently. Never the first address in the body; a shared domain (gmail.com) says nothing.
 */
import { domainOf, normalizeAddress, organizationalDomain } from './address.ts';
import { type Customer, verifiedDomains } from './customer.ts';
import type { Match, MatchEvidence } from './decision.ts';
import { isShared } from './genuineness.ts';
import { candidatesMax, matchKeysMax, shownCharsMax, typedAddressesMax } from './limits.ts';
import type { Evidence, Original } from './mail.ts';
import { shown } from './normalize.ts';
import type { NoticeCatalog, NoticeFields } from './notice.ts';
import {
  fullOrganizationName,
  nameSimilarity,
  normalizeOrganization,
  sharesTellingWord,
} from './organization-name.ts';

/** Keys a customer can be looked up by, all normalised. */
export interface MatchKeys {
  readonly subscriptionIds: readonly string[];
  readonly tenantIds: readonly string[];
  /** Tenant domains and verified domains. */
  readonly domains: readonly string[];
  /** Addresses of contacts. */
  readonly addresses: readonly string[];
  /** Organisation names by `normalizeOrganization`. */
  readonly organizations: readonly string[];
}

export interface MatchInput {
  readonly notice: NoticeFields;
  readonly original: Original;
  /** Address of the forwarder; absent when Microsoft is the outer author. */
  readonly forwarder?: string;
  readonly catalog: NoticeCatalog;
  /** Our own addresses: the notice's To names them when Microsoft wrote straight to the desk. */
  readonly ownAddresses: readonly string[];
}

export type MatchResult =
  | { readonly kind: 'unique'; readonly match: Match; readonly evidence: readonly Evidence[] }
  | {
      readonly kind: 'ambiguous';
      readonly customers: readonly Customer[];
      readonly evidence: readonly Evidence[];
    }
  | {
      readonly kind: 'conflict';
      readonly customers: readonly Customer[];
      readonly evidence: readonly Evidence[];
    }
  | { readonly kind: 'none'; readonly evidence: readonly Evidence[] };

/** How much each piece of evidence is worth alone; together they add as independent witnesses. */
const weights: Readonly<Record<MatchEvidence, number>> = {
  'subscription-id': 0.95,
  'tenant-id': 0.95,
  'tenant-domain': 0.9,
  contact: 0.9,
  'forwarder-domain': 0.7,
  'original-recipient': 0.6,
  'organization-name': 0.5,
  'organization-similar': 0.3,
};
/** Names that share so much of all their trigrams are alike: a slip or a word more leaves about that. */
export const likenessMin = 0.5;
/** So much more alike is clearly more. */
const likenessMargin = 0.1;
const strongNotice: readonly MatchEvidence[] = ['subscription-id', 'tenant-id', 'tenant-domain'];
/** A name that is only alike points to nobody by itself. */
const weakNotice: readonly MatchEvidence[] = ['original-recipient', 'organization-name'];

export function matchKeys(input: MatchInput): MatchKeys {
  const { notice } = input;
  const recipients = recipientsOf(input);
  const addresses = [
    ...(input.forwarder === undefined ? [] : [normalizeAddress(input.forwarder)]),
    ...recipients,
  ];
  const domains = [
    ...(notice.tenantDomain === undefined ? [] : [notice.tenantDomain]),
    ...addresses.map(domainOf),
  ].filter((domain) => !isShared(domain, input.catalog));
  const organization = normalizeOrganization(notice.organization ?? '');
  return {
    subscriptionIds: notice.subscriptionId === undefined ? [] : [notice.subscriptionId],
    tenantIds: notice.tenantId === undefined ? [] : [notice.tenantId],
    domains: [...new Set(domains)].slice(0, matchKeysMax),
    addresses: [...new Set(addresses)].slice(0, matchKeysMax),
    organizations: organization === '' ? [] : [organization],
  };
}

/**
 * The name to look for others alike, where neither an id or domain of the notice nor the very name of a
 * candidate says whose it is: one of them may fit better than who was found by the forwarder.
 */
export function similarName(
  candidates: readonly Customer[],
  input: MatchInput,
): string | undefined {
  const name = normalizeOrganization(input.notice.organization ?? '');
  if (name === '') return undefined;
  const isNamed = candidates.some((customer) =>
    rate(customer, input).matchedBy.some(
      (code) => strongNotice.includes(code) || code === 'organization-name',
    ),
  );
  return isNamed ? undefined : name;
}

/** Judges the candidates that the keys named, beside those whose names are only alike. */
export function judgeMatch(
  candidates: readonly Customer[],
  input: MatchInput,
  similar: readonly Customer[] = [],
): MatchResult {
  const ids = new Set(candidates.map(({ id }) => id));
  const rated = [...candidates, ...similar.filter(({ id }) => !ids.has(id))]
    .map((customer) => rate(customer, input))
    .filter(({ matchedBy }) => matchedBy.length > 0)
    .sort((a, b) => b.score - a.score || a.customer.id.localeCompare(b.customer.id));
  const evidence: Evidence[] = rated.slice(0, 5).map((match) => ({
    stage: 'match',
    code: 'candidate',
    detail: shown(candidateLine(match), shownCharsMax),
  }));
  const end = (kind: 'ambiguous' | 'conflict' | 'none' | 'unique', detail: string): Evidence[] => [
    ...evidence,
    { stage: 'match', code: kind, detail: shown(detail, shownCharsMax) },
  ];
  if (rated.length === 0) return { kind: 'none', evidence: end('none', 'no customer fits') };
  const conflict = (detail: string): MatchResult => ({
    kind: 'conflict',
    customers: rated.map(({ customer }) => customer),
    evidence: end('conflict', detail),
  });
  const ambiguous = (matches: readonly Match[], detail: string): MatchResult => ({
    kind: 'ambiguous',
    customers: matches.map(({ customer }) => customer),
    evidence: end('ambiguous', detail),
  });
  // The strongest keys are looked up first: a customer whom the notice itself names is among them.
  const isNamed = rated.some(({ matchedBy }) =>
    matchedBy.some((code) => strongNotice.includes(code)),
  );
  if (candidates.length >= candidatesMax && !isNamed)
    return ambiguous(rated, 'more customers fit than are compared');
  const chosen = choose(rated);
  if (chosen === undefined)
    return conflict('the notice and its forwarder point to different customers');
  const [only, ...more] = chosen;
  if (only === undefined)
    return { kind: 'none', evidence: end('none', 'nothing but a name that is alike') };
  if (more.length > 0) return ambiguous(chosen, `${chosen.length} customers fit alike`);
  const against =
    contradiction(only, input) ?? rivalOf(only, rated) ?? betterNamed(only, rated, input);
  if (against !== undefined) return conflict(against);
  return {
    kind: 'unique',
    match: only,
    evidence: end('unique', `${only.customer.id} by ${only.matchedBy.join(', ')}`),
  };
}

function candidateLine({ customer, matchedBy, against, score }: Match): string {
  const denied = against.length === 0 ? '' : `; against: ${against.join(', ')}`;
  return `${customer.id} (${customer.name}): ${matchedBy.join(', ')}${denied}; score ${score.toFixed(2)}`;
}

/** Another customer whose name is clearly more like the notice's, where only the forwarder points to this one. */
function betterNamed(
  only: Match,
  rated: readonly Match[],
  { notice }: MatchInput,
): string | undefined {
  const isNamed = only.matchedBy.some((code) => strongNotice.includes(code));
  if (isNamed || notice.organization === undefined) return undefined;
  const full = fullOrganizationName(notice.organization);
  const isExact = ({ customer }: Match): boolean => fullOrganizationName(customer.name) === full;
  // `Contoso KG` is not `Contoso GmbH`, where both are customers.
  const exact = isExact(only) ? undefined : rated.find((other) => other !== only && isExact(other));
  if (exact !== undefined)
    return `the notice names “${notice.organization}”, which is ${exact.customer.id}`;
  if (only.matchedBy.includes('organization-name')) return undefined;
  const name = normalizeOrganization(notice.organization);
  const likeness = ({ customer }: Match): number =>
    nameSimilarity(name, normalizeOrganization(customer.name));
  const better = rated.find(
    (other) => other !== only && likeness(other) >= likeness(only) + likenessMargin,
  );
  return better === undefined
    ? undefined
    : `the notice names “${notice.organization}”, which is more like ${better.customer.id} (“${better.customer.name}”)`;
}

/** Another customer whom the notice names by what the chosen one does not have: it is about two. */
function rivalOf(only: Match, rated: readonly Match[]): string | undefined {
  for (const code of strongNotice) {
    const rival = rated.find(({ matchedBy }) => matchedBy.includes(code));
    if (rival !== undefined && !only.matchedBy.includes(code))
      return `the notice names ${rival.customer.id} by ${code}, but ${only.customer.id} otherwise`;
  }
  return undefined;
}

/** Those on whom the notice and the forwarder agree; undefined when they contradict each other. */
function choose(rated: readonly Match[]): readonly Match[] | undefined {
  const having = (codes: readonly MatchEvidence[]): readonly Match[] =>
    rated.filter(({ matchedBy }) => matchedBy.some((code) => codes.includes(code)));
  const byNotice = firstFilled(having(strongNotice), having(weakNotice));
  const byForwarder = firstFilled(having(['contact']), having(['forwarder-domain']));
  if (byNotice.length === 0) return byForwarder;
  if (byForwarder.length === 0) return narrow(byNotice);
  const both = byNotice.filter((match) => byForwarder.includes(match));
  if (both.length > 0) return narrow(both);
  // A contact of one customer may also work at the domain of the notice's: that is agreement.
  const byDomain = byNotice.filter(
    (match) => match.matchedBy.includes('forwarder-domain') || match.matchedBy.includes('contact'),
  );
  return byDomain.length > 0 ? narrow(byDomain) : undefined;
}

/** A subscription or tenant id names one customer even where several share a domain. */
function narrow(matches: readonly Match[]): readonly Match[] {
  const byId = matches.filter(
    ({ matchedBy }) => matchedBy.includes('subscription-id') || matchedBy.includes('tenant-id'),
  );
  return byId.length > 0 ? byId : matches;
}

function firstFilled(first: readonly Match[], second: readonly Match[]): readonly Match[] {
  return first.length > 0 ? first : second;
}

/** What each witness says about one customer: for it, against it, or nothing. */
function rate(customer: Customer, input: MatchInput): Match {
  const said = witnesses(customer, input);
  const codes = Object.keys(weights) as MatchEvidence[];
  const matchedBy = codes.filter((code) => said[code] === true);
  const against = codes.filter((code) => said[code] === false);
  const doubt = matchedBy.reduce((rest, code) => rest * (1 - weights[code]), 1);
  // A denial takes away half of what its confirmation would be worth.
  const held = against.reduce((rest, code) => rest * (1 - weights[code] / 2), 1);
  return { customer, matchedBy, against, score: Math.round((1 - doubt) * held * 1000) / 1000 };
}

/** True: it speaks for the customer. False: against. Undefined: it says nothing. */
function witnesses(
  customer: Customer,
  input: MatchInput,
): Readonly<Record<MatchEvidence, boolean | undefined>> {
  const { notice, forwarder, catalog } = input;
  const domains = verifiedDomains(customer);
  const contacts = customer.contacts.map(({ address }) => normalizeAddress(address));
  const isOwn = (domain: string): boolean => domains.includes(domain) && !isShared(domain, catalog);
  const isOfTheirs = recipientsOf(input).some(
    (address) => contacts.includes(address) || isOwn(domainOf(address)),
  );
  const isContact = forwarder !== undefined && contacts.includes(normalizeAddress(forwarder));
  return {
    'subscription-id': saysSubscription(customer, notice),
    'tenant-id':
      notice.tenantId === undefined || customer.tenantId === undefined
        ? undefined
        : customer.tenantId === notice.tenantId,
    'tenant-domain': saysDomain(customer, notice, isOwn),
    contact: isContact || undefined,
    'forwarder-domain': isOwn(domainOf(forwarder ?? '')) || undefined,
    'original-recipient': isOfTheirs || undefined,
    ...saysName(customer, notice),
  };
}

/** An id denies a customer only where every id of its is known. */
function saysSubscription(
  { subscriptions }: Customer,
  { subscriptionId }: NoticeFields,
): boolean | undefined {
  if (subscriptionId === undefined) return undefined;
  const ids = subscriptions.flatMap(({ advisorSubscriptionId, cspSubscriptionId }) => [
    advisorSubscriptionId,
    cspSubscriptionId,
  ]);
  if (ids.includes(subscriptionId)) return true;
  const isAllKnown =
    subscriptions.length > 0 &&
    subscriptions.every(({ advisorSubscriptionId }) => advisorSubscriptionId !== undefined);
  return isAllKnown ? false : undefined;
}

/** A domain that a contact writes from may well be the customer's: its record does not name all of them. */
function saysDomain(
  customer: Customer,
  { tenantDomain }: NoticeFields,
  isOwn: (domain: string) => boolean,
): boolean | undefined {
  if (tenantDomain === undefined) return undefined;
  if (isOwn(tenantDomain)) return true;
  const isContacts = customer.contacts.some(({ address }) => domainOf(address) === tenantDomain);
  return verifiedDomains(customer).length > 0 && !isContacts ? false : undefined;
}

function saysName(
  customer: Customer,
  { organization }: NoticeFields,
): Pick<Record<MatchEvidence, boolean | undefined>, 'organization-name' | 'organization-similar'> {
  const asked = normalizeOrganization(organization ?? '');
  const known = normalizeOrganization(customer.name);
  if (organization === undefined || asked === '')
    return { 'organization-name': undefined, 'organization-similar': undefined };
  if (asked === known) return { 'organization-name': true, 'organization-similar': undefined };
  const isAlike = nameSimilarity(asked, known) >= likenessMin;
  const labels = verifiedDomains(customer).map(labelOf);
  const isRelated = sharesTellingWord(organization, { name: customer.name, labels });
  return {
    'organization-name': isAlike || isRelated ? undefined : false,
    'organization-similar': isAlike || undefined,
  };
}

/** What the notice says that the record of the only candidate denies. */
function contradiction(
  { customer, matchedBy, against }: Match,
  { notice }: MatchInput,
): string | undefined {
  if (against.includes('tenant-id'))
    return `the notice is about tenant ${notice.tenantId}, the record about ${customer.tenantId}`;
  const isNamedById = matchedBy.includes('subscription-id') || matchedBy.includes('tenant-id');
  if (against.includes('tenant-domain') && !isNamedById)
    return `the notice is about ${notice.tenantDomain}, which is not a domain of ${customer.id}`;
  // Its recipient may look after several organisations: who it was sent to does not say which it is about.
  const isNamed = matchedBy.some((code) => strongNotice.includes(code));
  return against.includes('organization-name') && !isNamed
    ? `the notice names “${notice.organization}”, the record “${customer.name}”`
    : undefined;
}

/** The part of a domain that somebody chose: `north-wind` of `www.north-wind.co.uk`, without its hyphen. */
function labelOf(domain: string): string {
  return (organizationalDomain(domain).split('.')[0] ?? '').replaceAll('-', '');
}

/** Addresses the original was sent to, without our own. */
function recipientsOf({ original, ownAddresses }: MatchInput): string[] {
  return original.to
    .slice(0, typedAddressesMax)
    .flatMap(({ address }) => (address === undefined ? [] : [normalizeAddress(address)]))
    .filter((address) => !ownAddresses.includes(address));
}
