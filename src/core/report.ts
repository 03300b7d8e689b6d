/**
 * What is paid twice, line by line: since when, what it has cost, what is outstanding and whose move it is.
 *
 * The costs are those of the direct subscription as the record has them: what waiting costs, not an
 * invoice. A cost that is unknown stays unknown, and amounts of two currencies are never added.
 */
import { type Amount, costOfDays, formatAmount, parseAmount } from './amount.ts';
import type { Customer, SubscriptionTransition } from './customer.ts';
import { customerDay } from './customer-day.ts';
import { calendarDays } from './dates.ts';
import type { LineScenario } from './decision.ts';
import { subscriptionKeys } from './double-billing.ts';
import type { Reason } from './reasons.ts';
import { type LineSituation, situationOf } from './scenario.ts';

export const moves = ['customer', 'partner'] as const;
/** Who has to do something before it ends. */
export type Move = (typeof moves)[number];

/** What goes on being paid twice, as the store has it. */
export interface OpenBilling {
  readonly customer: Customer;
  /** By `subscriptionKeys`. */
  readonly subscription: string;
  readonly since: Date;
  readonly monthlyCost?: string;
  readonly currency?: string;
}

export interface ReportLine {
  readonly customerId: string;
  readonly customerName: string;
  readonly product: string;
  readonly advisorSubscriptionId?: string;
  readonly cspSubscriptionId?: string;
  readonly accountManager?: string;
  readonly since: Date;
  /** `YYYY-MM-DD` where the partner is. */
  readonly sinceDay: string;
  /** Days of the calendar: since yesterday is one, however few hours ago that is. */
  readonly days: number;
  readonly monthlyCost?: Amount;
  readonly currency?: string;
  /** What has been paid twice so far; absent where the cost is unknown. */
  readonly paidTwice?: Amount;
  readonly move: Move;
  /** A scenario, or the reason why the desk must look at it. */
  readonly code: LineScenario | Reason;
  /** What is to be done, for people. */
  readonly outstanding: string;
}

export interface ReportRules {
  readonly now: Date;
  /** Time zone in which days begin and end. */
  readonly timeZone: string;
  readonly portalLicensesBelow: number;
}

/** Judges one billing after the other; the same record object is looked through once. */
export function reportLines(rules: ReportRules): (billing: OpenBilling) => ReportLine {
  const { portalLicensesBelow, now, timeZone } = rules;
  const dayOf = calendarDays(timeZone);
  const today = dayOf(now);
  const known = new WeakMap<Customer, ReadonlyMap<string, SubscriptionTransition>>();
  return ({ customer, subscription: key, since, ...cost }) => {
    const byKey = known.get(customer) ?? subscriptionsByKey(customer);
    known.set(customer, byKey);
    const subscription = byKey.get(key);
    const situation =
      subscription === undefined
        ? noLongerThere
        : situationOf(customer, subscription, {
            portalLicensesBelow,
            today: customerDay(now, customer.country, timeZone),
          });
    const sinceDay = dayOf(since);
    const days = Math.max(0, daysBetween(sinceDay, today));
    const monthlyCost = cost.monthlyCost === undefined ? undefined : parseAmount(cost.monthlyCost);
    return {
      customerId: customer.id,
      customerName: customer.name,
      product: subscription?.product ?? key,
      since,
      sinceDay,
      days,
      ...outstandingOf(situation),
      ...given('advisorSubscriptionId', subscription?.advisorSubscriptionId),
      ...given('cspSubscriptionId', subscription?.cspSubscriptionId),
      ...given('accountManager', customer.accountManager),
      ...given('monthlyCost', monthlyCost),
      ...given('currency', cost.currency),
      ...given('paidTwice', monthlyCost === undefined ? undefined : costOfDays(monthlyCost, days)),
    };
  };
}

/** A property that is there only when its value is. */
function given<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}

/** Also by their names: a span keeps the one that it began with until its record is written again. */
function subscriptionsByKey(customer: Customer): ReadonlyMap<string, SubscriptionTransition> {
  const found = new Map<string, SubscriptionTransition>();
  for (const [index, { key, name }] of subscriptionKeys(customer).entries()) {
    const subscription = customer.subscriptions[index];
    if (subscription === undefined) continue;
    found.set(key, subscription);
    if (!found.has(name)) found.set(name, subscription);
  }
  return found;
}

const dayMs = 86_400_000;

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
}

const noLongerThere: LineSituation = {
  kind: 'review',
  reason: 'review-incomplete-record',
  detail: 'it no longer has this subscription',
};

/** By scenario: what is outstanding, and whose move that is. */
export const lineSteps: Readonly<
  Record<LineScenario, { readonly move: Move; readonly outstanding: string }>
> = {
  'approve-partner': { move: 'customer', outstanding: 'approve the partner' },
  'wait-for-csp': {
    move: 'partner',
    outstanding: 'activate the new subscription and assign its licenses',
  },
  'cancel-portal': {
    move: 'customer',
    outstanding: 'cancel the old subscription, in the portal or by phone',
  },
  'cancel-phone': { move: 'customer', outstanding: 'cancel the old subscription by phone' },
  'cancel-unknown-licenses': {
    move: 'customer',
    outstanding: 'cancel the old subscription, in the portal or by phone: licenses unknown',
  },
  'stop-renewal': {
    move: 'customer',
    outstanding: 'turn recurring billing of the old subscription off',
  },
  'already-cancelled': { move: 'partner', outstanding: 'see why it is still billed twice' },
};

function outstandingOf(
  situation: LineSituation,
): Pick<ReportLine, 'move' | 'code' | 'outstanding'> {
  if (situation.kind === 'instructions') {
    return { ...lineSteps[situation.scenario], code: situation.scenario };
  }
  const { reason, detail } = situation;
  return { move: 'partner', code: reason, outstanding: `${whatToMend(reason)}: ${detail}` };
}

function whatToMend(reason: Reason): string {
  if (reason === 'review-incomplete-record') return 'complete the record';
  if (reason === 'review-contradictory-record') return 'correct the record';
  return 'look at the record';
}

export interface ReportTotal {
  readonly move: Move;
  /** Absent for those whose record names none; their amounts may be of several. */
  readonly currency?: string;
  readonly subscriptions: number;
  /** Those of them that no sum contains. */
  readonly withoutCost: number;
  readonly monthlyCost: Amount;
  readonly paidTwice: Amount;
}

/** Adds lines up as they pass, so that they need not be kept. Each line is rounded before it is added. */
export class ReportTotals {
  readonly #groups = new Map<string, ReportTotal>();
  readonly #customers = new Set<string>();
  #subscriptions = 0;

  add(line: ReportLine): void {
    const { move, currency, monthlyCost, paidTwice } = line;
    const key = `${move} ${currency ?? ''}`;
    const before = this.#groups.get(key);
    this.#groups.set(key, {
      move,
      ...given('currency', currency),
      subscriptions: (before?.subscriptions ?? 0) + 1,
      withoutCost: (before?.withoutCost ?? 0) + (monthlyCost === undefined ? 1 : 0),
      monthlyCost: (before?.monthlyCost ?? 0n) + (monthlyCost ?? 0n),
      paidTwice: (before?.paidTwice ?? 0n) + (paidTwice ?? 0n),
    });
    this.#customers.add(line.customerId);
    this.#subscriptions += 1;
  }

  get subscriptions(): number {
    return this.#subscriptions;
  }

  get customers(): number {
    return this.#customers.size;
  }

  /** How many have no cost, of all. */
  get withoutCost(): number {
    return this.groups().reduce((sum, group) => sum + group.withoutCost, 0);
  }

  /** By whose move it is, then by currency; those without a currency last. */
  groups(): readonly ReportTotal[] {
    return [...this.#groups.values()].sort(
      (a, b) => moves.indexOf(a.move) - moves.indexOf(b.move) || byCurrency(a, b),
    );
  }
}

function byCurrency(a: ReportTotal, b: ReportTotal): number {
  if (a.currency === b.currency) return 0;
  if (a.currency === undefined) return 1;
  if (b.currency === undefined) return -1;
  return a.currency < b.currency ? -1 : 1;
}

/** As people and programs read it; undefined stays so. */
export function amountText(amount: Amount | undefined): string | undefined {
  return amount === undefined ? undefined : formatAmount(amount);
}
