/**
 * The situation of one subscription by itself, as the reply to a notice would see it.
 */
import type { Customer, SubscriptionTransition } from './customer.ts';
import type { LineScenario, Scenario } from './decision.ts';
import type { Reason } from './reasons.ts';
import { chooseScenario } from './scenario.ts';

export type LineSituation =
  | { readonly kind: 'instructions'; readonly scenario: LineScenario }
  | {
      readonly kind: 'review';
      readonly reason: Reason;
      readonly detail: string;
      readonly scenario?: Scenario;
    };

/** Without a notice nothing can be named that is not part of the move. */
export function situationOf(
  customer: Customer,
  subscription: SubscriptionTransition,
  rules: { readonly portalLicensesBelow: number; readonly today: string },
): LineSituation {
  const outcome = chooseScenario({
    customer: { ...customer, subscriptions: [subscription] },
    notice: {},
    productAliases: [],
    ...rules,
  });
  if (outcome.kind === 'instructions') {
    const [line] = outcome.lines;
    return line === undefined
      ? { kind: 'review', reason: 'review-incomplete-record', detail: 'it has no situation' }
      : { kind: 'instructions', scenario: line.scenario };
  }
  const prefix = `${subscription.product}: `;
  return outcome.detail.startsWith(prefix)
    ? { ...outcome, detail: outcome.detail.slice(prefix.length) }
    : outcome;
}
