/**
 * Customers and their move from Advisor to CSP, as the record says. A missing value is unknown, never no.
 */
import type { Address } from './address.ts';

export const advisorStatuses = ['active', 'cancelled', 'expired', 'disabled'] as const;
export const billingKinds = ['card', 'invoice'] as const;
export const billingAccounts = ['mosa', 'mca'] as const;
export const cspStatuses = ['none', 'ordered', 'active', 'suspended'] as const;
export const transitionStatuses = ['open', 'done', 'stopped'] as const;

export type AdvisorStatus = (typeof advisorStatuses)[number];
export type BillingKind = (typeof billingKinds)[number];
export type BillingAccount = (typeof billingAccounts)[number];
export type CspStatus = (typeof cspStatuses)[number];
export type TransitionStatus = (typeof transitionStatuses)[number];

/** One subscription of a customer's move. Dates are `YYYY-MM-DD`, ids are in lower case. */
export interface SubscriptionTransition {
  readonly product: string;
  readonly advisorSubscriptionId?: string;
  readonly advisorStatus?: AdvisorStatus;
  readonly advisorRenewsOn?: string;
  readonly advisorEndsOn?: string;
  readonly billing?: BillingKind;
  readonly billingAccount?: BillingAccount;
  /** Licenses assigned to users in the direct subscription. */
  readonly licensesAssigned?: number;
  readonly licensesTotal?: number;
  readonly cspStatus?: CspStatus;
  readonly cspSubscriptionId?: string;
  readonly cspLicensesAssigned?: number;
  /** Decimal as in the file (`412.50`). */
  readonly monthlyCost?: string;
  /** ISO 4217. */
  readonly currency?: string;
  readonly transitionStatus?: TransitionStatus;
}

/** A customer organisation with its transition. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  /** In lower case, as all domains here. */
  readonly tenantDomain?: string;
  readonly tenantId?: string;
  readonly otherDomains: readonly string[];
  readonly contacts: readonly Address[];
  /** BCP 47. */
  readonly locale?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  readonly partnerApproved?: boolean;
  /** `YYYY-MM-DD`, where the file gave a date instead of yes. */
  readonly partnerApprovedOn?: string;
  readonly approvalLink?: string;
  readonly accountManager?: string;
  readonly subscriptions: readonly SubscriptionTransition[];
}

/** The domains the record names as the customer's own. */
export function verifiedDomains(customer: Customer): readonly string[] {
  return customer.tenantDomain === undefined
    ? customer.otherDomains
    : [customer.tenantDomain, ...customer.otherDomains];
}
