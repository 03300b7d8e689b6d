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
