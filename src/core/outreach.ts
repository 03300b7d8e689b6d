/**
 * Who is told ahead of the notice: customers whose new subscriptions are ready while an old one still runs.
 *
 * Nobody asked, so it is stricter than an answer: every old subscription must be one that is to be ended, or
 * has been; and the desk must have nothing left to do.
 */
import { domainOf, normalizeAddress } from './address.ts';
import type { Customer, SubscriptionTransition } from './customer.ts';
import type { LineScenario, ReplyPlan } from './decision.ts';
import { isShared } from './genuineness.ts';
import type { NoticeCatalog } from './notice.ts';
import type { Planned } from './own-mail.ts';
import type { Policy } from './policy.ts';
import { replyKeyOf } from './reply-key.ts';
import { chooseScenario, type ScenarioLine } from './scenario.ts';
import { isDaemonAddress, isSystemAddress } from './system-addresses.ts';

export interface OutreachContext {
  readonly policy: Pick<Policy, 'portalLicensesBelow' | 'locale' | 'ownAddresses'>;
  readonly catalog: NoticeCatalog;
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
  const [first] = customer.contacts;
  if (first === undefined) return none('the record names no contact');
  const contact = customer.contacts.find(({ address }) => isPersonOfTheirs(address, context));
  if (contact === undefined)
    return none(`no contact of the record is a person of theirs: ${first.address}`);
  return {
    kind: 'planned',
    plan: {
      to: contact.address,
      ...(contact.name === undefined ? {} : { toName: contact.name }),
      scenario: 'outreach',
      locale: customer.locale ?? policy.locale,
      customer,
      lines,
      // Once, whatever changes in the record: nobody asked for this mail.
      replyKey: `outreach:${encodeURIComponent(customer.id)}`,
    },
  };
}

/** Whether there is something to end, and nothing that must come before. */
export function canTellAhead(lines: readonly Pick<ScenarioLine, 'scenario'>[]): boolean {
  const toEnd = lines.filter((line) => ending.includes(line.scenario));
  const others = lines.filter((line) => line.scenario !== 'already-cancelled');
  return toEnd.length > 0 && toEnd.length === others.length;
}

/** Unasked, nobody is told to cancel on thin evidence: as many new licenses as there may be people. */
function hasNewOne(subscription: SubscriptionTransition | undefined): boolean {
  if (subscription?.cspStatus !== 'active') return false;
  const { licensesAssigned, licensesTotal, cspLicensesAssigned = 0 } = subscription;
  return cspLicensesAssigned >= Math.max(1, licensesAssigned ?? licensesTotal ?? 1);
}

/** Not a machine, and nobody of the desk's own organisation. */
function isPersonOfTheirs(address: string, { policy, catalog }: OutreachContext): boolean {
  if (isSystemAddress(address) || isDaemonAddress(address)) return false;
  const domain = domainOf(address);
  const isOwnDomain =
    !isShared(domain, catalog) && policy.ownAddresses.some((own) => domainOf(own) === domain);
  return !isOwnDomain && !policy.ownAddresses.includes(normalizeAddress(address));
}

function none(why: string): Planned {
  return { kind: 'none', why };
}

/** The key of the answer that the customer would get to a forward now: the state of the record is in it. */
export function answerKeyOf({ customer, lines }: Pick<ReplyPlan, 'customer' | 'lines'>): string {
  const [first] = lines;
  if (customer === undefined || first === undefined) return '';
  const isOne = lines.every(({ scenario }) => scenario === first.scenario);
  return replyKeyOf(customer, isOne ? first.scenario : 'mixed', lines);
}
