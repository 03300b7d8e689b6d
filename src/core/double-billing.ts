/**
 * Which subscriptions are paid twice: the old one goes on at Microsoft while the new one runs at the partner.
 */
import type { Customer, SubscriptionTransition } from './customer.ts';

/**
 * Whether both sides bill this subscription. What is unknown is not counted: a report must not claim a cost
 * that nobody has seen.
 *
 * A suspended CSP subscription is still billed to the partner (Partner Center, subscription lifecycle).
 */
export function isBilledTwice({ advisorStatus, cspStatus }: SubscriptionTransition): boolean {
  return advisorStatus === 'active' && (cspStatus === 'active' || cspStatus === 'suspended');
}

/**
 * A name for each subscription of a customer that stays the same when ids become known later: the product in
 * lower case, numbered from the second of the same product on. In the order of the record.
 */
export function subscriptionNames({ subscriptions }: Customer): readonly string[] {
  const seen = new Map<string, number>();
  return subscriptions.map(({ product }) => {
    const name = product.toLowerCase();
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} #${count}`;
  });
}
