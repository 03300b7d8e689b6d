/**
 * What became of a reply that asked its customer for something: done, overtaken by something else, or overdue.
 *
 * Judged by the record as it is now and by what came from the customer since. It makes no mail and knows no
 * limits: what is overdue is told to the desk, and whether the customer is reminded is `planReminder`'s.
 * What it cannot be sure of ends as overdue, without a reminder: the desk looks.
 */
import type { Customer, SubscriptionTransition } from './customer.ts';
import { isOwnScenario, type LineScenario, type ReplyPlan } from './decision.ts';
import { shownCharsMax } from './limits.ts';
import { shown } from './normalize.ts';
import type { NoticeCatalog, NoticeFields } from './notice.ts';
import type { Policy } from './policy.ts';
import type { Action, Reason } from './reasons.ts';
import { replyKeyOf } from './reply-key.ts';
import { chooseScenario, type ScenarioLine } from './scenario.ts';

/** What only the customer can do. */
const askingLines: readonly LineScenario[] = [
  'approve-partner',
  'cancel-portal',
  'cancel-phone',
  'cancel-unknown-licenses',
  'stop-renewal',
];

/** Whether instructions ask the customer to do something that the record will show. */
export function asksCustomer({ scenario, lines }: Pick<ReplyPlan, 'scenario' | 'lines'>): boolean {
  return !isOwnScenario(scenario) && lines.some((line) => askingLines.includes(line.scenario));
}

/** A reply that asked for something, as its case has it. */
export interface FollowedReply {
  readonly caseId: string;
  readonly plan: ReplyPlan;
  /** The key it was sent under. */
  readonly replyKey: string;
  readonly notice: NoticeFields;
  /** Absent where it did not arrive, as far as we know. */
  readonly sentAt?: Date;
  /** Whether its case waits for the desk for another reason. */
  readonly isWithDesk: boolean;
}

/** A mail that came from the customer, or about one of its cases, after the reply was decided. */
export interface LaterCase {
  readonly caseId: string;
  readonly action: Action;
  readonly reason: Reason;
  readonly receivedAt: Date;
}

export interface FollowUpInput {
  readonly followed: FollowedReply;
  /** The record now; absent where there is none any more. */
  readonly customer: Customer | undefined;
  readonly laterCases: readonly LaterCase[];
  readonly policy: Pick<Policy, 'portalLicensesBelow'>;
  readonly catalog: Pick<NoticeCatalog, 'productAliases'>;
  /** `YYYY-MM-DD` where the customer is. */
  readonly today: string;
}

export interface OverdueReply {
  readonly state: 'overdue';
  readonly detail: string;
  readonly customer: Customer;
  readonly lines: readonly ScenarioLine[];
  /** Why nobody is reminded by itself; absent where nothing speaks against it. */
  readonly noReminder?: string;
}

export type FollowUpVerdict =
  | { readonly state: 'done'; readonly detail: string }
  /** `isNews`: the instructions that the customer has are wrong by now, and it has no others. */
  | { readonly state: 'stopped'; readonly detail: string; readonly isNews: boolean }
  | OverdueReply;

export function judgeFollowUp(input: FollowUpInput): FollowUpVerdict {
  const { followed, customer, laterCases, policy, catalog, today } = input;
  if (followed.sentAt === undefined)
    return stopped('the reply is not known to have arrived; its case is with the desk');
  if (customer === undefined) return stopped('the record of the customer is gone', true);
  const outcome = chooseScenario({
    customer,
    notice: followed.notice,
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today,
  });
  if (outcome.kind === 'review')
    return stopped(`the record now gives ${outcome.reason}: ${outcome.detail}`, true);
  const { scenario, lines } = outcome;
  if (lines.every((line) => line.scenario === 'already-cancelled'))
    return { state: 'done', detail: 'the record shows it' };
  const { plan } = followed;
  const before = replyKeyOf(plan.customer ?? customer, plan.scenario, plan.lines);
  const hasChanged = replyKeyOf(customer, scenario, lines) !== before;
  const changed = hasChanged
    ? `the record changed: ${changeOf(plan, customer, scenario)}`
    : undefined;
  if (changed !== undefined && !asksCustomer({ scenario, lines })) return stopped(changed, true);
  const handled = laterCases.find(isWithDesk);
  if (handled !== undefined)
    return stopped(`the customer wrote, and the desk has it: case ${handled.caseId}`);
  // Whoever has cancelled one of two still pays for the other, but the steps it has are no longer right.
  const noReminder = changed ?? objectionToReminder(followed, laterCases);
  return {
    state: 'overdue',
    detail: shown(`not done, as far as the record shows: ${asked(lines)}`, shownCharsMax),
    customer,
    lines,
    ...(noReminder === undefined ? {} : { noReminder }),
  };
}

function stopped(detail: string, isNews = false): FollowUpVerdict {
  return { state: 'stopped', detail: shown(detail, shownCharsMax), isNews };
}

function asked(lines: readonly ScenarioLine[]): string {
  return lines
    .filter((line) => askingLines.includes(line.scenario))
    .map(({ product, scenario }) => `${scenario} (${product})`)
    .join(', ');
}

/** What the desk sees anyway: reviews, answers to us, and who was asked for details and writes again. */
function isWithDesk({ action, reason }: LaterCase): boolean {
  return (
    action === 'review' ||
    reason === 'suppressed-answer-to-reply' ||
    reason === 'suppressed-generic-limit'
  );
}

/** A person of theirs wrote, and nobody at the desk has seen it: a reminder could miss what they want. */
function objectionToReminder(
  { sentAt, isWithDesk: hasCase }: FollowedReply,
  laterCases: readonly LaterCase[],
): string | undefined {
  if (hasCase) return 'its case waits for the desk for another reason';
  const unseen = laterCases.find(
    ({ action, reason, receivedAt }) =>
      (action === 'reply' || reason === 'suppressed-already-answered') &&
      sentAt !== undefined &&
      receivedAt.getTime() > sentAt.getTime(),
  );
  return unseen === undefined
    ? undefined
    : `the notice was forwarded again on ${unseen.receivedAt.toISOString()} in case ${unseen.caseId}`;
}

/** What differs, for people: another situation, or the fields of the record. */
function changeOf(plan: ReplyPlan, now: Customer, scenario: string): string {
  if (plan.scenario !== scenario) return `${plan.scenario} before, ${scenario} now`;
  const before = plan.customer;
  if (before === undefined) return 'the customer answered is not known';
  const fields = (['partnerApproved', 'approvalLink', 'country'] as const).filter(
    (field) => before[field] !== now[field],
  );
  const length = Math.max(before.subscriptions.length, now.subscriptions.length);
  const inLines = Array.from({ length }, (_, index) =>
    differingFields(before.subscriptions[index], now.subscriptions[index]).map(
      (field) => `subscriptions[${index}].${field}`,
    ),
  );
  return [...fields, ...inLines.flat()].join(', ');
}

function differingFields(
  before: SubscriptionTransition | undefined,
  now: SubscriptionTransition | undefined,
): readonly string[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(now ?? {})])];
  return names.filter((name) => {
    const field = name as keyof SubscriptionTransition;
    return before?.[field] !== now?.[field];
  });
}
