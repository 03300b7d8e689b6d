/**
 * Partner Center as a source of facts: which customers buy through the partner, and what.
 *
 * It lists what this partner sold, never what the customer bought from Microsoft: it says nothing about the
 * old subscription. The language it has of a customer is what the partner once chose, mostly en-US for all, and
 * is not read.
 */
import type { CspStatus } from '../core/customer.ts';
import { refusedCustomersMax } from '../core/limits.ts';
import type { CustomerFacts, SubscriptionFacts } from '../core/record-facts.ts';
import { ResponderError } from '../errors.ts';
import type { FactSource } from '../ports/sync.ts';
import { parseDomainText } from './address-text.ts';
import type { ApiRequest, MicrosoftApi } from './microsoft-http.ts';
import {
  type CustomerDetail,
  customerDetail,
  customerPage,
  type NextLink,
  type PartnerSubscription,
  relationshipRequest,
  type SubscribedSku,
  subscribedSkus,
  subscriptionPage,
} from './partner-center-shapes.ts';
import { systemCountry, systemText } from './system-text.ts';

export const partnerCenterName = 'partner-center';
const pageSize = 100;

export interface PartnerCenterOptions {
  readonly api: MicrosoftApi;
  /** The partner’s own tenant: all of Partner Center is read in its name. */
  readonly tenantId: string;
  /** A customer that is refused is left out, as one whose relationship has just ended may be. */
  readonly onSkipped: (tenantId: string, error: ResponderError) => void;
}

export function openPartnerCenter({ api, tenantId, onSkipped }: PartnerCenterOptions): FactSource {
  const at = (path: string): ApiRequest => ({ tenantId, path: `/v1${path}` });
  const read = async (id: string, approvalLink: string | undefined): Promise<CustomerFacts> => {
    const place = `/customers/${encodeURIComponent(id)}`;
    const customer = await api.get(at(place), customerDetail);
    const subscriptions: PartnerSubscription[] = [];
    const pages = api.pages(at(`${place}/subscriptions`), subscriptionPage, nextOf);
    for await (const { items } of pages) subscriptions.push(...items);
    const skus = await api.get(at(`${place}/subscribedskus`), subscribedSkus);
    return factsOf(customer, subscriptions, skus.items, approvalLink);
  };
  return {
    name: partnerCenterName,
    async *facts(after) {
      const { url } = await api.get(at('/customers/relationshiprequests'), relationshipRequest);
      const approvalLink = url.startsWith('https://') ? url : undefined;
      const ids = new Set<string>();
      const pages = api.pages(at(`/customers?size=${pageSize}`), customerPage, nextOf);
      for await (const { items } of pages) for (const { id } of items) ids.add(id.toLowerCase());
      // The order of the list is not documented; sorted, a run can go on where an earlier one ended.
      let refused = 0;
      for (const id of [...ids].sort()) {
        if (after !== undefined && id <= after) continue;
        let facts: CustomerFacts;
        try {
          facts = await read(id, approvalLink);
          refused = 0;
        } catch (error) {
          if (!isRefusal(error) || ++refused > refusedCustomersMax) throw error;
          onSkipped(id, error);
          continue;
        }
        yield { mark: id, facts };
      }
    },
  };
}

function isRefusal(error: unknown): error is ResponderError {
  return error instanceof ResponderError && error.code === 'SYNC_REFUSED';
}

function nextOf(page: {
  readonly links?: { readonly next?: NextLink | null | undefined } | null | undefined;
}): Omit<ApiRequest, 'tenantId'> | undefined {
  const next = page.links?.next;
  if (next === null || next === undefined) return undefined;
  const isBare =
    next.uri.startsWith('/') && !/^\/v1\//i.test(next.uri) && !next.uri.startsWith('//');
  const tokens = next.headers.filter(({ key }) => key.toLowerCase() === 'ms-continuationtoken');
  return {
    path: isBare ? `/v1${next.uri}` : next.uri,
    headers: Object.fromEntries(tokens.map(({ key, value }) => [key, value])),
  };
}

/** Words of `relationshipToPartner` that say something; `advisor` may not sell. */
const approvals: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    reseller: true,
    none: false,
    advisor: false,
  }),
);

/** States that end a subscription are `none`: nothing runs that could take over. Others are no fact. */
const cspStates: ReadonlyMap<string, CspStatus> = new Map(
  Object.entries({
    active: 'active',
    pending: 'ordered',
    suspended: 'suspended',
    expired: 'none',
    disabled: 'none',
    deleted: 'none',
  }),
);

function factsOf(
  customer: CustomerDetail,
  subscriptions: readonly PartnerSubscription[],
  skus: readonly SubscribedSku[],
  approvalLink: string | undefined,
): CustomerFacts {
  const { companyProfile, billingProfile, relationshipToPartner, customDomains } = customer;
  const tenantDomain = parseDomainText(companyProfile.domain ?? '');
  const name = systemText(companyProfile.companyName);
  const country = systemCountry(
    billingProfile?.defaultAddress?.country ?? companyProfile.address?.country,
  );
  const isApproved = approvals.get((relationshipToPartner ?? '').toLowerCase());
  const domains = (customDomains ?? []).flatMap((text) => parseDomainText(text) ?? []);
  const paid = subscriptions.filter(({ isTrial }) => isTrial !== true);
  return {
    tenantId: (companyProfile.tenantId ?? customer.id).toLowerCase(),
    ...(name === undefined ? {} : { name }),
    ...(tenantDomain === undefined ? {} : { tenantDomain }),
    otherDomains: domains.filter((domain) => domain !== tenantDomain),
    ...(country === undefined ? {} : { country }),
    ...(isApproved === undefined ? {} : { partnerApproved: isApproved }),
    ...(isApproved === true || approvalLink === undefined ? {} : { approvalLink }),
    subscriptions: paid.map((one) => subscriptionFacts(one, paid, skus)),
    // A trial is left out above, so that it must not count as gone.
    complete: paid.length === subscriptions.length ? ['csp'] : [],
  };
}

function subscriptionFacts(
  one: PartnerSubscription,
  all: readonly PartnerSubscription[],
  skus: readonly SubscribedSku[],
): SubscriptionFacts {
  const cspStatus = cspStates.get((one.status ?? '').toLowerCase());
  const licensesAssigned = assignedOf(one, all, skus);
  const product = systemText(one.offerName);
  return {
    channel: 'csp',
    subscriptionId: one.id.toLowerCase(),
    ...(product === undefined ? {} : { product }),
    ...(cspStatus === undefined ? {} : { cspStatus }),
    ...(licensesAssigned === undefined ? {} : { licensesAssigned }),
  };
}

/**
 * Licenses assigned, where they can only be those of this subscription.
 *
 * Consumed units are counted by product for the whole tenant, and while the old subscription runs both sides’
 * units are one pool. They are this one’s only where it alone makes up all units of the product.
 */
function assignedOf(
  one: PartnerSubscription,
  all: readonly PartnerSubscription[],
  skus: readonly SubscribedSku[],
): number | undefined {
  const named = skus.filter(({ productSku }) => productSku.name === one.offerName);
  const [sku, ...more] = named;
  const isActive = (one.status ?? '').toLowerCase() === 'active';
  if (sku === undefined || more.length > 0 || !isActive || !one.offerName) return undefined;
  const sameName = all.filter(({ offerName }) => offerName === one.offerName);
  const { totalUnits, suspendedUnits, consumedUnits } = sku;
  const isAlone = sameName.length === 1 && totalUnits === one.quantity && !suspendedUnits;
  return isAlone &&
    consumedUnits != null &&
    isCount(consumedUnits) &&
    consumedUnits <= (totalUnits ?? 0)
    ? consumedUnits
    : undefined;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
