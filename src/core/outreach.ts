/**
 * Who is told ahead of the notice: customers whose new subscriptions are ready while an old one still runs.
 *
 * Nobody asked, so it is stricter than an answer: every old subscription must be one that is to be ended, or
 * has been; and the desk must have nothing left to do.
 */
import { normalizeAddress } from './address.ts';
import type { Customer, SubscriptionTransition } from './customer.ts';
import type { LineScenario } from './decision.ts';
import type { NoticeCatalog } from './notice.ts';
import type { Planned } from './own-mail.ts';
import type { Policy } from './policy.ts';
import { replyKeyOf } from './reply-key.ts';
import { chooseScenario, type ScenarioLine } from './scenario.ts';

export interface OutreachContext {
  readonly policy: Pick<Policy, 'portalLicensesBelow' | 'locale' | 'ownAddresses'>;
  readonly catalog: Pick<NoticeCatalog, 'productAliases'>;
  /** `YYYY-MM-DD` where the customer is. */
  readonly today: string;
}

/** The situations in which an old subscription is to be ended now. */
const ending: readonly LineScenario[] = [
  'cancel-portal',
  'cancel-phone',
  'cancel-unknown-licenses',
  'stop-renewal',
];

export function planOutreach(customer: Customer, context: OutreachContext): Planned {
  const { policy, catalog, today } = context;
  const outcome = chooseScenario({
    customer,
    notice: {},
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today,
  });
  if (outcome.kind === 'review') return none(`${outcome.reason}: ${outcome.detail}`);
  const { scenario, lines } = outcome;
  if (!canTellAhead(lines)) return none(`nothing to tell ahead: ${scenario}`);
  // Asked once more, whatever chose the lines: who is told to cancel too early loses access.
  const unready = lines.find(
    (line) => ending.includes(line.scenario) && !hasNewOne(customer.subscriptions[line.index]),
  );
  if (unready !== undefined) return none(`${unready.product}: the new subscription is not in use`);
  const [contact] = customer.contacts;
  if (contact === undefined) return none('the record names no contact');
  if (policy.ownAddresses.includes(normalizeAddress(contact.address)))
    return none('the contact of the record is the desk itself');
  return {
    kind: 'planned',
    plan: {
      to: contact.address,
      ...(contact.name === undefined ? {} : { toName: contact.name }),
      scenario: 'outreach',
      locale: customer.locale ?? policy.locale,
      customer,
      lines,
      replyKey: `${keyPrefix}${replyKeyOf(customer, scenario, lines)}`,
    },
  };
}

/** Whether there is something to end, and nothing that must come before. */
export function canTellAhead(lines: readonly Pick<ScenarioLine, 'scenario'>[]): boolean {
  const toEnd = lines.filter((line) => ending.includes(line.scenario));
  const others = lines.filter((line) => line.scenario !== 'already-cancelled');
  return toEnd.length > 0 && toEnd.length === others.length;
}

function hasNewOne(subscription: SubscriptionTransition | undefined): boolean {
  return subscription?.cspStatus === 'active' && (subscription.cspLicensesAssigned ?? 0) > 0;
}

function none(why: string): Planned {
  return { kind: 'none', why };
}

const keyPrefix = 'outreach:';

/** The key of the answer that the customer would get to a forward now. */
export function answerKeyOf(replyKey: string): string {
  return replyKey.slice(keyPrefix.length);
}
