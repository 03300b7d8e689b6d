/**
 * One customer: the record in plain words, what became of it, and its cases.
 */

import type { Customer } from '../../core/customer.ts';
import { formatMoney } from '../../core/locale-format.ts';
import { amountText, type ReportLine } from '../../core/report.ts';
import type { CaseLine } from '../../ports/console.ts';
import type { TypedCustomer } from '../../ports/customer-desk.ts';
import type { HistoryEntry } from '../../ports/records.ts';
import { type Content, type Html, html } from '../html.ts';
import { caseLines, casesAddress, customerAddress } from './case-list.ts';
import { customerFields, fieldPathWords } from './customer-fields.ts';
import { counted, timeOf } from './times.ts';

/** What is to be done for one subscription. */
export interface SubscriptionState {
  readonly outstanding: string;
  /** Day since when both bill it, and how many days that is. */
  readonly twice?: { readonly sinceDay: string; readonly days: number };
}

export interface CustomerRecord {
  readonly customer: Customer;
  readonly typed: TypedCustomer;
  readonly states: readonly (SubscriptionState | undefined)[];
  readonly history: readonly HistoryEntry[];
  readonly cases: readonly CaseLine[];
  readonly mayEdit: boolean;
  /** What was just done. */
  readonly done: string | undefined;
  readonly timeZone: string;
}

export function customerRecord(record: CustomerRecord): Html {
  const { customer, mayEdit, done, cases, timeZone } = record;
  const address = customerAddress(customer.id);
  return html`<div class="spread"><h1>${customer.name}</h1><span class="row">
<a class="button" href="${address}/reply">The reply it gives now</a>
${mayEdit && html`<a class="button main" href="${address}/edit">Edit</a>`}</span></div>
${done !== undefined && html`<p class="note good" role="status">${done}</p>`}
<section class="card record" aria-label="Record">${facts(record)}</section>
<h2>Subscriptions</h2>
${subscriptions(record)}
<h2>Cases</h2>
${
  cases.length === 0
    ? html`<p class="card">Mails of this customer appear here once they are decided about.</p>`
    : html`<div class="card">${caseLines(cases, timeZone)}
<p><a href="${casesAddress({ customer: customer.id })}">All cases of this customer</a></p></div>`
}
<h2>History</h2>
${historyList(record)}`;
}

function facts({ typed }: CustomerRecord): Html {
  const rows = Object.entries(customerFields).flatMap(([name, { label }]) => {
    const value = typed.fields[name] ?? '';
    return value === '' ? [] : [html`<dt>${label}</dt><dd>${value}</dd>`];
  });
  const unknown = Object.entries(customerFields)
    .filter(([name]) => (typed.fields[name] ?? '') === '')
    .map(([, { label }]) => label.toLowerCase());
  return html`<dl class="facts">${rows}<dt>Contacts</dt><dd>${typed.contacts.length === 0 ? 'none' : lines(typed.contacts)}</dd></dl>
${unknown.length > 0 && html`<p class="soft">Unknown: ${unknown.join(', ')}.</p>`}`;
}

function lines(texts: readonly string[]): Content {
  return texts.map((text) => html`<div>${text}</div>`);
}

function subscriptions({ customer, states }: CustomerRecord): Html {
  if (customer.subscriptions.length === 0)
    return html`<p class="card">The record has no subscription, so nothing is to be moved.</p>`;
  const rows = customer.subscriptions.map((one, at) => {
    const state = states[at];
    const cost =
      one.monthlyCost === undefined
        ? ''
        : one.currency === undefined
          ? one.monthlyCost
          : formatMoney({ amount: one.monthlyCost, currency: one.currency }, 'en');
    return html`<tr><th scope="row">${one.product}</th>
<td data-name="Old">${one.advisorStatus ?? 'unknown'}${one.advisorEndsOn !== undefined && `, ends ${one.advisorEndsOn}`}${one.advisorRenewsOn !== undefined && `, renews ${one.advisorRenewsOn}`}</td>
<td data-name="New">${one.cspStatus ?? 'unknown'}</td>
<td data-name="Licenses">${one.licensesAssigned ?? 'unknown'}</td>
<td data-name="A month">${cost}</td>
<td data-name="To do">${state?.outstanding ?? ''}</td>
<td data-name="Billed twice">${state?.twice === undefined ? 'no' : html`<span class="badge warn">since ${state.twice.sinceDay}, ${counted(state.twice.days, 'day')}</span>`}</td></tr>\n`;
  });
  return html`<div class="card"><table class="stack words"><thead><tr>${[
    'Product',
    'Old',
    'New',
    'Licenses, old',
    'A month',
    'To do',
    'Billed twice',
  ].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}

const changeWords: Readonly<Record<HistoryEntry['kind'], string>> = {
  added: 'added',
  changed: 'changed',
  unchanged: 'unchanged',
  ended: 'ended: a file of all customers no longer had it',
};
const sourceWords: Readonly<Record<HistoryEntry['origin']['source'], string>> = {
  import: 'by a file',
  sync: 'by a sync',
  console: 'in the console',
  privacy: 'by a request for erasure',
};

function historyList({ history, timeZone }: CustomerRecord): Html {
  if (history.length === 0)
    return html`<p class="card">Each change of the record appears here, with who made it.</p>`;
  return html`<ol class="card lines">${history.map(({ at, kind, origin, fields }) => {
    const from = origin.from === '' ? '' : ` ${origin.from}`;
    return html`<li><div>${timeOf(at, timeZone)}: ${changeWords[kind]} ${sourceWords[origin.source]}${from}${origin.by !== '' && `, ${origin.by}`}</div>
${fields.length > 0 && changeTable(fields)}</li>\n`;
  })}</ol>`;
}

export function changeTable(fields: HistoryEntry['fields']): Html {
  return html`<table class="change stack"><thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead><tbody>
${fields.map(
  ({ path, before, after }) =>
    html`<tr><th scope="row">${fieldPathWords(path)}</th><td data-name="Before">${shown(before)}</td><td data-name="After">${shown(after)}</td></tr>\n`,
)}</tbody></table>`;
}

function shown(value: string): Content {
  return value === '' ? html`<span class="soft">unknown</span>` : value;
}

/** The list behind the chart of Today. */
export function billedTwiceList(found: readonly ReportLine[], isCut: boolean): Html {
  if (found.length === 0)
    return html`<p class="card">Nobody pays Microsoft and you for the same subscription, as far as the records say.</p>`;
  const rows = found.map((line) => {
    const { monthlyCost, currency, paidTwice } = line;
    const money = (amount: typeof monthlyCost) => {
      const text = amountText(amount);
      if (text === undefined) return 'unknown';
      return currency === undefined ? text : formatMoney({ amount: text, currency }, 'en');
    };
    return html`<tr><th scope="row"><a href="${customerAddress(line.customerId)}">${line.customerName}</a></th>
<td data-name="Product">${line.product}</td>
<td data-name="Since">${line.sinceDay} (${counted(line.days, 'day')})</td>
<td data-name="A month">${money(monthlyCost)}</td>
<td data-name="So far">${money(paidTwice)}</td>
<td data-name="Whose move">${line.move === 'customer' ? 'the customer’s' : 'yours'}</td>
<td data-name="To do">${line.outstanding}</td></tr>\n`;
  });
  return html`${isCut && html`<p class="note">The longest ${found.length} are shown; the command <code>report</code> lists all.</p>`}
<div class="card"><table class="stack words"><thead><tr>${[
    'Customer',
    'Product',
    'Since',
    'A month',
    'So far',
    'Whose move',
    'To do',
  ].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}
