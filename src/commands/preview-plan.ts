/**
 * Whom and what a preview is for: a sample, a customer of a file, or one of the store.
 */
import { resolve } from 'node:path';
import type { Customer } from '../core/customer.ts';
import { isGenericScenario, type ReplyPlan, type Scenario } from '../core/decision.ts';
import { planOfCustomer } from '../core/preview-plan.ts';
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
  const { now, io } = context;
  const planned = planOfCustomer(scenario, customer, {
    ...context.knowledge,
    now,
    locale: options.locale,
  });
  if ('problem' in planned) throw new ResponderError('USAGE', planned.problem);
  if (planned.note !== undefined) io.stderr.write(`${planned.note}\n`);
  return planned.plan;
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
