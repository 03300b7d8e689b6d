/**
 * What a system other than the customers file knows about one customer: facts, never a whole record.
 *
 * Partner Center, Microsoft Graph and files exported from them each see a part. A fact that is absent says
 * nothing, and `mergeFacts` keeps what the record says there.
 */
import type { AdvisorStatus, CspStatus } from './customer.ts';

/** A subscription as one of these systems shows it. Ids are in lower case, dates `YYYY-MM-DD`. */
export interface SubscriptionFacts {
  /** `direct`: bought from Microsoft (Advisor). `csp`: bought through the partner. */
  readonly channel: 'direct' | 'csp';
  readonly subscriptionId: string;
  /** Absent where the source has only a code that we cannot name: then its id alone tells which it is. */
  readonly product?: string;
  readonly advisorStatus?: AdvisorStatus;
  readonly cspStatus?: CspStatus;
  readonly renewsOn?: string;
  readonly endsOn?: string;
  /** Licenses bought, not those assigned to users. */
  readonly licensesTotal?: number;
  /** Licenses assigned to users, only where the source counts them for this very subscription. */
  readonly licensesAssigned?: number;
  /** The state is that of some days or weeks ago: `findDelayedConflict`. */
  readonly isDelayed?: true;
}

/** Facts about one customer, found by its tenant. */
export interface CustomerFacts {
  /** GUID in lower case. */
  readonly tenantId: string;
  readonly name?: string;
  readonly tenantDomain?: string;
  /** Further domains that are verified in the tenant. */
  readonly otherDomains?: readonly string[];
  readonly country?: string;
  readonly partnerApproved?: boolean;
  readonly approvalLink?: string;
  readonly subscriptions: readonly SubscriptionFacts[];
  /**
   * The channels of which `subscriptions` holds all there are: only then does a missing one say that it is gone.
   */
  readonly complete: readonly ('direct' | 'csp')[];
}
