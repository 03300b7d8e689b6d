/**
 * Writes customers as a customers file, CSV or JSON lines, that `customers-file.ts` reads back to the same
 * customers: one row per subscription, the columns of the customer on each of them.
 *
 * No value is changed on its way, also not one that a spreadsheet would take for a formula: the file is made to
 * be imported. What the form cannot hold is left out whole and told, since half a customer would be a wrong one.
 */
import type { Customer, SubscriptionTransition } from '../core/customer.ts';
import { csvLineCharsMax } from '../core/limits.ts';
import { type Column, customerColumns, type Shown } from './customer-columns.ts';
import type { CustomersFormat } from './customers-file.ts';
import { jsonText } from './json-text.ts';

export interface WriteListener {
  /** After the last row of each customer. */
  readonly onWritten?: (customer: Customer) => void;
  /** The customer is not in the text; `why` completes `customer ID …`. */
  readonly onLeftOut: (customer: Customer, why: string) => void;
}

type Customers = Iterable<Customer> | AsyncIterable<Customer>;

/** A row by the order of the columns; nothing where the record says nothing. */
type Row = readonly (Shown | undefined)[];

export async function* customersCsv(
  customers: Customers,
  listener: WriteListener,
): AsyncGenerator<string> {
  yield `${customerColumns.map(({ name }) => name).join(',')}\n`;
  yield* rowTexts(customers, csvRow, listener);
}

export function customersJsonl(
  customers: Customers,
  listener: WriteListener,
): AsyncGenerator<string> {
  return rowTexts(customers, jsonRow, listener);
}

export const customersWriters: Readonly<Record<CustomersFormat, typeof customersCsv>> = {
  csv: customersCsv,
  jsonl: customersJsonl,
};

async function* rowTexts(
  customers: Customers,
  textOf: (row: Row) => string,
  { onWritten, onLeftOut }: WriteListener,
): AsyncGenerator<string> {
  for await (const customer of customers) {
    const rowOf = rowsOf(customer);
    const lineOf = (subscription: SubscriptionTransition) => `${textOf(rowOf(subscription))}\n`;
    const why = whyNot(customer, lineOf);
    if (why !== undefined) {
      onLeftOut(customer, why);
      continue;
    }
    for (const subscription of customer.subscriptions) yield lineOf(subscription);
    onWritten?.(customer);
  }
}

/** The lines are made twice: a customer of thousands of subscriptions is not held as text. */
function whyNot(
  { subscriptions }: Customer,
  lineOf: (subscription: SubscriptionTransition) => string,
): string | undefined {
  if (subscriptions.length === 0) return 'has no subscription, so there is no row to write';
  // Its line end does not count.
  return subscriptions.some((subscription) => lineOf(subscription).length - 1 > csvLineCharsMax)
    ? `needs a line above ${csvLineCharsMax} characters, which import does not read`
    : undefined;
}

/** What is the same on each row is asked for once. */
function rowsOf(customer: Customer): (subscription: SubscriptionTransition) => Row {
  const [first] = customer.subscriptions;
  const shown = (column: Column, subscription: SubscriptionTransition) =>
    emptyAsUnknown(column.show(customer, subscription));
  const same = customerColumns.map((column) =>
    column.of === 'customer' && first !== undefined ? shown(column, first) : undefined,
  );
  return (subscription) =>
    customerColumns.map((column, at) =>
      column.of === 'customer' ? same[at] : shown(column, subscription),
    );
}

function emptyAsUnknown(value: Shown | undefined): Shown | undefined {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

function csvRow(row: Row): string {
  return row.map(csvCell).join(',');
}

function csvCell(value: Shown | undefined): string {
  const text = cellText(value);
  // RFC 4180 §2: quotation marks around what holds a separator, a line end or one of them, which is doubled.
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function cellText(value: Shown | undefined): string {
  switch (typeof value) {
    case 'undefined':
      return '';
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'object':
      return value.join(';');
    default:
      return String(value);
  }
}

function jsonRow(row: Row): string {
  const known = customerColumns.flatMap(({ name }, at) =>
    row[at] === undefined ? [] : [[name, row[at]] as const],
  );
  return jsonText(Object.fromEntries(known));
}
