/**
 * What could be sent for a case when a person decides: to whom, which scenario, with the record as it is now.
 *
 * A person may choose another customer, another scenario, another recipient; nobody may choose an address that the
 * record does not know, and nothing of a record goes anywhere else. An address is never taken from the original, nor
 * from Reply-To.
 */
import { type Address, normalizeAddress } from './address.ts';
import { commentLanguage } from './comment-language.ts';
import type { Customer } from './customer.ts';
import { customerDay } from './customer-day.ts';
import { calendarDay } from './dates.ts';
import {
  type Decision,
  isGenericScenario,
  isOwnScenario,
  type LineScenario,
  lineScenarios,
  type ReplyPlan,
  type Scenario,
} from './decision.ts';
import type { NoticeCatalog } from './notice.ts';
import type { Policy } from './policy.ts';
import { productFamily } from './product-family.ts';
import { isBareAddress } from './reply-headers.ts';
import { replyKeyOf } from './reply-key.ts';
import { chooseScenario, type ScenarioLine } from './scenario.ts';
import { isMicrosoft } from './screen-guard.ts';
import { isSystemAddress } from './system-addresses.ts';
import { isOurs, knownAs } from './who-may-know.ts';

export interface Rules {
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
}

export interface Recipient {
  readonly address: string;
  readonly name?: string;
  readonly as: 'author' | 'contact';
}

export interface PlanInput extends Rules {
  readonly decision: Decision;
  /** Whom the mail names as its only author, in the outer header section; absent where it names none or several. */
  readonly author?: Address;
  /** The record as it is now; absent where none was chosen, found or is left. */
  readonly customer?: Customer;
  readonly now: Date;
}

export interface Chosen {
  readonly scenario?: Scenario;
  readonly to?: string;
  readonly locale?: string;
}

export type Planned =
  | {
      readonly kind: 'plan';
      readonly plan: ReplyPlan;
      readonly recipients: readonly Recipient[];
      /** What the record itself gives, where that is another scenario. */
      readonly recordSays?: string;
    }
  | {
      readonly kind: 'refused';
      readonly why: 'no-reply' | 'recipient-not-allowed';
      readonly sentence: string;
      readonly recipients: readonly Recipient[];
    };

/** Scenarios that disclose nothing, which need no customer. */
const general = ['ask-for-details', 'suspicious'] as const satisfies readonly Scenario[];

/** The plan that a case had, whatever became of it. */
export function planOf(decision: Decision): ReplyPlan | undefined {
  return 'plan' in decision ? decision.plan : undefined;
}

/** Whose record a case is about, as it was decided. */
export function customerIdOf(decision: Decision): string | undefined {
  return planOf(decision)?.customer?.id ?? decision.match?.customer.id;
}

/** Whose record is asked for: what was chosen, else what the plan is about, else whom the notice fits. */
export function wantedCustomerId(
  decision: Decision,
  chosen: { readonly customerId?: string; readonly scenario?: Scenario },
): string | undefined {
  if (chosen.customerId !== undefined) return chosen.customerId;
  const plan = planOf(decision);
  const isAboutRecord = chosen.scenario !== undefined && !isGenericScenario(chosen.scenario);
  if (plan !== undefined && !isAboutRecord) return plan.customer?.id;
  return customerIdOf(decision);
}

export function planChoice(input: PlanInput, chosen: Chosen): Planned {
  const before = planOf(input.decision);
  const scenario = chosen.scenario ?? keptScenario(input, before);
  return scenario !== undefined && isGenericScenario(scenario)
    ? planGeneral(input, { ...chosen, scenario })
    : planForCustomer(input, { ...chosen, ...(scenario === undefined ? {} : { scenario }) });
}

/** What discloses nothing stays what it was, unless a customer was chosen meanwhile. */
function keptScenario(
  { customer }: PlanInput,
  before: ReplyPlan | undefined,
): Scenario | undefined {
  if (before === undefined || customer?.id !== before.customer?.id) return undefined;
  const isKept =
    isGenericScenario(before.scenario) ||
    isOwnScenario(before.scenario) ||
    before.scenario === 'already-answered';
  return isKept ? before.scenario : undefined;
}

function planGeneral(input: PlanInput, chosen: Chosen & { readonly scenario: Scenario }): Planned {
  const recipients = generalRecipients(input);
  const to = chosenRecipient(input, recipients, chosen.to);
  if (to === undefined) return noRecipient(recipients, chosen.to);
  const { policy, now, decision } = input;
  const day = calendarDay(now, policy.timeZone);
  return {
    kind: 'plan',
    recipients,
    plan: {
      to: to.address,
      scenario: chosen.scenario,
      locale: chosen.locale ?? generalLocale(decision, policy),
      lines: [],
      replyKey: `general:${normalizeAddress(to.address)}:${day}`,
    },
  };
}

/** Never the record's: it would tell that there is one. */
function generalLocale(decision: Decision, policy: Policy): string {
  const before = planOf(decision);
  if (before !== undefined && isGenericScenario(before.scenario)) return before.locale;
  const { comment, original } = decision;
  const written = comment === undefined ? undefined : commentLanguage(comment);
  const client = original?.language;
  return written ?? (client === 'en' ? undefined : client) ?? policy.locale;
}

function planForCustomer(input: PlanInput, chosen: Chosen): Planned {
  const { customer, decision, policy } = input;
  if (customer === undefined) {
    const recipients = generalRecipients(input);
    const orAsk = recipients.length === 0 ? '' : ', or ask for details';
    return { ...nothing(`No customer is known for this mail: choose one${orAsk}.`), recipients };
  }
  const recipients = customerRecipients(input, customer);
  const situation = situationFor(input, customer, chosen.scenario);
  if (situation.kind === 'none') return { ...nothing(situation.why), recipients };
  const to = chosenRecipient(input, recipients, chosen.to);
  if (to === undefined) return noRecipient(recipients, chosen.to);
  const before = planOf(decision);
  const isSame = before?.customer?.id === customer.id;
  const { scenario, lines, kept, recordSays } = situation;
  return {
    kind: 'plan',
    recipients,
    ...(recordSays === undefined ? {} : { recordSays }),
    plan: {
      ...kept,
      to: to.address,
      ...(to.name === undefined ? {} : { toName: to.name }),
      scenario,
      locale:
        chosen.locale ?? (isSame ? before?.locale : undefined) ?? customer.locale ?? policy.locale,
      customer,
      lines,
      replyKey: kept?.replyKey ?? replyKeyOf(customer, scenario, lines),
    },
  };
}

type Situation =
  | {
      readonly kind: 'situation';
      readonly scenario: Scenario;
      readonly lines: readonly ScenarioLine[];
      readonly kept?: Pick<ReplyPlan, 'answered' | 'writtenOn' | 'replyKey'>;
      readonly recordSays?: string;
    }
  | { readonly kind: 'none'; readonly why: string };

/** By the record, or as a person forces it; a mail of our own, and the word to a second person, as it was. */
function situationFor(
  input: PlanInput,
  customer: Customer,
  forced: Scenario | undefined,
): Situation {
  const outcome = outcomeFor(input, customer);
  if (forced === undefined)
    return outcome.kind === 'instructions'
      ? { kind: 'situation', scenario: outcome.scenario, lines: outcome.lines }
      : { kind: 'none', why: `The record gives no instructions: ${outcome.detail}.` };
  if (outcome.kind === 'instructions' && outcome.scenario === forced)
    return { kind: 'situation', scenario: forced, lines: outcome.lines };
  const before = planOf(input.decision);
  if (before?.scenario === forced && !isLineScenario(forced)) return asItWas(before, customer);
  if (!isLineScenario(forced))
    return { kind: 'none', why: `“${forced}” does not fit what the record says.` };
  const lines = forcedLines(customer, forced);
  const recordSays = outcome.kind === 'instructions' ? outcome.scenario : outcome.detail;
  return lines.length === 0
    ? { kind: 'none', why: 'The record has no subscription that is still to be moved.' }
    : { kind: 'situation', scenario: forced, lines, recordSays };
}

function asItWas(before: ReplyPlan, customer: Customer): Situation {
  const isMixed = before.scenario === 'mixed';
  const recorded = before.customer ?? customer;
  const same =
    replyKeyOf(recorded, before.scenario, before.lines) ===
    replyKeyOf(customer, before.scenario, before.lines);
  if (isMixed || !same)
    return { kind: 'none', why: 'The record has changed: choose what is to be said.' };
  const { answered, writtenOn, replyKey, scenario, lines } = before;
  return {
    kind: 'situation',
    scenario,
    lines,
    kept: {
      ...(answered === undefined ? {} : { answered }),
      ...(writtenOn === undefined ? {} : { writtenOn }),
      replyKey,
    },
  };
}

function isLineScenario(scenario: Scenario): scenario is LineScenario {
  return (lineScenarios as readonly Scenario[]).includes(scenario);
}

function forcedLines({ subscriptions }: Customer, scenario: LineScenario): readonly ScenarioLine[] {
  return subscriptions.flatMap(({ product, transitionStatus }, index) =>
    transitionStatus === 'stopped' || productFamily(product) === 'azure'
      ? []
      : [{ product, scenario, index }],
  );
}

function outcomeFor({ decision, policy, catalog, now }: PlanInput, customer: Customer) {
  return chooseScenario({
    customer,
    // What the notice of another customer names says nothing about this one.
    notice: customerIdOf(decision) === customer.id ? (decision.notice ?? {}) : {},
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today: customerDay(now, customer.country, policy.timeZone),
  });
}

/** What a person may choose from, before it is tried whether it can be composed. */
export function candidateScenarios(input: PlanInput): readonly Scenario[] {
  const { customer } = input;
  const before = planOf(input.decision);
  const outcome = customer === undefined ? undefined : outcomeFor(input, customer);
  const kept = keptScenario(input, before);
  return [
    ...new Set([
      ...(kept === undefined ? [] : [kept]),
      ...(outcome?.kind === 'instructions' ? [outcome.scenario] : []),
      ...(customer === undefined ? [] : lineScenarios),
      ...general,
    ]),
  ];
}

/** What nobody reads, or what is ourselves, gets no mail, whoever has chosen it. */
function mayGetMail(address: string, { policy, catalog }: Rules): boolean {
  return (
    isBareAddress(address) &&
    !isOurs(address, { policy, catalog }) &&
    !isSystemAddress(address) &&
    !isMicrosoft(address, catalog.senderDomains)
  );
}

/** Only whoever wrote: what discloses nothing has nobody else to go to. */
function generalRecipients(input: PlanInput): readonly Recipient[] {
  const { author } = input;
  return author !== undefined && mayGetMail(author.address, input)
    ? [{ address: author.address, as: 'author' }]
    : [];
}

/** The author where the record knows the address, and the contacts of the record. */
function customerRecipients(input: PlanInput, customer: Customer): readonly Recipient[] {
  const { author, policy, catalog } = input;
  const known =
    author === undefined ? undefined : knownAs(author.address, customer, policy, catalog);
  const found: Recipient[] = [
    ...(author === undefined || known === undefined
      ? []
      : [{ address: author.address, ...known, as: 'author' as const }]),
    ...customer.contacts.map(({ address, name }) => ({
      address,
      ...(name === undefined ? {} : { name }),
      as: 'contact' as const,
    })),
  ];
  const seen = new Set<string>();
  return found.filter(({ address }) => {
    const normal = normalizeAddress(address);
    if (seen.has(normal) || !mayGetMail(address, input)) return false;
    seen.add(normal);
    return true;
  });
}

/** The chosen one, only if it is among them; else whom it was decided for, the author, the first contact. */
function chosenRecipient(
  { decision }: PlanInput,
  recipients: readonly Recipient[],
  wanted: string | undefined,
): Recipient | undefined {
  const find = (address: string | undefined) =>
    address === undefined
      ? undefined
      : recipients.find((one) => normalizeAddress(one.address) === normalizeAddress(address));
  return wanted === undefined ? (find(planOf(decision)?.to) ?? recipients[0]) : find(wanted);
}

function noRecipient(recipients: readonly Recipient[], wanted: string | undefined): Planned {
  const sentence =
    wanted === undefined
      ? 'There is nobody to whom this may go: neither the author nor a contact is known for the customer.'
      : 'This address is not known for the customer, so nothing of the record may go there.';
  const why = wanted === undefined ? 'no-reply' : 'recipient-not-allowed';
  return { kind: 'refused', why, sentence, recipients };
}

function nothing(sentence: string) {
  return { kind: 'refused', why: 'no-reply', sentence } as const;
}

/**
 * What of a plan is wrong by now; undefined where the record still says the same, and still knows to whom it goes.
 */
export function staleness(
  plan: ReplyPlan,
  customer: Customer | undefined,
  { policy, catalog }: Rules,
): string | undefined {
  if (plan.customer === undefined) return undefined;
  if (customer === undefined) return 'the record of the customer is gone';
  if (knownAs(plan.to, customer, policy, catalog) === undefined)
    return 'the record no longer knows the address';
  return hasChanged(plan, plan.customer, customer) ? 'the record has changed' : undefined;
}

function hasChanged(plan: ReplyPlan, before: Customer, now: Customer): boolean {
  const key = (customer: Customer) => replyKeyOf(customer, plan.scenario, plan.lines);
  return key(before) !== key(now);
}

/** Whether the record says something else about the plan of the case than when it was decided. */
export function hasRecordChanged(decision: Decision, customer: Customer | undefined): boolean {
  const plan = planOf(decision);
  if (plan?.customer === undefined || customer?.id !== plan.customer.id) return false;
  return hasChanged(plan, plan.customer, customer);
}
