/**
 * What a reply to a customer would be about, for a preview: as the record says, or as if it said so.
 */
import type { Customer } from './customer.ts';
import { customerDay } from './customer-day.ts';
import { calendarDay } from './dates.ts';
import { isOwnScenario, type LineScenario, type ReplyPlan, type Scenario } from './decision.ts';
import { asksCustomer } from './follow-up.ts';
import type { NoticeCatalog } from './notice.ts';
import { canTellAhead } from './outreach.ts';
import type { Policy } from './policy.ts';
import { replyKeyOf } from './reply-key.ts';
import { chooseScenario } from './scenario.ts';

export interface PreviewContext {
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  readonly now: Date;
  readonly locale: string | undefined;
}

/** `note`: the record is in another situation than the one that is shown. */
export type PreviewPlan =
  | { readonly plan: ReplyPlan; readonly note?: string }
  | { readonly problem: string };

/** A reminder is shown as if the reply had gone out a week ago. */
const weekMs = 7 * 24 * 3_600_000;

export function planOfCustomer(
  scenario: Scenario,
  customer: Customer,
  { policy, catalog, now, locale }: PreviewContext,
): PreviewPlan {
  const found = linesFor(scenario, customer, { policy, catalog, now });
  if ('problem' in found) return found;
  const { lines, note } = found;
  const writtenOn = calendarDay(new Date(now.getTime() - weekMs), policy.timeZone);
  const plan: ReplyPlan = {
    to: customer.contacts[0]?.address ?? 'contact@customer.example',
    ...(customer.contacts[0]?.name === undefined ? {} : { toName: customer.contacts[0].name }),
    scenario,
    locale: locale ?? customer.locale ?? policy.locale,
    customer,
    lines,
    ...(scenario === 'reminder' ? { writtenOn } : {}),
    replyKey: replyKeyOf(customer, scenario, lines),
  };
  return note === undefined ? { plan } : { plan, note };
}

/** The lines the record gives; where the record is in another situation, as if it were in this one. */
function linesFor(
  scenario: Scenario,
  customer: Customer,
  { policy, catalog, now }: Omit<PreviewContext, 'locale'>,
): { readonly lines: ReplyPlan['lines']; readonly note?: string } | { readonly problem: string } {
  const outcome = chooseScenario({
    customer,
    notice: {},
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today: customerDay(now, customer.country, policy.timeZone),
  });
  if (outcome.kind === 'instructions' && isSituation(scenario, outcome))
    return { lines: outcome.lines };
  const actual =
    outcome.kind === 'instructions' ? outcome.scenario : `${outcome.reason} (${outcome.detail})`;
  const wanted =
    scenario === 'mixed' ? 'several situations at once' : `a situation for ${scenario}`;
  if (scenario === 'mixed' || isOwnScenario(scenario))
    return { problem: `The record of ${customer.id} gives ${actual}, not ${wanted}.` };
  return {
    note: `The record of ${customer.id} gives ${actual}; shown as if it gave ${scenario}.`,
    lines: customer.subscriptions.map(({ product }, index) => ({
      product,
      scenario: scenario as LineScenario,
      index,
    })),
  };
}

/** Whether the scenario is the one that the record gives, or one that it has the lines for. */
function isSituation(
  scenario: Scenario,
  given: { readonly scenario: Scenario; readonly lines: ReplyPlan['lines'] },
): boolean {
  if (scenario === 'outreach') return canTellAhead(given.lines);
  return scenario === 'reminder' ? asksCustomer(given) : scenario === given.scenario;
}
