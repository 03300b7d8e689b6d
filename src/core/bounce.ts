/**
 * What a report says about one of our replies.
 */
export interface Bounce {
  readonly caseId: string;
  readonly kind: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded' | 'unknown';
  readonly status?: string;
  readonly recipient?: string;
  readonly diagnostic?: string;
}
