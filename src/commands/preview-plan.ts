/**
 * Whom and what a preview is for: a sample, a customer of a file, or one of the store.
 */
import { resolve } from 'node:path';
import type { Customer } from '../core/customer.ts';
import { customerDay } from '../core/customer-day.ts';
import { calendarDay } from '../core/dates.ts';
import {
  isGenericScenario,
  isOwnScenario,
  type LineScenario,
  type ReplyPlan,
  type Scenario,
} from '../core/decision.ts';
import { asksCustomer } from '../core/follow-up.ts';
import { canTellAhead } from '../core/outreach.ts';
import { replyKeyOf } from '../core/reply-key.ts';
import { chooseScenario } from '../core/scenario.ts';
import { samplePlan, templateSamples } from '../core/template-samples.ts';
import { readCustomers } from '../edges/customers-file.ts';
import { findNearest } from '../edges/did-you-mean.ts';
import type { Settings } from '../edges/settings.ts';
import { ResponderError } from '../errors.ts';
import type { CommandIo } from './io.ts';
import type { Knowledge } from './knowledge.ts';
import { withStore } from './with-store.ts';

export interface PlanOptions {
  readonly locale?: string | undefined;
  readonly customer?: string | undefined;
  readonly customers?: string | undefined;
  readonly sample?: string | undefined;
}

export interface PlanContext {
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  readonly now: Date;
  readonly io: CommandIo;
}

/** What the reply would be about. Throws USAGE where the sample or the customer is not there. */
export async function planFor(
  scenario: Scenario,
  options: PlanOptions,
  context: PlanContext,
): Promise<ReplyPlan> {
  const { policy } = context.knowledge;
  if (options.customer === undefined || isGenericScenario(scenario)) {
    return planOfSample(scenario, options.locale ?? policy.locale, options.sample);
  }
  const customer = await findCustomer(options.customer, options, context);
  const lines = linesFor(scenario, customer, context);
  const writtenOn = calendarDay(new Date(context.now.getTime() - weekMs), policy.timeZone);
  return {
    to: customer.contacts[0]?.address ?? 'contact@customer.example',
    ...(customer.contacts[0]?.name === undefined ? {} : { toName: customer.contacts[0].name }),
    scenario,
    locale: options.locale ?? customer.locale ?? policy.locale,
    customer,
    lines,
    ...(scenario === 'reminder' ? { writtenOn } : {}),
    replyKey: replyKeyOf(customer, scenario, lines),
  };
}

function planOfSample(scenario: Scenario, locale: string, name: string | undefined): ReplyPlan {
  if (name === undefined) return samplePlan(scenario, locale);
  const samples = templateSamples(scenario, locale);
  const found = samples.find((sample) => sample.name === name);
  if (found !== undefined) return found.plan;
  const names = [...new Set(samples.map((sample) => sample.name))];
  const near = findNearest(name, names);
  throw new ResponderError(
    'USAGE',
    `There is no sample “${name}” of ${scenario}; ${near === undefined ? `there are ${names.map((one) => `“${one}”`).join(', ')}` : `did you mean “${near}”?`}`,
  );
}

/** A reminder is shown as if the reply had gone out a week ago. */
const weekMs = 7 * 24 * 3_600_000;

/** The lines the record gives; where the record is in another situation, as if it were in this one. */
function linesFor(
  scenario: Scenario,
  customer: Customer,
  { knowledge, now, io }: PlanContext,
): ReplyPlan['lines'] {
  const outcome = chooseScenario({
    customer,
    notice: {},
    portalLicensesBelow: knowledge.policy.portalLicensesBelow,
    productAliases: knowledge.catalog.productAliases,
    today: customerDay(now, customer.country, knowledge.policy.timeZone),
  });
  if (outcome.kind === 'instructions' && isSituation(scenario, outcome)) return outcome.lines;
  const actual =
    outcome.kind === 'instructions' ? outcome.scenario : `${outcome.reason} (${outcome.detail})`;
  const wanted =
    scenario === 'mixed' ? 'several situations at once' : `a situation for ${scenario}`;
  if (scenario === 'mixed' || isOwnScenario(scenario)) {
    throw new ResponderError(
      'USAGE',
      `The record of ${customer.id} gives ${actual}, not ${wanted}.`,
    );
  }
  io.stderr.write(
    `The record of ${customer.id} gives ${actual}; shown as if it gave ${scenario}.\n`,
  );
  return customer.subscriptions.map(({ product }, index) => ({
    product,
    scenario: scenario as LineScenario,
    index,
  }));
}

/** Whether the scenario is the one that the record gives, or one that it has the lines for. */
function isSituation(
  scenario: Scenario,
  given: { readonly scenario: Scenario; readonly lines: ReplyPlan['lines'] },
): boolean {
  if (scenario === 'outreach') return canTellAhead(given.lines);
  return scenario === 'reminder' ? asksCustomer(given) : scenario === given.scenario;
}

async function findCustomer(
  id: string,
  options: PlanOptions,
  { settings, io }: PlanContext,
): Promise<Customer> {
  if (options.customers === undefined) {
    const stored = await withStore(settings, (store) => store.findCustomer(id));
    if (stored !== undefined) return stored;
    throw new ResponderError('USAGE', `There is no customer “${id}” in the store.`);
  }
  const { customers } = await readCustomers(resolve(io.cwd, options.customers));
  const found = customers.find((customer) => customer.id === id);
  if (found !== undefined) return found;
  const ids = customers.map((customer) => customer.id);
  const nearest = findNearest(id, ids);
  throw new ResponderError(
    'USAGE',
    `There is no customer “${id}” in ${options.customers}; ${nearest === undefined ? shownIds(ids) : `did you mean ${nearest}?`}`,
  );
}

const idsShownMax = 20;

function shownIds(ids: readonly string[]): string {
  if (ids.length === 0) return 'it holds none that can be read.';
  const more = ids.length > idsShownMax ? ` and ${ids.length - idsShownMax} more` : '';
  return `it has ${ids.slice(0, idsShownMax).join(', ')}${more}.`;
}
