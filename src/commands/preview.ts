/**
 * `preview SCENARIO`: the reply as it would be sent, for a sample or a real customer.
 */
import { resolve } from 'node:path';
import { type ComposeInput, composeReply } from '../core/compose.ts';
import type { Customer } from '../core/customer.ts';
import { customerDay } from '../core/customer-day.ts';
import { calendarDay } from '../core/dates.ts';
import {
  isGenericScenario,
  isOwnScenario,
  type LineScenario,
  type Reply,
  type ReplyPlan,
  repliedScenarios,
  type Scenario,
} from '../core/decision.ts';
import { asksCustomer } from '../core/follow-up.ts';
import { canTellAhead } from '../core/outreach.ts';
import { replyKeyOf } from '../core/reply-key.ts';
import { chooseScenario } from '../core/scenario.ts';
import { formatProblem, TemplateError } from '../core/template.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { samplePlan } from '../core/template-samples.ts';
import { readCustomers } from '../edges/customers-file.ts';
import { findNearest } from '../edges/did-you-mean.ts';
import { loadSettings, type Settings } from '../edges/settings.ts';
import { parseLocale } from '../edges/settings-values.ts';
import { buildMessage } from '../edges/submission-message.ts';
import { ResponderError } from '../errors.ts';
import { openStore } from '../store/open.ts';
import type { CommandIo } from './io.ts';
import { type Knowledge, loadKnowledge, loadTemplateSet } from './knowledge.ts';

export interface PreviewOptions {
  readonly scenario: string;
  readonly locale?: string | undefined;
  readonly customer?: string | undefined;
  readonly customers?: string | undefined;
  readonly format?: string | undefined;
  readonly config?: string | undefined;
}

const formats = ['text', 'html', 'eml'] as const;
type Format = (typeof formats)[number];

export async function previewCommand(options: PreviewOptions, io: CommandIo): Promise<number> {
  const scenario = readScenario(options.scenario);
  const wanted = readFormats(options.format ?? 'text');
  if (options.customers !== undefined && options.customer === undefined) {
    throw new ResponderError('USAGE', '--customers needs --customer: which of the file it is for.');
  }
  const settings = loadSettings({
    ...(options.config === undefined ? {} : { configPath: options.config }),
    env: io.env,
    cwd: io.cwd,
    secrets:
      options.customer !== undefined && options.customers === undefined ? 'store' : 'optional',
  });
  const knowledge = await loadKnowledge(settings);
  const now = new Date();
  const templates = await loadTemplateSet(settings);
  const locale = readLocale(options.locale, templates);
  const plan = await planFor(scenario, { ...options, locale }, { settings, knowledge, now, io });
  const sender = settings.mailboxes[0];
  const reply = composeOrSay({
    plan,
    templates,
    contacts: knowledge.contacts,
    partner: knowledge.partner,
    policy: knowledge.policy,
    sender:
      sender === undefined
        ? { name: settings.partner.name, address: 'support@partner.example', envelopeFrom: '' }
        : { ...sender.from, envelopeFrom: sender.smtp.envelopeFrom },
    mail: { inReplyTo: [], references: [] },
    caseId: 'preview',
    now,
  });
  if (reply.locale !== plan.locale) {
    io.stderr.write(
      `There is no template of ${scenario} in ${plan.locale}: it goes out in ${reply.locale}.\n`,
    );
  }
  for (const format of wanted) io.stdout.write(await show(reply, format, now));
  return 0;
}

/** A damaged template is the editor's to mend, so it is told with its place. */
function composeOrSay(input: ComposeInput): Reply {
  try {
    return composeReply(input);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ResponderError('TEMPLATES_INVALID', formatProblem(error), {
      cause: error,
      details: input.templates.problems.map(formatProblem),
    });
  }
}

async function show(reply: Reply, format: Format, now: Date): Promise<string> {
  switch (format) {
    case 'text':
      return `To: ${reply.to.address}\nSubject: ${reply.subject}\n\n${reply.text}\n`;
    case 'html':
      return `${reply.html}\n`;
    case 'eml':
      return (await buildMessage(reply, now)).toString('utf8');
    default:
      return format satisfies never;
  }
}

function readScenario(name: string): Scenario {
  const found = repliedScenarios.find((scenario) => scenario === name);
  if (found !== undefined) return found;
  throw new ResponderError(
    'USAGE',
    `There is no reply for “${name}”; allowed are ${repliedScenarios.join(', ')}.`,
  );
}

function readLocale(text: string | undefined, { locales }: TemplateSet): string | undefined {
  if (text === undefined) return undefined;
  const locale = parseLocale(text);
  if (locale !== undefined) return locale;
  throw new ResponderError(
    'USAGE',
    `--locale: found “${text}”, expected a language tag; there are templates in ${locales.join(', ')}.`,
  );
}

function readFormats(list: string): readonly Format[] {
  return list.split(',').map((name) => {
    const found = formats.find((format) => format === name.trim());
    if (found !== undefined) return found;
    throw new ResponderError(
      'USAGE',
      `--format: found “${name}”, expected a list of ${formats.join(', ')}.`,
    );
  });
}

interface PlanContext {
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  readonly now: Date;
  readonly io: CommandIo;
}

async function planFor(
  scenario: Scenario,
  options: PreviewOptions,
  context: PlanContext,
): Promise<ReplyPlan> {
  const { policy } = context.knowledge;
  if (options.customer === undefined || isGenericScenario(scenario)) {
    return samplePlan(scenario, options.locale ?? policy.locale);
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
  options: PreviewOptions,
  { settings, io }: PlanContext,
): Promise<Customer> {
  if (options.customers === undefined) {
    const stored = await findStored(id, settings);
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

async function findStored(id: string, settings: Settings): Promise<Customer | undefined> {
  const { store } = await openStore(settings.store);
  try {
    return await store.findCustomer(id);
  } finally {
    await store.close();
  }
}
