/**
 * States that a source shows as they were some days or weeks ago, in a report or an invoice.
 *
 * They may say that something has begun, or has ended. That it runs again after the record saw it end is what
 * they cannot say: the record is the newer of the two, and “active” would have the customer cancel too early.
 */
import type { SubscriptionTransition } from './customer.ts';
import type { SubscriptionFacts } from './record-facts.ts';

/** Why the state is left as it is, in a sentence; absent where it may be taken over. */
export function findDelayedConflict(
  row: SubscriptionTransition,
  one: SubscriptionFacts,
): string | undefined {
  if (one.isDelayed !== true) return undefined;
  const [then, now, known] =
    one.channel === 'csp'
      ? [row.cspStatus, one.cspStatus, row.cspSubscriptionId]
      : [row.advisorStatus, one.advisorStatus, row.advisorSubscriptionId];
  if (then === undefined || now === undefined || then === now) return undefined;
  // `none` of a row that knows no subscription yet is not the end of this one.
  const isFirst = then === 'none' && known === undefined;
  const isBack = now === 'active' ? then !== 'ordered' : now === 'ordered';
  if (isFirst || !isBack) return undefined;
  const side = one.channel === 'csp' ? 'new' : 'old';
  return `${row.product}: the record has the ${side} subscription as ${then}, and a report that comes late as ${now}`;
}
