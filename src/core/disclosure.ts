/**
 * What each result of authentication means for an answer: one table, and nothing beside it.
 *
 * A record is disclosed to nobody who is not proven, and nobody at all is answered where the check says that
 * somebody else wrote the mail. Whether a proven author is known for the customer is for `decide` to weigh.
 *
 * RFC 8601 §2.7.1, §2.7.2 (the words).
 */
import type { Policy } from './policy.ts';
import type { Reason } from './reasons.ts';
import type { AuthResult } from './verification.ts';

/** The most that may be sent; where it is nothing, why. `general-text` is the same for everybody. */
export type Disclosable =
  | { readonly atMost: 'record' }
  | { readonly atMost: 'general-text' }
  | { readonly atMost: 'nothing'; readonly reason: Reason };

interface DisclosureRow {
  /** While `requireAuthenticated` holds. */
  readonly required: Disclosable;
  /** Where the settings switched it off. */
  readonly notRequired: Disclosable;
}

const record: Disclosable = { atMost: 'record' };
const generalText: Disclosable = { atMost: 'general-text' };
const nothing = (reason: Reason): Disclosable => ({ atMost: 'nothing', reason });

const proven: DisclosureRow = { required: record, notRequired: record };
const unproven: DisclosureRow = {
  required: nothing('review-unauthenticated-forwarder'),
  notRequired: generalText,
};
const refuted: DisclosureRow = {
  required: nothing('review-failed-authentication'),
  notRequired: nothing('review-failed-authentication'),
};
/** A fail may hide behind it, so it is never answered, not even generally. */
const unknown: DisclosureRow = {
  required: nothing('review-authentication-unavailable'),
  notRequired: nothing('review-authentication-unavailable'),
};

/** docs/authentication.md shows this table; a test compares them. */
const disclosure: Readonly<Record<AuthResult, DisclosureRow>> = {
  pass: proven,
  fail: refuted,
  softfail: refuted,
  temperror: unknown,
  none: unproven,
  neutral: unproven,
  permerror: unproven,
};

/** The most that may be sent to an author whose authentication came out so. */
export function disclosableTo(
  result: AuthResult,
  { requireAuthenticated }: Pick<Policy, 'requireAuthenticated'>,
): Disclosable {
  const { required, notRequired } = disclosure[result];
  return requireAuthenticated ? required : notRequired;
}
