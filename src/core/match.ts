/**
 * Finds the customer a notice belongs to: names the keys to look up, then judges the candidates.
 *
 * What the notice says and who forwarded it are two witnesses. Where they contradict each other nothing
 * is resolved silently. Never the first address in the body; a shared domain (gmail.com) says nothing.
 */
import { domainOf, normalizeAddress } from './address.ts';
import { type Customer, verifiedDomains } from './customer.ts';
import type { Match, MatchEvidence } from './decision.ts';
import { isShared } from './genuineness.ts';
import { candidatesMax, matchKeysMax, shownCharsMax, typedAddressesMax } from './limits.ts';
import type { Evidence, Original } from './mail.ts';
import { foldDiacritics, shown } from './normalize.ts';
import type { NoticeCatalog, NoticeFields } from './notice.ts';

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
};
const strongNotice: readonly MatchEvidence[] = ['subscription-id', 'tenant-id', 'tenant-domain'];
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

export function judgeMatch(candidates: readonly Customer[], input: MatchInput): MatchResult {
  const rated = candidates
    .map((customer) => rate(customer, input))
    .filter(({ matchedBy }) => matchedBy.length > 0)
    .sort((a, b) => b.score - a.score || a.customer.id.localeCompare(b.customer.id));
  const evidence: Evidence[] = rated.slice(0, 5).map(({ customer, matchedBy, score }) => ({
    stage: 'match',
    code: 'candidate',
    detail: shown(
      `${customer.id} (${customer.name}): ${matchedBy.join(', ')}; score ${score.toFixed(2)}`,
      shownCharsMax,
    ),
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
  if (only === undefined || more.length > 0)
    return ambiguous(chosen, `${chosen.length} customers fit alike`);
  const against = contradiction(only, input) ?? rivalOf(only, rated);
  if (against !== undefined) return conflict(against);
  return {
    kind: 'unique',
    match: only,
    evidence: end('unique', `${only.customer.id} by ${only.matchedBy.join(', ')}`),
  };
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

function rate(customer: Customer, input: MatchInput): Match {
  const { notice, forwarder, catalog } = input;
  const domains = verifiedDomains(customer);
  const contacts = customer.contacts.map(({ address }) => normalizeAddress(address));
  const forwarderDomain = domainOf(forwarder ?? '');
  const organization = normalizeOrganization(notice.organization ?? '');
  const isOwn = (domain: string): boolean => domains.includes(domain) && !isShared(domain, catalog);
  const found: Readonly<Record<MatchEvidence, boolean>> = {
    'subscription-id': customer.subscriptions.some(
      ({ advisorSubscriptionId, cspSubscriptionId }) =>
        notice.subscriptionId !== undefined &&
        (advisorSubscriptionId === notice.subscriptionId ||
          cspSubscriptionId === notice.subscriptionId),
    ),
    'tenant-id': notice.tenantId !== undefined && customer.tenantId === notice.tenantId,
    'tenant-domain': notice.tenantDomain !== undefined && isOwn(notice.tenantDomain),
    contact: forwarder !== undefined && contacts.includes(normalizeAddress(forwarder)),
    'forwarder-domain': isOwn(forwarderDomain),
    'original-recipient': recipientsOf(input).some(
      (address) => contacts.includes(address) || isOwn(domainOf(address)),
    ),
    'organization-name':
      organization !== '' && normalizeOrganization(customer.name) === organization,
  };
  const matchedBy = (Object.keys(weights) as MatchEvidence[]).filter((code) => found[code]);
  const score = 1 - matchedBy.reduce((doubt, code) => doubt * (1 - weights[code]), 1);
  return { customer, matchedBy, score: Math.round(score * 1000) / 1000 };
}

/** What the notice says that the record of the only candidate denies. */
function contradiction({ customer, matchedBy }: Match, input: MatchInput): string | undefined {
  const { notice } = input;
  if (
    notice.tenantId !== undefined &&
    customer.tenantId !== undefined &&
    customer.tenantId !== notice.tenantId
  ) {
    return `the notice is about tenant ${notice.tenantId}, the record about ${customer.tenantId}`;
  }
  const domains = verifiedDomains(customer);
  const isContactDomain = customer.contacts.some(
    ({ address }) => domainOf(address) === notice.tenantDomain,
  );
  if (
    notice.tenantDomain !== undefined &&
    domains.length > 0 &&
    !domains.includes(notice.tenantDomain) &&
    !isContactDomain &&
    !matchedBy.includes('subscription-id') &&
    !matchedBy.includes('tenant-id')
  ) {
    return `the notice is about ${notice.tenantDomain}, which is not a domain of ${customer.id}`;
  }
  // Its recipient may look after several organisations: who it was sent to does not say which it is about.
  const namedBy = matchedBy.some(
    (code) => strongNotice.includes(code) || code === 'organization-name',
  );
  if (notice.organization !== undefined && !namedBy && !sharesWord(notice.organization, customer)) {
    return `the notice names “${notice.organization}”, the record “${customer.name}”`;
  }
  return undefined;
}

/** Whether a name shares a word with the customer's name or domains. */
function sharesWord(organization: string, customer: Customer): boolean {
  const words = normalizeOrganization(organization)
    .split(' ')
    .filter((word) => word.length > 2);
  const known = normalizeOrganization(
    [customer.name, ...verifiedDomains(customer)].join(' '),
  ).replaceAll(' ', '');
  return words.length === 0 || words.some((word) => known.includes(word));
}

/** Addresses the original was sent to, without our own. */
function recipientsOf({ original, ownAddresses }: MatchInput): string[] {
  return original.to
    .slice(0, typedAddressesMax)
    .flatMap(({ address }) => (address === undefined ? [] : [normalizeAddress(address)]))
    .filter((address) => !ownAddresses.includes(address));
}

const legalForms = new Set(
  'ab ag aps as asa bv bvba co company corp corporation cv doo e ek eg eingetragen ev gbr gmbh group gruppe holding inc incorporated kft kg kgaa kk limited llc llp lp ltd ltda mbh nv ohg oy oyj plc pte pty pvt sa sarl sas sasu se sl slu snc sp spa spol spzoo srl sro the ug und u und z'.split(
    ' ',
  ),
);

/** A name without case, diacritics, width, punctuation and legal form: `Müller & Söhne GmbH` -> `muller sohne`. */
export function normalizeOrganization(name: string): string {
  const words = foldDiacritics(name.slice(0, 300))
    .replaceAll('ß', 'ss')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ');
  const kept = words.filter((word) => word !== '' && !legalForms.has(word));
  return (kept.length > 0 ? kept : words).join(' ');
}
