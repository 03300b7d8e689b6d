/**
 * Chooses the scenario from the customer's record: the table of docs/architecture.md as one function.
 *
 * In the order of safety: approve, assign the CSP licenses, only then cancel. No record without an
 * active, licensed CSP subscription ever says “cancel now”. Unknown is never taken for a yes: where the
 * record is silent or contradicts itself, the desk decides.
 */
import type { Customer, SubscriptionTransition } from './customer.ts';
import type { LineScenario, Scenario } from './decision.ts';
import type { NoticeFields } from './notice.ts';
import { sameProduct } from './product-name.ts';
import type { Reason } from './reasons.ts';

export interface ScenarioLine {
  readonly product: string;
  readonly scenario: LineScenario;
  /** Index in the record's subscriptions. */
  readonly index: number;
}

export type ScenarioOutcome =
  | {
      readonly kind: 'instructions';
      readonly scenario: Scenario;
      readonly lines: readonly ScenarioLine[];
    }
  | {
      readonly kind: 'review';
      readonly scenario?: Scenario;
      readonly reason: Reason;
      readonly detail: string;
    };

export interface ScenarioInput {
  readonly customer: Customer;
  readonly notice: NoticeFields;
  readonly portalLicensesBelow: number;
  readonly productAliases: readonly (readonly string[])[];
  /** `YYYY-MM-DD` where the customer is. */
  readonly today: string;
}

/** What comes first in a reply about several subscriptions: what must be done, safest first. */
const safetyOrder: readonly LineScenario[] = [
  'approve-partner',
  'wait-for-csp',
  'stop-renewal',
  'cancel-portal',
  'cancel-phone',
  'cancel-unknown-licenses',
  'already-cancelled',
];

export function chooseScenario(input: ScenarioInput): ScenarioOutcome {
  const { customer, notice } = input;
  const { subscriptions } = customer;
  if (subscriptions.length === 0)
    return review('review-incomplete-record', 'the record has no subscription');
  if (subscriptions.every(({ transitionStatus }) => transitionStatus === 'stopped')) {
    return review(
      'review-transition-stopped',
      'every subscription of the move was stopped',
      'transition-stopped',
    );
  }
  const named = namedOutsideTransition(notice, subscriptions, input.productAliases);
  if (named !== undefined) return review('review-not-in-transition', named, 'not-in-transition');

  const lines: ScenarioLine[] = [];
  for (const [index, subscription] of subscriptions.entries()) {
    const outcome = chooseLine(customer, subscription, input);
    if (typeof outcome !== 'string') {
      return { ...outcome, detail: `${subscription.product}: ${outcome.detail}` };
    }
    lines.push({ product: subscription.product, scenario: outcome, index });
  }
  lines.sort(
    (a, b) =>
      safetyOrder.indexOf(a.scenario) - safetyOrder.indexOf(b.scenario) || a.index - b.index,
  );
  const [first] = lines;
  const isOne = lines.every(({ scenario }) => scenario === first?.scenario);
  const scenario: Scenario = isOne && first !== undefined ? first.scenario : 'mixed';
  return { kind: 'instructions', scenario, lines };
}

type ReviewOutcome = Extract<ScenarioOutcome, { kind: 'review' }>;

function review(reason: Reason, detail: string, scenario?: Scenario): ReviewOutcome {
  return { kind: 'review', reason, detail, ...(scenario === undefined ? {} : { scenario }) };
}

function incomplete(detail: string): ReviewOutcome {
  return review('review-incomplete-record', detail);
}

function contradictory(detail: string): ReviewOutcome {
  return review('review-contradictory-record', detail);
}

/** One subscription's situation, or why the desk must decide. */
function chooseLine(
  customer: Customer,
  subscription: SubscriptionTransition,
  { portalLicensesBelow, today }: ScenarioInput,
): LineScenario | ReviewOutcome {
  const contradiction = findContradiction(customer, subscription, today);
  if (contradiction !== undefined) return contradictory(contradiction);
  if (subscription.transitionStatus === 'stopped') {
    return review('review-transition-stopped', 'its move was stopped', 'transition-stopped');
  }
  if (subscription.advisorStatus === 'cancelled') return 'already-cancelled';
  // The old one is dead or dying: “nothing to do” could be said to people without access.
  if (subscription.advisorStatus === 'expired' || subscription.advisorStatus === 'disabled') {
    return incomplete(`advisor_status is ${subscription.advisorStatus}`);
  }
  if (customer.partnerApproved === false) {
    return customer.approvalLink === undefined
      ? incomplete('the partner is not approved, and the record has no approval_link')
      : 'approve-partner';
  }
  const csp = cspReadiness(subscription);
  if (csp === 'unknown-status') return incomplete('csp_status is unknown');
  // An active subscription of the partner's cannot be without its approval.
  if (customer.partnerApproved === undefined && csp === 'not-active') {
    return incomplete('whether the partner is approved is unknown');
  }
  if (csp === 'not-active' || csp === 'not-licensed') return 'wait-for-csp';
  if (csp === 'unknown-licenses') return incomplete('csp_licenses_assigned is unknown');
  if (subscription.advisorStatus !== 'active') {
    return incomplete(`advisor_status is ${subscription.advisorStatus ?? 'unknown'}`);
  }
  if (subscription.billingAccount === 'mca') return 'stop-renewal';
  if (subscription.licensesAssigned === undefined) return 'cancel-unknown-licenses';
  return subscription.licensesAssigned < portalLicensesBelow ? 'cancel-portal' : 'cancel-phone';
}

/** Whether everybody who has an old license has a new one. */
function cspReadiness(
  subscription: SubscriptionTransition,
): 'active' | 'not-active' | 'not-licensed' | 'unknown-licenses' | 'unknown-status' {
  const { cspStatus, cspLicensesAssigned, licensesAssigned } = subscription;
  if (cspStatus === undefined) return 'unknown-status';
  if (cspStatus !== 'active') return 'not-active';
  if (cspLicensesAssigned === undefined) return 'unknown-licenses';
  // Where nobody has a new license nobody is told to cancel, even if the record knows of no old one.
  return cspLicensesAssigned < Math.max(1, licensesAssigned ?? 1) ? 'not-licensed' : 'active';
}

/** Values of a record that cannot both be true; the sentence names them. */
function findContradiction(
  { partnerApproved }: Customer,
  subscription: SubscriptionTransition,
  today: string,
): string | undefined {
  const { advisorStatus, cspStatus, transitionStatus, licensesAssigned, licensesTotal } =
    subscription;
  if (partnerApproved === false && (cspStatus === 'active' || cspStatus === 'suspended')) {
    return `the partner is not approved, but csp_status is ${cspStatus}`;
  }
  if (advisorStatus === 'cancelled' && cspStatus !== 'active') {
    return `the old subscription is cancelled, but csp_status is ${cspStatus ?? 'unknown'}`;
  }
  // Only then “access continues” is true.
  if (advisorStatus === 'cancelled' && cspReadiness(subscription) === 'not-licensed') {
    return `the old subscription is cancelled, but csp_licenses_assigned is ${subscription.cspLicensesAssigned}`;
  }
  if (transitionStatus === 'done' && advisorStatus !== 'cancelled') {
    return `transition_status is done, but advisor_status is ${advisorStatus ?? 'unknown'}`;
  }
  if (
    licensesAssigned !== undefined &&
    licensesTotal !== undefined &&
    licensesAssigned > licensesTotal
  ) {
    return `licenses_assigned (${licensesAssigned}) is more than licenses_total (${licensesTotal})`;
  }
  if (advisorStatus === 'active') {
    // A renewal day that has passed may only be an old record, but an agreement by term has begun anew.
    const renews = subscription.billingAccount === 'mca' ? subscription.advisorRenewsOn : undefined;
    const ends = subscription.advisorEndsOn ?? renews;
    if (ends !== undefined && ends < today)
      return `advisor_status is active, but its term ended on ${ends}`;
  }
  return undefined;
}

/**
 * Whether the notice names a subscription that the move does not include; the sentence says which.
 *
 * An id decides where the record has ids. A name decides where no id does: Microsoft renames products,
 * so aliases count as one name.
 */
function namedOutsideTransition(
  notice: NoticeFields,
  subscriptions: readonly SubscriptionTransition[],
  aliases: readonly (readonly string[])[],
): string | undefined {
  const { subscriptionId, subscription } = notice;
  if (subscriptionId !== undefined) {
    if (subscriptions.some(({ advisorSubscriptionId }) => advisorSubscriptionId === subscriptionId))
      return undefined;
    if (subscriptions.some(({ cspSubscriptionId }) => cspSubscriptionId === subscriptionId)) {
      return `the notice names ${subscriptionId}, which is the new subscription, not the old one`;
    }
    if (subscriptions.every(({ advisorSubscriptionId }) => advisorSubscriptionId !== undefined)) {
      return `the notice names subscription ${subscriptionId}, which is not part of the move`;
    }
  }
  if (subscription === undefined) return undefined;
  const known = subscriptions.some(({ product }) => sameProduct(product, subscription, aliases));
  return known ? undefined : `the notice names “${subscription}”, which is not part of the move`;
}
