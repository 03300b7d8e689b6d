/**
 * The report for programs and spreadsheets: CSV and JSON, each line of it as it comes.
 */

import { csvLine } from '../core/csv-line.ts';
import { amountText, type ReportLine, type ReportTotals } from '../core/report.ts';
import { jsonText } from '../edges/json-text.ts';

export const csvColumns: readonly (readonly [
  string,
  (line: ReportLine) => string | number | undefined,
])[] = [
  ['customer_id', (line) => line.customerId],
  ['customer_name', (line) => line.customerName],
  ['product', (line) => line.product],
  ['advisor_subscription_id', (line) => line.advisorSubscriptionId],
  ['csp_subscription_id', (line) => line.cspSubscriptionId],
  ['account_manager', (line) => line.accountManager],
  ['since', (line) => line.sinceDay],
  ['days', (line) => line.days],
  ['monthly_cost', (line) => amountText(line.monthlyCost)],
  ['currency', (line) => line.currency],
  ['paid_twice', (line) => amountText(line.paidTwice)],
  ['move', (line) => line.move],
  ['code', (line) => line.code],
  ['outstanding', (line) => line.outstanding],
];

export async function* reportCsv(lines: AsyncIterable<ReportLine>): AsyncGenerator<string> {
  yield csvLine(csvColumns.map(([name]) => name));
  for await (const line of lines) yield csvLine(csvColumns.map(([, cell]) => cell(line)));
}

export interface JsonReport {
  readonly lines: AsyncIterable<ReportLine>;
  /** Of all lines that were read so far. */
  readonly totals: ReportTotals;
  readonly now: Date;
}

/** One object, a subscription a line, so that nobody has to hold all of it; absent values are null. */
export async function* reportJson({ lines, totals, now }: JsonReport): AsyncGenerator<string> {
  yield `{"asOf":${JSON.stringify(now)},"subscriptions":[`;
  let comma = '';
  for await (const line of lines) {
    yield `${comma}\n${jsonText(subscriptionJson(line))}`;
    comma = ',';
  }
  const groups = totals.groups().map((group) => ({
    move: group.move,
    currency: group.currency ?? null,
    subscriptions: group.subscriptions,
    withoutCost: group.withoutCost,
    monthlyCost: amountText(group.monthlyCost),
    paidTwice: amountText(group.paidTwice),
  }));
  const { customers } = totals;
  yield `\n],"customers":${customers},"totals":${JSON.stringify(groups)}}\n`;
}

function subscriptionJson(line: ReportLine): object {
  return {
    customerId: line.customerId,
    customerName: line.customerName,
    product: line.product,
    advisorSubscriptionId: line.advisorSubscriptionId ?? null,
    cspSubscriptionId: line.cspSubscriptionId ?? null,
    accountManager: line.accountManager ?? null,
    since: line.since,
    days: line.days,
    monthlyCost: amountText(line.monthlyCost) ?? null,
    currency: line.currency ?? null,
    paidTwice: amountText(line.paidTwice) ?? null,
    move: line.move,
    code: line.code,
    outstanding: line.outstanding,
  };
}
