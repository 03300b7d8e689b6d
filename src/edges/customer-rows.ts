/**
 * Puts the rows of customers.csv together into customers, and keeps what is wrong with them.
 *
 * Rows of one customer need not stand together. An empty cell says nothing, so it contradicts nothing.
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

/** A customer while its rows come in. */
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

/** Of the whole file while it is read. */
export class CustomerRows {
  #count = 0;
  #rowsOfNobody = 0;
  #problemsLeftOut = 0;
  readonly #problems: CustomersProblem[] = [];
  readonly #drafts = new Map<string, Draft>();

  get count(): number {
    return this.#count;
  }

  /** Takes in a row whose cells are trimmed. */
  add(cells: readonly string[], line: number, columns: readonly (Column | undefined)[]): void {
    this.#count += 1;
    const id = cells[columns.findIndex((column) => column?.name === 'customer_id')] ?? '';
    const draft = id === '' ? newDraft(line) : this.#draftOf(id, line);
    const report = (column: string, value: string, message: string) => {
      draft.badColumns.add(column);
      this.#report({ line, column, value: value.slice(0, shownCharsMax), message });
    };
    const width = columns.length;
    if (cells.length < width || cells.slice(width).some((cell) => cell !== '')) {
      const shown = cells.slice(0, 3).join(' | ');
      report('row', shown, `has ${cells.length} values, but the header row names ${width} columns`);
    } else {
      readRow(cells, columns, { line, draft, report });
    }
    if (id === '') this.#rowsOfNobody += 1;
  }

  #draftOf(id: string, line: number): Draft {
    const known = this.#drafts.get(id);
    if (known !== undefined) return known;
    const draft = newDraft(line);
    this.#drafts.set(id, draft);
    return draft;
  }

  #report(problem: CustomersProblem): void {
    if (this.#problems.length < csvProblemsMax) this.#problems.push(problem);
    else this.#problemsLeftOut += 1;
  }

  /** The customers whose every row is right, and what was wrong with the others. */
  finish() {
    const customers: Customer[] = [];
    const skippedCustomers: string[] = [];
    for (const [id, draft] of this.#drafts) {
      const { name } = draft.fields;
      const { badColumns, firstLine } = draft;
      const isNameMissing =
        name === undefined && !badColumns.has('customer_name') && !badColumns.has('row');
      if (isNameMissing) {
        const message = 'is missing: no row of this customer has it';
        this.#report({ line: firstLine, column: 'customer_name', value: '', message });
      }
      if (badColumns.size > 0 || name === undefined) skippedCustomers.push(id);
      else customers.push(customerOf(id, name, draft));
    }
    return {
      customers,
      problems: this.#problems.toSorted((a, b) => a.line - b.line),
      problemsLeftOut: this.#problemsLeftOut,
      skippedCustomers,
      rowsOfNobody: this.#rowsOfNobody,
      rows: this.#count,
    };
  }
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
  readonly report: (column: string, value: string, message: string) => void;
}

function readRow(
  cells: readonly string[],
  columns: readonly (Column | undefined)[],
  place: RowPlace,
): void {
  const fields: RowFields = { customer: {}, subscription: {} };
  columns.forEach((column, at) => {
    if (column !== undefined) readCell(column, cells[at] ?? '', fields, place);
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
