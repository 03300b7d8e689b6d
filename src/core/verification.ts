/**
 * What was found when the signatures of a mail were verified here rather than by the receiving host: values
 * only, made by an edge that asks DNS, weighed by `authenticate` and `decide`.
 *
 * RFC 8601 §2.7 (result words), RFC 6376 (DKIM), RFC 8617 (ARC), RFC 7208 (SPF).
 */

/** RFC 8601 §2.7.1, §2.7.2: how a check came out, in the standard's words. */
export const authResults = [
  'none',
  'pass',
  'fail',
  'softfail',
  'neutral',
  'temperror',
  'permerror',
] as const;
export type AuthResult = (typeof authResults)[number];

/** One DKIM signature. `pass` only where it covers the whole body and From with a key that is strong enough. */
export interface VerifiedSignature {
  readonly result: AuthResult;
  /** The signing domain, `d=`, in lower case. */
  readonly domain: string;
  /** Why, for people: `body hash did not verify`, `no key`. */
  readonly detail: string;
}

/** The chain of ARC sets as a whole. RFC 8617 §5.2. */
export interface VerifiedChain {
  readonly result: AuthResult;
  /** Number of the newest set; 0 without a chain. */
  readonly instance: number;
  /** Who sealed the newest set, its `d=`, in lower case. */
  readonly sealer?: string;
  readonly detail: string;
}

export interface VerifiedSender {
  readonly result: AuthResult;
  /** The domain of the reverse-path, in lower case. */
  readonly domain: string;
}

/** What was verified of one mail. */
export interface Verification {
  readonly dkim: readonly VerifiedSignature[];
  readonly arc: VerifiedChain;
  /** Only where a trusted host's own Received field says from which address the mail came. */
  readonly spf?: VerifiedSender;
  /** The signatures of attached messages, by their place in `Mail.attachedMails`. */
  readonly attached: readonly (readonly VerifiedSignature[])[];
}
