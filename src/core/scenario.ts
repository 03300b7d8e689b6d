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
import { type ProductFamily, productFamily } from './product-family.ts';
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

export interface ScenarioInput extends SituationRules {
  readonly customer: Customer;
  readonly notice: NoticeFields;
  readonly productAliases: readonly (readonly string[])[];
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
  const twice = idOfTwo(subscriptions);
  if (twice !== undefined) return review('review-contradictory-record', twice);
  const named = namedOutsideTransition(notice, subscriptions, input.productAliases);
  if (named !== undefined) return review('review-not-in-transition', named, 'not-in-transition');

  const lines: ScenarioLine[] = [];
  for (const [index, subscription] of subscriptions.entries()) {
    const outcome = situationOf(customer, subscription, input);
    if (outcome.kind === 'review')
      return { ...outcome, detail: `${subscription.product}: ${outcome.detail}` };
    lines.push({ product: subscription.product, scenario: outcome.scenario, index });
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

/** Two rows about one subscription would give two instructions for it. */
function idOfTwo(subscriptions: readonly SubscriptionTransition[]): string | undefined {
  const products = new Map<string, string>();
  for (const { product, advisorSubscriptionId: id } of subscriptions) {
    if (id === undefined) continue;
    const other = products.get(id);
    if (other !== undefined) return `${other} and ${product} have the same id, ${id}`;
    products.set(id, product);
  }
  return undefined;
}

type ReviewOutcome = Extract<ScenarioOutcome, { kind: 'review' }>;

function review(reason: Reason, detail: string, scenario?: Scenario): ReviewOutcome {
  return { kind: 'review', reason, detail, ...(scenario === undefined ? {} : { scenario }) };
}

function incomplete(detail: string): ReviewOutcome {
  return review('review-incomplete-record', detail);
}

/** The settings and the day by which a record is read. */
export interface SituationRules {
  readonly portalLicensesBelow: number;
  /** `YYYY-MM-DD` where the customer is. */
  readonly today: string;
}

/** Where one subscription of the move stands: what its customer is to do, or why the desk must decide. */
export type LineSituation =
  | { readonly kind: 'instructions'; readonly scenario: LineScenario }
  | ReviewOutcome;

/**
 * The table of scenarios: first what nobody may be told about, then by the state of the old subscription, then
 * what is still to be done, in the order of safety: approve, assign, cancel.
 */
export function situationOf(
  customer: Customer,
  subscription: SubscriptionTransition,
  rules: SituationRules,
): LineSituation {
  const contradiction = findContradiction(customer, subscription, rules.today);
  if (contradiction !== undefined) return review('review-contradictory-record', contradiction);
  if (subscription.transitionStatus === 'stopped')
    return review('review-transition-stopped', 'its move was stopped', 'transition-stopped');
  const family = productFamily(subscription.product);
  // Azure has no seats: it moves by a transfer of billing, and cancelling it would end what runs on it.
  if (family === 'azure')
    return review('review-azure-subscription', 'Azure is not cancelled the way of seats');
  switch (subscription.advisorStatus) {
    // A contradiction unless the new one is active.
    case 'cancelled':
      return situation('already-cancelled');
    // It is dead or dying: “nothing to do” could be said to people without access.
    case 'expired':
    case 'disabled':
      return incomplete(`advisor_status is ${subscription.advisorStatus}`);
    case 'active':
    case undefined:
      return (
        toApprove(customer, subscription) ??
        toAssign(subscription) ??
        toCancel(subscription, family, rules)
      );
    default:
      return subscription.advisorStatus satisfies never;
  }
}

function situation(scenario: LineScenario): LineSituation {
  return { kind: 'instructions', scenario };
}

/** First: without the approval nothing else can begin. Undefined where nothing hinders the next step. */
function toApprove(
  { partnerApproved, approvalLink }: Customer,
  { cspStatus }: SubscriptionTransition,
): LineSituation | undefined {
  switch (partnerApproved) {
    case false:
      return approvalLink === undefined
        ? incomplete('the partner is not approved, and the record has no approval_link')
        : situation('approve-partner');
    case undefined:
      if (cspStatus === undefined) return incomplete('csp_status is unknown');
      // An active subscription of the partner's cannot be without its approval.
      return cspStatus === 'active'
        ? undefined
        : incomplete('whether the partner is approved is unknown');
    case true:
      return undefined;
    default:
      return partnerApproved satisfies never;
  }
}

/** Second: everybody who has an old license needs a new one. */
function toAssign(subscription: SubscriptionTransition): LineSituation | undefined {
  const { cspStatus, cspLicensesAssigned } = subscription;
  switch (cspStatus) {
    case undefined:
      return incomplete('csp_status is unknown');
    case 'none':
    case 'ordered':
    case 'suspended':
      return situation('wait-for-csp');
    case 'active':
      if (cspLicensesAssigned === undefined) return incomplete('csp_licenses_assigned is unknown');
      return isLicensed(subscription, cspLicensesAssigned) ? undefined : situation('wait-for-csp');
    default:
      return cspStatus satisfies never;
  }
}

/** Where nobody has a new license nobody is told to cancel, even if the record knows of no old one. */
function isLicensed({ licensesAssigned }: SubscriptionTransition, cspAssigned: number): boolean {
  return cspAssigned >= Math.max(1, licensesAssigned ?? 1);
}

/** Last: how the old one ends. */
function toCancel(
  { advisorStatus, billingAccount, licensesAssigned }: SubscriptionTransition,
  family: Exclude<ProductFamily, 'azure'>,
  { portalLicensesBelow }: SituationRules,
): LineSituation {
  if (advisorStatus !== 'active') return incomplete('advisor_status is unknown');
  // Microsoft, Cancel your subscription: on a Microsoft Customer Agreement only within days of a renewal.
  if (billingAccount === 'mca') return situation('stop-renewal');
  // Microsoft, Cancel your subscription to Microsoft Dynamics CRM Online: by phone, however many licenses.
  if (family === 'crm-online') return situation('cancel-phone');
  if (licensesAssigned === undefined) return situation('cancel-unknown-licenses');
  return situation(licensesAssigned < portalLicensesBelow ? 'cancel-portal' : 'cancel-phone');
}

/** Values of a record that cannot both be true; the sentence names them. */
function findContradiction(
  { partnerApproved, partnerApprovedOn }: Customer,
  subscription: SubscriptionTransition,
  today: string,
): string | undefined {
  const { advisorStatus, advisorSubscriptionId, billingAccount } = subscription;
  const { cspStatus, cspSubscriptionId, cspLicensesAssigned } = subscription;
  const { transitionStatus, licensesAssigned, licensesTotal } = subscription;
  if (partnerApproved === false && (cspStatus === 'active' || cspStatus === 'suspended'))
    return `the partner is not approved, but csp_status is ${cspStatus}`;
  if (partnerApprovedOn !== undefined && partnerApprovedOn > today)
    return `partner_approved is ${partnerApprovedOn}, which is still to come`;
  if (advisorSubscriptionId !== undefined && advisorSubscriptionId === cspSubscriptionId)
    return `the old and the new subscription have the same id, ${advisorSubscriptionId}`;
  if (advisorStatus === 'cancelled' && cspStatus !== 'active')
    return `the old subscription is cancelled, but csp_status is ${cspStatus ?? 'unknown'}`;
  // Only then “access continues” is true.
  if (
    advisorStatus === 'cancelled' &&
    cspLicensesAssigned !== undefined &&
    !isLicensed(subscription, cspLicensesAssigned)
  )
    return `the old subscription is cancelled, but csp_licenses_assigned is ${cspLicensesAssigned}`;
  // A new subscription that is gone: who had it was moved once, and may be without any.
  const isGone = cspStatus === 'none' && partnerApproved !== false;
  if (isGone && cspSubscriptionId !== undefined)
    return `csp_status is none, but there is a csp_subscription_id, ${cspSubscriptionId}`;
  if (isGone && cspLicensesAssigned !== undefined && cspLicensesAssigned > 0)
    return `csp_status is none, but csp_licenses_assigned is ${cspLicensesAssigned}`;
  if (transitionStatus === 'done' && advisorStatus !== 'cancelled')
    return `transition_status is done, but advisor_status is ${advisorStatus ?? 'unknown'}`;
  if (
    licensesAssigned !== undefined &&
    licensesTotal !== undefined &&
    licensesAssigned > licensesTotal
  )
    return `licenses_assigned (${licensesAssigned}) is more than licenses_total (${licensesTotal})`;
  if (advisorStatus !== 'active') return undefined;
  // A renewal day that has passed may only be an old record, but an agreement by term has begun anew.
  const renews = billingAccount === 'mca' ? subscription.advisorRenewsOn : undefined;
  const ends = subscription.advisorEndsOn ?? renews;
  return ends !== undefined && ends < today
    ? `advisor_status is active, but its term ended on ${ends}`
    : undefined;
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
