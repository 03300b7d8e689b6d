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

/** Whether it is known that not both sides bill it any more. What the record no longer says is no end. */
export function isKnownToHaveEnded({ advisorStatus, cspStatus }: SubscriptionTransition): boolean {
  const isOldOver = advisorStatus !== undefined && advisorStatus !== 'active';
  return isOldOver || cspStatus === 'none' || cspStatus === 'ordered';
}

/** How one subscription of a customer is known from file to file. */
export interface SubscriptionKey {
  /** The id of the old subscription, or where it is unknown the product. Each once in a record. */
  readonly key: string;
  /** The product, by which it was known before its id was. */
  readonly name: string;
}

/** In the order of the record; the second of one product or id is numbered. */
export function subscriptionKeys({ subscriptions }: Customer): readonly SubscriptionKey[] {
  const names = numbered(subscriptions.map(({ product }) => product.toLowerCase()));
  const keys = numbered(
    subscriptions.map(
      ({ advisorSubscriptionId }, index) => advisorSubscriptionId ?? names[index] ?? '',
    ),
  );
  return names.map((name, index) => ({ name, key: keys[index] ?? name }));
}

function numbered(texts: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return texts.map((text) => {
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return count === 1 ? text : `${text} #${count}`;
  });
}
