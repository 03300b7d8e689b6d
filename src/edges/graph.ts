/**
 * Microsoft Graph as a source of facts: what runs in a customer’s tenant, whoever sold it.
 *
 * It reads the tenants with an active delegated administration (GDAP) whose administrators consented to the
 * app. GDAP is not the right to sell: it says nothing about the partner’s approval.
 */
import { z } from 'zod';
import type { AdvisorStatus, CspStatus } from '../core/customer.ts';
import type { CustomerFacts, SubscriptionFacts } from '../core/record-facts.ts';
import { ResponderError } from '../errors.ts';
import type { FactSource } from '../ports/sync.ts';
import { parseDomainText } from './address-text.ts';
import type { ApiRequest, MicrosoftApi } from './microsoft-http.ts';
import { productOfSku } from './microsoft-skus.ts';
import { systemCountry, systemText } from './system-text.ts';

export const graphName = 'graph';

const text = z.string().nullish();
const nextLink = { '@odata.nextLink': text };

const relationships = z.object({
  value: z.array(
    z.object({
      status: text,
      customer: z.object({ tenantId: z.string(), displayName: text }),
    }),
  ),
  ...nextLink,
});

const organizations = z.object({
  value: z.array(
    z.object({
      displayName: text,
      countryLetterCode: text,
      verifiedDomains: z.array(z.object({ name: z.string(), isInitial: z.boolean().nullish() })),
    }),
  ),
});

const companySubscriptions = z.object({
  value: z.array(
    z.object({
      id: z.string(),
      commerceSubscriptionId: text,
      skuId: text,
      skuPartNumber: text,
      status: text,
      totalLicenses: z.number().nullish(),
      isTrial: z.boolean().nullish(),
      ownerTenantId: text,
    }),
  ),
  ...nextLink,
});

const tenantSkus = z.object({
  value: z.array(z.object({ skuId: text, consumedUnits: z.number().nullish() })),
  ...nextLink,
});

type CompanySubscription = z.output<typeof companySubscriptions>['value'][number];
type TenantSku = z.output<typeof tenantSkus>['value'][number];

export interface GraphOptions {
  readonly api: MicrosoftApi;
  /** The partner’s own tenant. */
  readonly tenantId: string;
  /** Tenants whose subscriptions count as the partner’s: its own, and those of its distributors. */
  readonly sellers: readonly string[];
  /** A tenant that cannot be read is left out: one customer’s missing consent must not keep out all others. */
  readonly onSkipped: (tenantId: string, error: ResponderError) => void;
}

export function openGraph(options: GraphOptions): FactSource {
  const { api, tenantId, onSkipped } = options;
  return {
    name: graphName,
    async *facts(after) {
      const customers = new Map<string, string | undefined>();
      const path = '/v1.0/tenantRelationships/delegatedAdminRelationships';
      for await (const { value } of api.pages({ tenantId, path }, relationships, nextOf)) {
        for (const { status, customer } of value) {
          if (status !== 'active' && status !== 'expiring') continue;
          customers.set(customer.tenantId.toLowerCase(), customer.displayName ?? undefined);
        }
      }
      for (const customer of [...customers.keys()].sort()) {
        if (after !== undefined && customer <= after) continue;
        try {
          yield {
            mark: customer,
            facts: await readTenant(customer, customers.get(customer), options),
          };
        } catch (error) {
          if (!isOfOneTenant(error)) throw error;
          onSkipped(customer, error);
        }
      }
    },
  };
}

function isOfOneTenant(error: unknown): error is ResponderError {
  return (
    error instanceof ResponderError &&
    (error.code === 'SYNC_REFUSED' || error.code === 'SYNC_LOGIN_FAILED')
  );
}

function nextOf(page: {
  readonly '@odata.nextLink'?: string | null | undefined;
}): Omit<ApiRequest, 'tenantId'> | undefined {
  const path = page['@odata.nextLink'];
  return path === null || path === undefined ? undefined : { path };
}

async function readTenant(
  tenantId: string,
  displayName: string | undefined,
  { api, sellers }: GraphOptions,
): Promise<CustomerFacts> {
  const at = (path: string): ApiRequest => ({ tenantId, path: `/v1.0${path}` });
  const { value } = await api.get(at('/organization'), organizations);
  const subscriptions: CompanySubscription[] = [];
  for await (const page of api.pages(at('/directory/subscriptions'), companySubscriptions, nextOf))
    subscriptions.push(...page.value);
  const skus: TenantSku[] = [];
  for await (const page of api.pages(at('/subscribedSkus'), tenantSkus, nextOf))
    skus.push(...page.value);
  const [organization] = value;
  const domains = (organization?.verifiedDomains ?? []).flatMap(({ name, isInitial }) => {
    const domain = parseDomainText(name);
    return domain === undefined ? [] : [{ domain, isInitial: isInitial === true }];
  });
  const tenantDomain = domains.find(({ isInitial }) => isInitial)?.domain;
  const country = systemCountry(organization?.countryLetterCode);
  const name = systemText(organization?.displayName ?? displayName);
  const shown = subscriptions.flatMap((one) =>
    subscriptionFacts(one, subscriptions, skus, sellers),
  );
  return {
    tenantId,
    ...(name === undefined ? {} : { name }),
    ...(tenantDomain === undefined ? {} : { tenantDomain }),
    otherDomains: domains.map(({ domain }) => domain).filter((domain) => domain !== tenantDomain),
    ...(country === undefined ? {} : { country }),
    subscriptions: shown,
    // Of new ones Partner Center has the list, under ids that are not known to be the same in every case.
    complete: shown.length === subscriptions.length ? ['direct'] : [],
  };
}

/**
 * States of an old subscription. `Warning` is expired, in its days of grace; `Suspended` is cancelled and can be
 * reactivated (Graph, licenseUnitsDetail); `LockedOut` is closed to everybody. Others are no fact.
 */
const directStates: ReadonlyMap<string, AdvisorStatus> = new Map(
  Object.entries({
    Enabled: 'active',
    Warning: 'expired',
    Suspended: 'cancelled',
    Deleted: 'cancelled',
    LockedOut: 'disabled',
  }),
);

/** One in its days of grace is not there to take over. */
const cspStates: ReadonlyMap<string, CspStatus> = new Map(
  Object.entries({
    Enabled: 'active',
    Warning: 'none',
    Suspended: 'suspended',
    Deleted: 'none',
    LockedOut: 'none',
  }),
);

/** Nothing for trials, and for what another seller sold: neither is a side of this move. */
function subscriptionFacts(
  one: CompanySubscription,
  all: readonly CompanySubscription[],
  skus: readonly TenantSku[],
  sellers: readonly string[],
): readonly SubscriptionFacts[] {
  // Who sold it is said with null where it was Microsoft itself; unsaid, nobody knows whose it is.
  if (one.ownerTenantId === undefined) return [];
  const owner = (one.ownerTenantId ?? '').toLowerCase();
  const isDirect = owner === '';
  if (one.isTrial === true || (!isDirect && !sellers.includes(owner))) return [];
  const product = productOfSku(one.skuPartNumber ?? '');
  const identity = {
    subscriptionId: (one.commerceSubscriptionId ?? one.id).toLowerCase(),
    ...(product === undefined ? {} : { product }),
  };
  if (isDirect) {
    const advisorStatus = directStates.get(one.status ?? '');
    const total = one.totalLicenses;
    return [
      {
        channel: 'direct',
        ...identity,
        ...(advisorStatus === undefined ? {} : { advisorStatus }),
        ...(total != null && Number.isInteger(total) && total >= 0 ? { licensesTotal: total } : {}),
      },
    ];
  }
  const cspStatus = cspStates.get(one.status ?? '');
  const licensesAssigned = assignedOf(one, all, skus);
  return [
    {
      channel: 'csp',
      ...identity,
      ...(cspStatus === undefined ? {} : { cspStatus }),
      ...(licensesAssigned === undefined ? {} : { licensesAssigned }),
    },
  ];
}

/** Consumed units are counted by product: they are this subscription’s where it alone has units to give. */
function assignedOf(
  one: CompanySubscription,
  all: readonly CompanySubscription[],
  skus: readonly TenantSku[],
): number | undefined {
  if (one.status !== 'Enabled' || !one.skuId) return undefined;
  const giving = all.filter(
    ({ skuId, status }) => skuId === one.skuId && (status === 'Enabled' || status === 'Warning'),
  );
  const [sku, ...more] = skus.filter(({ skuId }) => skuId === one.skuId);
  const consumed = sku?.consumedUnits;
  if (giving.length !== 1 || more.length > 0 || consumed == null) return undefined;
  return Number.isInteger(consumed) && consumed >= 0 && consumed <= (one.totalLicenses ?? 0)
    ? consumed
    : undefined;
}
