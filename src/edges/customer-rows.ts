/**
 * Puts the rows of a customers file together into customers, and keeps what is wrong with them.
 *
 * Rows of one customer need not stand together. Where it is known how many each has, a customer is given out
 * with its last one, and only rows that wait for others are held, as text. An empty cell says nothing, so it
 * contradicts nothing.
 */
import type { Customer, SubscriptionTransition } from '../core/customer.ts';
import { csvProblemsMax, shownCharsMax } from '../core/limits.ts';
import type { Column, RowFields } from './customer-columns.ts';

/** Reads as `line L, column C: "value": message`. */
export interface CustomersProblem {
  readonly line: number;
  /** The column's name; `row` for what is wrong with the row as a whole. */
  readonly column: string;
  /** The cell, cut to `shownCharsMax`; control characters may be in it. */
  readonly value: string;
  readonly message: string;
}

/** One subscription of a customer, whatever the format of its file. */
export interface CustomerRow {
  readonly line: number;
  /** By the place of their columns, trimmed; empty means unknown. */
  readonly cells: readonly string[];
  /** What its form alone makes wrong. With a fault of the `row` no cell is read. */
  readonly faults: readonly Omit<CustomersProblem, 'line'>[];
}

/** The rows of a file, in one pass. */
export interface RowSource {
  /** By position the known column, or nothing. */
  readonly columns: readonly (Column | undefined)[];
  /** Columns or names that are not known; JSON lines may add some while they are read. */
  readonly unknownColumns: readonly string[];
  readonly rows: AsyncIterable<CustomerRow>;
}

/** A customer while its rows are read. */
interface Draft {
  readonly firstLine: number;
  readonly fields: RowFields['customer'];
  /** By column: the first cell that was filled. */
  readonly said: Map<string, { readonly text: string; readonly line: number }>;
  readonly subscriptions: SubscriptionTransition[];
  /** By product and direct subscription: the line it stands in. */
  readonly subscriptionLines: Map<string, number>;
  /** The columns in which something was wrong, on whichever row. */
  readonly badColumns: Set<string>;
}

export function idColumnOf(columns: RowSource['columns']): number {
  return columns.findIndex((column) => column?.name === 'customer_id');
}

/** Of one file while it is read. */
export class CustomerRows {
  #count = 0;
  #customers = 0;
  #rowsOfNobody = 0;
  #problemsLeftOut = 0;
  readonly #columns: RowSource['columns'];
  readonly #idAt: number;
  /** By customer: how many rows are still to come. */
  readonly #toCome: Map<string, number> | undefined;
  /** By customer: rows as JSON, which takes a third of what their cells would take apart. */
  readonly #waiting = new Map<string, string[]>();
  readonly #problems: CustomersProblem[] = [];
  readonly #skipped: string[] = [];

  /** `rowsOf` is used up. Without it every row waits for `rest`. */
  constructor(columns: RowSource['columns'], rowsOf?: Map<string, number>) {
    this.#columns = columns;
    this.#idAt = idColumnOf(columns);
    this.#toCome = rowsOf;
  }

  get count(): number {
    return this.#count;
  }

  /** Rows of which others of the same customer are still missing. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Takes in a row, and gives the customer that is complete with it. */
  add(row: CustomerRow): Customer | undefined {
    this.#count += 1;
    const id = row.cells[this.#idAt] ?? '';
    if (id === '') {
      this.#rowsOfNobody += 1;
      this.#readRow(row, newDraft(row.line));
      return undefined;
    }
    const toCome = (this.#toCome?.get(id) ?? Number.POSITIVE_INFINITY) - 1;
    const waiting = this.#waiting.get(id);
    if (toCome > 0) {
      this.#toCome?.set(id, toCome);
      if (waiting === undefined) this.#waiting.set(id, [JSON.stringify(row)]);
      else waiting.push(JSON.stringify(row));
      return undefined;
    }
    this.#toCome?.delete(id);
    this.#waiting.delete(id);
    return this.#complete(id, [...(waiting ?? []).map(waitingRow), row]);
  }

  /** The customers that still wait, in the order of their first rows. */
  *rest(): Generator<Customer> {
    for (const [id, rows] of this.#waiting) {
      this.#waiting.delete(id);
      const customer = this.#complete(id, rows.map(waitingRow));
      if (customer !== undefined) yield customer;
    }
  }

  #complete(id: string, rows: readonly CustomerRow[]): Customer | undefined {
    const draft = newDraft(rows[0]?.line ?? 0);
    for (const row of rows) this.#readRow(row, draft);
    const { badColumns, fields, firstLine: line } = draft;
    const isNameMissing =
      fields.name === undefined && !badColumns.has('customer_name') && !badColumns.has('row');
    if (isNameMissing) {
      const message = 'is missing: no row of this customer has it';
      this.#report({ line, column: 'customer_name', value: '', message });
    }
    if (badColumns.size > 0 || fields.name === undefined) {
      this.#skipped.push(id);
      return undefined;
    }
    this.#customers += 1;
    return customerOf(id, fields.name, draft);
  }

  #readRow({ line, cells, faults }: CustomerRow, draft: Draft): void {
    const report = (column: string, value: string, message: string) => {
      draft.badColumns.add(column);
      this.#report({ line, column, value: value.slice(0, shownCharsMax), message });
    };
    for (const { column, value, message } of faults) report(column, value, message);
    const faulty = faults.map(({ column }) => column);
    if (!faulty.includes('row')) readRow(cells, this.#columns, { line, draft, faulty, report });
  }

  #report(problem: CustomersProblem): void {
    if (this.#problems.length < csvProblemsMax) this.#problems.push(problem);
    else this.#problemsLeftOut += 1;
  }

  /** What was found so far. */
  report() {
    return {
      problems: this.#problems.toSorted((a, b) => a.line - b.line),
      problemsLeftOut: this.#problemsLeftOut,
      skippedCustomers: this.#skipped,
      rowsOfNobody: this.#rowsOfNobody,
      rows: this.#count,
      customerCount: this.#customers,
    };
  }

  get hasProblems(): boolean {
    return this.#problems.length > 0;
  }
}

function waitingRow(text: string): CustomerRow {
  return JSON.parse(text) as CustomerRow;
}

function newDraft(line: number): Draft {
  return {
    firstLine: line,
    fields: {},
    said: new Map(),
    subscriptions: [],
    subscriptionLines: new Map(),
    badColumns: new Set(),
  };
}

function customerOf(id: string, name: string, draft: Draft): Customer {
  return {
    ...draft.fields,
    id,
    name,
    otherDomains: draft.fields.otherDomains ?? [],
    contacts: draft.fields.contacts ?? [],
    subscriptions: draft.subscriptions,
  };
}

interface RowPlace {
  readonly line: number;
  readonly draft: Draft;
  /** Columns of which the row already says what is wrong. */
  readonly faulty: readonly string[];
  readonly report: (column: string, value: string, message: string) => void;
}

function readRow(
  cells: readonly string[],
  columns: readonly (Column | undefined)[],
  place: RowPlace,
): void {
  const fields: RowFields = { customer: {}, subscription: {} };
  columns.forEach((column, at) => {
    if (column === undefined || place.faulty.includes(column.name)) return;
    readCell(column, cells[at] ?? '', fields, place);
  });
  // What was said first stays: `readCell` has compared what was said again.
  Object.assign(place.draft.fields, { ...fields.customer, ...place.draft.fields });
  const { product } = fields.subscription;
  if (product === undefined) return;
  addSubscription({ ...fields.subscription, product }, place);
}

function readCell(column: Column, text: string, into: RowFields, place: RowPlace): void {
  if (text === '') {
    const isNeededHere = column.required && column.name !== 'customer_name';
    if (isNeededHere) place.report(column.name, text, 'is missing');
    return;
  }
  // Line and paragraph separators and the marks that turn text around (UAX #9) are as bad as
  // control characters in names that stand in mails, tables and logs.
  if (/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(text)) {
    place.report(column.name, text, 'holds a line break or another control character');
    return;
  }
  // JSON can write half a surrogate pair; the store would change it, and with it the customer's id.
  if (!text.isWellFormed()) {
    place.report(column.name, text.toWellFormed(), 'holds half a character');
    return;
  }
  const message = column.read(text, into);
  if (message !== undefined) {
    place.report(column.name, text, message);
    return;
  }
  if (column.of === 'customer') compareWithEarlier(column, text, place);
}

function compareWithEarlier(column: Column, text: string, { line, draft, report }: RowPlace): void {
  const earlier = draft.said.get(column.name);
  if (earlier === undefined) {
    draft.said.set(column.name, { text, line });
    return;
  }
  if (earlier.text === text || column.comparable(earlier.text) === column.comparable(text)) return;
  report(
    column.name,
    text,
    `differs from ${shownText(earlier.text)} in line ${earlier.line}, of the same customer`,
  );
}

function addSubscription(subscription: SubscriptionTransition, place: RowPlace): void {
  const { product, advisorSubscriptionId } = subscription;
  const key = `${product.toLowerCase()}\n${advisorSubscriptionId ?? ''}`;
  const earlier = place.draft.subscriptionLines.get(key);
  if (earlier !== undefined) {
    const id =
      advisorSubscriptionId === undefined
        ? 'both without an advisor_subscription_id'
        : `and advisor_subscription_id ${advisorSubscriptionId}`;
    place.report('product', product, `is there twice: line ${earlier} has the same product, ${id}`);
    return;
  }
  place.draft.subscriptionLines.set(key, place.line);
  place.draft.subscriptions.push(subscription);
}

/** A value in quotation marks, cut, on one line whatever is in it. */
export function shownText(text: string): string {
  const cut = text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text;
  return JSON.stringify(cut).replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
