/**
 * What a template sees: the plan, the record and the settings as the variables of `templateVariables`.
 *
 * Nothing of the incoming mail is among them, and for scenarios that disclose nothing the record is not
 * even looked at, whatever the plan brings along.
 */
import { type Amount, formatAmount, parseAmount } from './amount.ts';
import type { Customer, SubscriptionTransition } from './customer.ts';
import { customerDay } from './customer-day.ts';
import { isGenericScenario, type LineScenario, lineScenarios, type ReplyPlan } from './decision.ts';
import { countryName, type Money } from './locale-format.ts';
import type { Contacts, Partner, Policy } from './policy.ts';
import { productFamily } from './product-family.ts';

/** A subscription as templates see it. Absent values are `undefined`, dates are `YYYY-MM-DD`. */
export interface ContextLine {
  readonly product: string;
  readonly scenario: LineScenario;
  readonly licenses: number | undefined;
  readonly subscriptionId: string | undefined;
  readonly renewsOn: string | undefined;
  readonly endsOn: string | undefined;
  readonly lastDay: string | undefined;
  /** Dynamics 365 and CRM Online: an organisation of its own hangs on the licenses. */
  readonly family: 'seats' | 'dynamics';
}

/** The names by which templates ask for the lines of one scenario. */
export const todoNames = {
  'approve-partner': 'approvePartner',
  'cancel-portal': 'cancelPortal',
  'cancel-phone': 'cancelPhone',
  'cancel-unknown-licenses': 'cancelUnknownLicenses',
  'stop-renewal': 'stopRenewal',
  'wait-for-csp': 'waitForCsp',
  'already-cancelled': 'alreadyCancelled',
} as const satisfies Record<LineScenario, string>;

export interface TemplateContext {
  readonly partner: Partner;
  readonly customer?: { readonly name: string; readonly accountManager: string | undefined };
  readonly answered?: ReplyPlan['answered'];
  readonly writtenOn?: string;
  readonly approvalLink?: string | undefined;
  readonly portalUrl?: string;
  readonly cancelHelpUrl?: string;
  readonly supportNumbersUrl?: string;
  readonly phone?: string | undefined;
  readonly country?: string | undefined;
  readonly portalLicensesBelow?: number;
  readonly monthlyCosts?: readonly Money[] | undefined;
  readonly lines?: readonly ContextLine[];
  readonly crmOnline?: readonly ContextLine[];
  readonly todo?: Readonly<Record<string, readonly ContextLine[]>>;
}

export interface ContextInput {
  readonly plan: Pick<ReplyPlan, 'scenario' | 'customer' | 'lines' | 'answered' | 'writtenOn'>;
  readonly contacts: Contacts;
  readonly partner: Partner;
  readonly policy: Pick<Policy, 'portalLicensesBelow' | 'timeZone'>;
  /** BCP 47, for the name of the country. */
  readonly locale: string;
  readonly now: Date;
}

/** The variables for one reply. */
export function templateContext(input: ContextInput): TemplateContext {
  const { plan, contacts, policy } = input;
  const partner = { name: input.partner.name, signature: input.partner.signature };
  const { customer } = plan;
  if (isGenericScenario(plan.scenario) || customer === undefined) return { partner };
  const today = customerDay(input.now, customer.country, policy.timeZone);
  const lines = plan.lines.map((line) =>
    contextLine(line, customer.subscriptions[line.index], today),
  );
  return {
    partner,
    customer: { name: customer.name, accountManager: customer.accountManager },
    ...(plan.answered === undefined ? {} : { answered: plan.answered }),
    ...(plan.writtenOn === undefined ? {} : { writtenOn: plan.writtenOn }),
    approvalLink: customer.approvalLink,
    portalUrl: contacts.portalUrl,
    cancelHelpUrl: contacts.cancelHelpUrl,
    supportNumbersUrl: contacts.supportNumbersUrl,
    phone: findPhone(contacts, customer.country),
    country:
      customer.country === undefined ? undefined : countryName(customer.country, input.locale),
    portalLicensesBelow: policy.portalLicensesBelow,
    monthlyCosts: monthlyCosts(plan.lines, customer),
    lines,
    crmOnline: lines.filter(({ product }) => productFamily(product) === 'crm-online'),
    todo: Object.fromEntries(
      lineScenarios.map((scenario) => [
        todoNames[scenario],
        lines.filter((line) => line.scenario === scenario),
      ]),
    ),
  };
}

/** Microsoft’s support number for a country; undefined when country or number is unknown. */
export function findPhone(contacts: Contacts, country: string | undefined): string | undefined {
  if (country === undefined || !Object.hasOwn(contacts.phones, country)) return undefined;
  return contacts.phones[country];
}

/** By currency. Undefined unless every subscription that is still billed has its cost: half a sum would mislead. */
function monthlyCosts(
  lines: ReplyPlan['lines'],
  { subscriptions }: Pick<Customer, 'subscriptions'>,
): readonly Money[] | undefined {
  const sums = new Map<string, Amount>();
  for (const { scenario, index } of lines) {
    if (scenario === 'already-cancelled') continue;
    const { monthlyCost, currency } = subscriptions[index] ?? {};
    const amount = monthlyCost === undefined ? undefined : parseAmount(monthlyCost);
    if (amount === undefined || currency === undefined) return undefined;
    sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  }
  const billed = [...sums].filter(([, amount]) => amount > 0n);
  if (billed.length === 0) return undefined;
  return billed.map(([currency, amount]) => ({ amount: formatAmount(amount), currency }));
}

function contextLine(
  line: ReplyPlan['lines'][number],
  subscription: SubscriptionTransition | undefined,
  today: string,
): ContextLine {
  // A day that is past says nothing about what will happen, and would only alarm.
  const coming = (day: string | undefined) => (day !== undefined && day >= today ? day : undefined);
  const family = productFamily(line.product);
  const renewsOn = coming(subscription?.advisorRenewsOn);
  const endsOn = coming(subscription?.advisorEndsOn);
  return {
    product: line.product,
    scenario: line.scenario,
    licenses: subscription?.licensesAssigned,
    subscriptionId: subscription?.advisorSubscriptionId,
    renewsOn,
    endsOn,
    lastDay: endsOn ?? renewsOn,
    family: family === 'dynamics' || family === 'crm-online' ? 'dynamics' : 'seats',
  };
}
