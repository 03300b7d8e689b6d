/**
 * What a template is, and what it may use: the tables that the compiler, the check and the documents share.
 *
 * Templates are edited by people who are not developers, so whatever they may write is listed here with
 * one sentence each, and everything else is refused with its place and a suggestion.
 */

/** One file below the templates folder. */
export interface TemplateSource {
  /** `en/cancel-portal`, `en/partials/warnings` or `layout`. */
  readonly id: string;
  /** As shown to people. */
  readonly path: string;
  readonly source: string;
  /** SHA-256 of the file, in hex. */
  readonly hash: string;
}

/** Something wrong in a template, in words for the person who edits it. Lines and columns begin at 1. */
export interface TemplateProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** A reply that could not be composed. The mail goes to the desk; nothing is sent. */
export class TemplateError extends Error {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;

  constructor(problem: TemplateProblem) {
    super(problem.message);
    this.name = 'TemplateError';
    this.file = problem.file;
    if (problem.line !== undefined) this.line = problem.line;
    if (problem.column !== undefined) this.column = problem.column;
  }
}

/** `cancel-portal.md.hbs:3:7: …`, as compilers print it. */
export function formatProblem(problem: TemplateProblem): string {
  const place = [problem.file, problem.line, problem.line && problem.column].filter(
    (part) => part !== undefined,
  );
  return `${place.join(':')}: ${problem.message}`;
}

/** `lines` is a list of subscriptions, which `each` walks through, `money` amounts by currency; others are one value. */
export type VariableType = 'text' | 'number' | 'date' | 'url' | 'money' | 'lines';

export interface VariableEntry {
  readonly type: VariableType;
  /** Whether scenarios that disclose nothing of any record have it too. */
  readonly generic: boolean;
  /** Whether it may be absent, so that a template must ask with `if` before it shows it. */
  readonly optional: boolean;
  readonly sentence: string;
}

const always = { generic: true, optional: false } as const;
const recorded = { generic: false, optional: false } as const;
const perhaps = { generic: false, optional: true } as const;

/** Every variable, by its path. `lines[]` is what `each lines` and `each` of any other list sees. */
export const templateVariables = {
  'partner.name': { type: 'text', ...always, sentence: 'The partner’s name, from the settings.' },
  'partner.signature': {
    type: 'text',
    ...always,
    sentence: 'Who signs the reply, from the settings.',
  },
  'customer.name': { type: 'text', ...recorded, sentence: 'The customer’s name, from the record.' },
  'customer.accountManager': {
    type: 'text',
    ...perhaps,
    sentence: 'Address of the partner’s person for this customer, from the record.',
  },
  'answered.name': {
    type: 'text',
    ...perhaps,
    sentence: 'Who of the customer has our answer already; in `already-answered` only.',
  },
  'answered.on': {
    type: 'date',
    ...perhaps,
    sentence: 'The day on which that answer went out; in `already-answered` only.',
  },
  writtenOn: {
    type: 'date',
    ...perhaps,
    sentence: 'The day on which we wrote before; in `reminder` only.',
  },
  approvalLink: {
    type: 'url',
    ...perhaps,
    sentence: 'The link to approve the partner, from the record.',
  },
  portalUrl: { type: 'url', ...recorded, sentence: 'The admin portal, from contacts.yaml.' },
  cancelHelpUrl: {
    type: 'url',
    ...recorded,
    sentence:
      'Microsoft’s page on cancelling, from contacts.yaml. It also tells to remove the domain, which would be wrong here.',
  },
  supportNumbersUrl: {
    type: 'url',
    ...recorded,
    sentence: 'Microsoft’s list of support numbers, from contacts.yaml.',
  },
  phone: {
    type: 'text',
    ...perhaps,
    sentence: 'Microsoft’s support number for the customer’s country, from contacts.yaml.',
  },
  country: {
    type: 'text',
    ...perhaps,
    sentence: 'The customer’s country in the reply’s language, from the record.',
  },
  portalLicensesBelow: {
    type: 'number',
    ...recorded,
    sentence: 'Subscriptions with fewer licenses than this can be cancelled in the portal.',
  },
  monthlyCosts: {
    type: 'money',
    ...perhaps,
    sentence:
      'What Microsoft bills a month for the old subscriptions of the reply, if the record has the cost and currency of each.',
  },
  lines: {
    type: 'lines',
    ...recorded,
    sentence: 'All subscriptions of the reply, in the order in which they are to be dealt with.',
  },
  crmOnline: {
    type: 'lines',
    ...recorded,
    sentence:
      'Those that are CRM Online, which Microsoft cancels by phone however many licenses it has.',
  },
  'todo.approvePartner': {
    type: 'lines',
    ...recorded,
    sentence: 'Subscriptions that wait for the partner’s approval.',
  },
  'todo.cancelPortal': {
    type: 'lines',
    ...recorded,
    sentence: 'Subscriptions to be cancelled in the portal.',
  },
  'todo.cancelPhone': {
    type: 'lines',
    ...recorded,
    sentence: 'Subscriptions to be cancelled by phone.',
  },
  'todo.cancelUnknownLicenses': {
    type: 'lines',
    ...recorded,
    sentence: 'Subscriptions to be cancelled whose number of licenses is unknown.',
  },
  'todo.stopRenewal': {
    type: 'lines',
    ...recorded,
    sentence: 'Subscriptions whose recurring billing is to be turned off.',
  },
  'todo.waitForCsp': {
    type: 'lines',
    ...recorded,
    sentence: 'Subscriptions that must not be cancelled yet.',
  },
  'todo.alreadyCancelled': {
    type: 'lines',
    ...recorded,
    sentence: 'Subscriptions with which nothing is to be done.',
  },
  'lines[].product': { type: 'text', ...recorded, sentence: 'The subscription’s name.' },
  'lines[].scenario': {
    type: 'text',
    ...recorded,
    sentence: 'The subscription’s own scenario, `cancel-portal`: to compare with, not to show.',
  },
  'lines[].licenses': {
    type: 'number',
    ...perhaps,
    sentence: 'Licenses of the old subscription that are assigned to users.',
  },
  'lines[].subscriptionId': {
    type: 'text',
    ...perhaps,
    sentence: 'The old subscription’s id at Microsoft.',
  },
  'lines[].renewsOn': {
    type: 'date',
    ...perhaps,
    sentence: 'The day on which the old subscription renews, if it is still to come.',
  },
  'lines[].endsOn': {
    type: 'date',
    ...perhaps,
    sentence: 'The day on which the old subscription ends, if it is still to come.',
  },
  'lines[].lastDay': {
    type: 'date',
    ...perhaps,
    sentence: 'The day on which the term ends: `endsOn`, else `renewsOn`.',
  },
  'lines[].family': {
    type: 'text',
    ...recorded,
    sentence:
      '`dynamics` for Dynamics 365 and CRM Online, on which an organisation of its own hangs; else `seats`: to compare with, not to show.',
  },
} as const satisfies Record<string, VariableEntry>;

/** Variables of layout.html.hbs. `body` is the only one that may stand in three braces. */
export const layoutVariables = {
  lang: 'The language of the reply, for the `lang` attribute.',
  dir: 'The direction of writing, `ltr` or `rtl`, for the `dir` attribute.',
  subject: 'The subject of the reply.',
  preheader: 'What mailboxes show behind the subject; empty where the template has none.',
  body: 'The rendered reply.',
  'partner.name': 'The partner’s name, from the settings.',
} as const;

export interface HelperEntry {
  readonly params: readonly [min: number, max: number];
  readonly hash: readonly string[];
  readonly block: boolean;
  readonly sentence: string;
}

/** Every helper a template may use. */
export const templateHelpers = {
  if: {
    params: [1, 1],
    hash: [],
    block: true,
    sentence: 'Shows its content if the value is known and not zero; `{{else}}` otherwise.',
  },
  unless: {
    params: [1, 1],
    hash: [],
    block: true,
    sentence: 'Shows its content if the value is unknown or zero.',
  },
  each: {
    params: [1, 1],
    hash: [],
    block: true,
    sentence: 'Repeats its content for every subscription of a list.',
  },
  says: {
    params: [1, 1],
    hash: [],
    block: true,
    sentence:
      'Marks the words that state a required fact, such as "do-not-pay": the check refuses replies that lack one.',
  },
  eq: {
    params: [2, 2],
    hash: [],
    block: false,
    sentence: 'Whether two values are equal: {{#if (eq scenario "cancel-portal")}}.',
  },
  any: {
    params: [1, 9],
    hash: [],
    block: false,
    sentence: 'Whether at least one of the values is known and not empty.',
  },
  date: {
    params: [1, 1],
    hash: [],
    block: false,
    sentence: 'A date in the customer’s own way of writing: {{date endsOn}}.',
  },
  money: {
    params: [1, 1],
    hash: [],
    block: false,
    sentence:
      'Amounts in the customer’s own way of writing, those of several currencies as a list: {{money monthlyCosts}}.',
  },
  plural: {
    params: [1, 1],
    hash: ['zero', 'one', 'two', 'few', 'many', 'other'],
    block: false,
    sentence:
      'The form that fits the number, with # for the number: {{plural licenses one="# license" other="# licenses"}}.',
  },
  products: {
    params: [1, 1],
    hash: [],
    block: false,
    sentence: 'The names of a list of subscriptions in one sentence: {{products lines}}.',
  },
} as const satisfies Record<string, HelperEntry>;

export type HelperName = keyof typeof templateHelpers;

/** Facts that a template states within {{#says "…"}}, with what each means. */
export const templateFacts = {
  'do-not-pay': 'Do not pay, renew or reactivate the old subscription.',
  'right-row': 'Pick the row bought directly from Microsoft, not the partner’s of the same name.',
  'licenses-first': 'Make sure first that everyone has the new license.',
  'do-not-delete': 'Do not delete the subscription, remove the domain or close the account.',
  'do-not-cancel-yet': 'Do not cancel the old subscription yet.',
  'desk-finishes': 'The desk is finishing the move.',
  'portal-will-not': 'The portal will not cancel it.',
  'license-rule': 'Which number of licenses decides between portal and phone.',
  'cancel-in-portal': 'What to choose in the portal to cancel it.',
  'call-support': 'An administrator calls Microsoft support.',
  'turn-off-renewal': 'Turn recurring billing off.',
  'why-not-renew': 'Why the old subscription should not renew.',
  'both-bills': 'Until it is cancelled, both Microsoft and the partner bill.',
  'no-refund-promised': 'No refund is promised.',
  'person-to-turn-to': 'A person answers questions, and how to reach one.',
  'nothing-to-do': 'Nothing is to be done; the notice is expected.',
  'ask-colleague': 'Somebody else of the customer has the answer, and is to be asked for it.',
  'done-already': 'Whoever has done it already need do nothing more.',
  'notice-to-come': 'A notice from Microsoft will come, and is expected.',
  'domain-wanted': 'The desk needs the organisation’s domain.',
  'do-not-click': 'Do not click anything in the mail that was forwarded.',
} as const;

export type TemplateFact = keyof typeof templateFacts;
