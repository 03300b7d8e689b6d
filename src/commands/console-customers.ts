/**
 * Customers as the console changes them, wired to the checks of a customers file, the store and the templates.
 */
import { createHash } from 'node:crypto';
import { composeReply } from '../core/compose.ts';
import type { Customer } from '../core/customer.ts';
import { customerDay } from '../core/customer-day.ts';
import type { ReplyPlan } from '../core/decision.ts';
import { uploadBytesMax } from '../core/limits.ts';
import { reasons } from '../core/reasons.ts';
import { replyKeyOf } from '../core/reply-key.ts';
import { chooseScenario } from '../core/scenario.ts';
import { formatProblem, TemplateError } from '../core/template.ts';
import { customerColumns } from '../edges/customer-columns.ts';
import { readTyped, typedOf } from '../edges/typed-customer.ts';
import type { PipelineParts } from '../pipeline/parts.ts';
import type { CustomerDesk, RecordReply, SaveOutcome } from '../ports/customer-desk.ts';
import { fileImports } from './console-imports.ts';
import type { ConsoleWiring } from './console-wiring.ts';

export function customerDesk(
  {
    settings,
    store,
    pipelineOf,
    clock,
    log,
  }: Pick<ConsoleWiring, 'settings' | 'store' | 'pipelineOf' | 'clock' | 'log'>,
  { bytesMax = uploadBytesMax }: { readonly bytesMax?: number } = {},
): CustomerDesk {
  return {
    columns: customerColumns.map(({ name }) => name),
    rules: { portalLicensesBelow: settings.rules.portalLicensesBelow },
    typedOf,
    digestOf,
    async save(typed, seen, act): Promise<SaveOutcome> {
      const read = readTyped(typed);
      if ('faults' in read) return { kind: 'faults', faults: read.faults };
      const { customer } = read;
      const isAsSeen = (now: Customer | undefined) =>
        now === undefined ? seen === '' : digestOf(now) === seen;
      const saved = await store.saveCustomer({ customer, isAsSeen, act });
      if (saved !== 'conflict') return { kind: saved, customerId: customer.id };
      return { kind: 'conflict', now: await store.findCustomer(customer.id) };
    },
    replyOf(customer) {
      const parts = settings.mailboxes.map(({ name }) => pipelineOf(name)).find(Boolean);
      return parts === undefined
        ? { kind: 'none', sentence: 'No mailbox is set up that a reply could come from.' }
        : replyOf(customer, parts);
    },
    imports: fileImports({ store, clock, log, bytesMax }),
  };
}

/** The store gives the values of a record in one order, whoever wrote it. */
function digestOf(customer: Customer): string {
  return createHash('sha256').update(JSON.stringify(customer)).digest('hex');
}

/** As for a notice that names no subscription, to the first contact. */
function replyOf(customer: Customer, parts: PipelineParts): RecordReply {
  const { policy, catalog, contacts, partner, clock } = parts;
  const now = clock.now();
  const outcome = chooseScenario({
    customer,
    notice: {},
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today: customerDay(now, customer.country, policy.timeZone),
  });
  if (outcome.kind !== 'instructions')
    return { kind: 'none', sentence: `${reasons[outcome.reason].sentence} (${outcome.detail})` };
  const { scenario, lines } = outcome;
  const [contact] = customer.contacts;
  const [desk] = parts.desks.values();
  if (desk === undefined) return { kind: 'none', sentence: 'No mailbox is set up.' };
  const plan: ReplyPlan = {
    to: contact?.address ?? 'contact@customer.example',
    ...(contact?.name === undefined ? {} : { toName: contact.name }),
    scenario,
    locale: customer.locale ?? policy.locale,
    customer,
    lines,
    replyKey: replyKeyOf(customer, scenario, lines),
  };
  try {
    const { subject, text, locale } = composeReply({
      plan,
      templates: parts.templates(),
      contacts,
      partner,
      policy,
      sender: desk.sender,
      mail: { inReplyTo: [], references: [] },
      caseId: 'preview',
      now,
    });
    return { kind: 'reply', scenario, to: plan.to, locale, subject, text };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { kind: 'none', sentence: formatProblem(error) };
  }
}
