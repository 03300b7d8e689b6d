/**
 * Writes of the API that a client may send again without doing them twice.
 *
 * draft-ietf-httpapi-idempotency-key-header §2.
 */

export interface IdempotentRequest {
  /** Whose key it is, a token as a rule: two callers may choose the same one. */
  readonly owner: string;
  readonly key: string;
  /** Digest of the request, so that a key used for another one is found out. */
  readonly fingerprint: string;
  readonly at: Date;
}

export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
}

export type WriteClaim =
  /** Nobody has used the key: do it, then keep the answer. */
  | { readonly kind: 'begun' }
  /** The same request, which was answered. */
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** The same request, which is still being worked on. */
  | { readonly kind: 'running' }
  /** The key stands for another request. */
  | { readonly kind: 'other-request' };

export interface IdempotencyStore {
  /** One that was cut off a while ago, so that no answer was kept, is begun again. */
  claimWrite(request: IdempotentRequest): Promise<WriteClaim>;
  keepWriteAnswer(key: Pick<IdempotentRequest, 'owner' | 'key'>, answer: KeptAnswer): Promise<void>;
  /** Nothing was done, so the key is free again. */
  freeWrite(key: Pick<IdempotentRequest, 'owner' | 'key'>): Promise<void>;
}

export const idempotencyKeptMs = 24 * 3_600_000;
/** No request takes as long: whoever worked on it is gone. */
export const idempotencyRunningMs = 2 * 60_000;
