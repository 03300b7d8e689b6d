/**
 * The form of a record: what was typed stays, and each fault stands at its field.
 */
import type { TypedCustomer, TypedFault } from '../../ports/customer-desk.ts';
import { type Content, type Html, html } from '../html.ts';
import { customerFields, type FieldWords, subscriptionFields } from './customer-fields.ts';

export interface CustomerForm {
  readonly typed: TypedCustomer;
  readonly faults: readonly TypedFault[];
  /** Where it is posted to. */
  readonly action: string;
  /** The digest of the record that it was filled with; empty for a new one. */
  readonly seen: string;
  readonly csrf: Html;
}

/** The field that gets the focus: the one that was just added. */
export type Added = 'contact' | 'subscription' | undefined;

export function customerForm(form: CustomerForm, added?: Added): Html {
  const { typed, action, seen, csrf, faults } = form;
  const isNew = seen === '';
  return html`<form method="post" action="${action}" class="record" novalidate>
${csrf}<input type="hidden" name="seen" value="${seen}">
<button class="hidden" name="do" value="save" tabindex="-1" aria-hidden="true">Save</button>
${faults.length > 0 && faultSummary(form)}
<fieldset><legend>Customer</legend><div class="form-grid">
${Object.entries(customerFields)
  .filter(([name]) => isNew || name !== 'customer_id')
  .map(([name, words]) =>
    field({ name: `f.${name}`, column: name, words, value: typed.fields[name] ?? '', form }),
  )}</div></fieldset>
<fieldset id="contacts"><legend>Contacts</legend>
<p class="hint soft">An address, or Name &lt;address&gt;, one to a line. They and people at the domains above are answered.</p>
${typed.contacts.map((value, at) => contactField(value, at, form, added))}
<button name="do" value="add-contact">Add a contact</button></fieldset>
${typed.subscriptions.map((subscription, at) => subscriptionFieldset(subscription, at, form, added))}
<p><button name="do" value="add-subscription">Add a subscription</button></p>
<div class="row"><button class="main" name="do" value="save">Save</button>
<a class="button" href="${isNew ? '/customers' : action.replace(/\/edit$/, '')}">Cancel</a></div>
</form>`;
}

/** Says how many, and leads to each. */
function faultSummary({ faults }: CustomerForm): Html {
  return html`<div class="note bad" role="alert"><p>Not saved. ${faults.length === 1 ? 'One field needs' : `${faults.length} fields need`} correcting:</p><ul>${faults.map(
    (fault) => html`<li><a href="#${idOf(fault)}">${labelOf(fault)}</a>: ${fault.sentence}</li>`,
  )}</ul></div>`;
}

function idOf({ column, at }: TypedFault): string {
  if (column === 'contacts') return `contact.${at ?? 0}`;
  return at === undefined ? `f.${column}` : `s.${at}.${column}`;
}

function labelOf({ column, at }: TypedFault): string {
  if (column === 'contacts') return `Contact ${(at ?? 0) + 1}`;
  if (at === undefined) return customerFields[column]?.label ?? column;
  return `Subscription ${at + 1}, ${subscriptionFields[column]?.label ?? column}`;
}

interface Field {
  readonly name: string;
  readonly column: string;
  readonly at?: number;
  readonly words: FieldWords;
  readonly value: string;
  readonly form: CustomerForm;
  readonly isFocused?: boolean;
}

function field({ name, column, at, words, value, form, isFocused }: Field): Html {
  const wrong = form.faults.filter((fault) => fault.column === column && fault.at === at);
  const described = [
    words.hint !== undefined && `${name}-hint`,
    wrong.length > 0 && `${name}-wrong`,
  ].filter((id) => id !== false);
  const marks: Content = [
    described.length > 0 && html` aria-describedby="${described.join(' ')}"`,
    wrong.length > 0 && html` aria-invalid="true"`,
    isFocused === true && html` autofocus`,
  ];
  return html`<div class="field"><label for="${name}">${words.label}</label>
${words.choices === undefined ? input(name, words, value, marks) : choice(name, words.choices, value, marks)}
${words.hint !== undefined && html`<div class="hint" id="${name}-hint">${words.hint}</div>`}
${wrong.length > 0 && html`<div class="wrong" id="${name}-wrong">${wrong.map(({ sentence }) => sentence).join(' ')}</div>`}</div>
`;
}

/** Text even for days and numbers: a browser would throw away what it cannot read, and with it what was typed. */
function input(name: string, { type }: FieldWords, value: string, marks: Content): Html {
  const mode = type === 'number' && html` inputmode="numeric"`;
  const shape = type === 'date' && html` placeholder="2026-11-30"`;
  return html`<input id="${name}" name="${name}" value="${value}" autocomplete="off" spellcheck="false"${mode}${shape}${marks}>`;
}

function choice(name: string, choices: readonly string[], value: string, marks: Content): Html {
  const isOther = value !== '' && !choices.includes(value);
  return html`<select id="${name}" name="${name}"${marks}><option value="">unknown</option>${[
    ...choices,
    ...(isOther ? [value] : []),
  ].map((word) => html`<option${word === value && html` selected`}>${word}</option>`)}</select>`;
}

function contactField(value: string, at: number, form: CustomerForm, added: Added): Html {
  const name = `contact.${at}`;
  const isLast = at === form.typed.contacts.length - 1;
  return html`<div class="row contact">${field({
    name,
    column: 'contacts',
    at,
    words: { label: `Contact ${at + 1}` },
    value,
    form,
    isFocused: added === 'contact' && isLast,
  })}<button name="do" value="remove-contact-${at}">Remove<span class="hidden"> contact ${at + 1}</span></button></div>`;
}

function subscriptionFieldset(
  subscription: Readonly<Record<string, string>>,
  at: number,
  form: CustomerForm,
  added: Added,
): Html {
  const isLast = at === form.typed.subscriptions.length - 1;
  return html`<fieldset><legend>Subscription ${at + 1}</legend><div class="form-grid">
${Object.entries(subscriptionFields).map(([name, words]) =>
  field({
    name: `s.${at}.${name}`,
    column: name,
    at,
    words,
    value: subscription[name] ?? '',
    form,
    isFocused: added === 'subscription' && isLast && name === 'product',
  }),
)}</div><button name="do" value="remove-subscription-${at}">Remove<span class="hidden"> subscription ${at + 1}</span></button></fieldset>
`;
}
