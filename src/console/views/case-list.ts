/**
 * The list of cases: a line each, the filters above it, and where the next page begins.
 */
import { isGenericScenario, scenarios } from '../../core/decision.ts';
import { actions, type Reason, reasons } from '../../core/reasons.ts';
import type { CaseLine } from '../../ports/console.ts';
import type { Settlement } from '../../ports/desk.ts';
import { replyStates } from '../../ports/states.ts';
import { type Content, type Html, html } from '../html.ts';
import {
  actionWords,
  badge,
  replyStateBadge,
  replyStateWords,
  scenarioWords,
} from './case-words.ts';
import { timeOf } from './times.ts';

/** What the address of the page says, as it was typed. */
export interface CaseFilter {
  readonly q: string;
  readonly action: string;
  readonly reason: string;
  readonly scenario: string;
  readonly reply: string;
  readonly mailbox: string;
  readonly customer: string;
  readonly from: string;
  readonly to: string;
}

/** The address of a list with these filters; what is empty is left out. */
export function casesAddress(
  filter: Partial<CaseFilter>,
  more: Record<string, string> = {},
): string {
  const query = new URLSearchParams(
    Object.entries({ ...filter, ...more }).filter(([, value]) => value !== ''),
  );
  return query.size === 0 ? '/cases' : `/cases?${query}`;
}

export function caseAddress(caseId: string): string {
  return `/cases/${encodeURIComponent(caseId)}`;
}

export function customerAddress(customerId: string): string {
  return `/customers/${encodeURIComponent(customerId)}`;
}

export function caseLines(lines: readonly CaseLine[], timeZone: string): Html {
  return html`<ul class="lines">
${lines.map((line) => caseLine(line, timeZone))}</ul>`;
}

function caseLine(line: CaseLine, timeZone: string): Html {
  const { caseId, customerId, customerName, subject, sender, receivedAt, reason } = line;
  const customer =
    customerId === undefined
      ? ''
      : html` · <a href="${customerAddress(customerId)}">${customerName ?? customerId}</a>`;
  return html`<li>
<div class="spread"><a class="subject" href="${caseAddress(caseId)}">${subject === '' ? 'Without a subject' : subject}</a>
<span class="row">${outcomes(line)}</span></div>
<div class="soft">${timeOf(receivedAt, timeZone)} · ${sender ?? 'no author'}${customer}</div>
<div>${reasons[reason]?.sentence ?? reason}</div>
</li>
`;
}

function outcomes({ action, scenario, replyState, settlement, overdueSince }: CaseLine): Content {
  return [
    settlement === undefined
      ? badge(actionWords[action], action === 'review' ? 'warn' : 'plain')
      : badge(settlementWords(settlement), 'plain'),
    scenario !== undefined && html`<span class="badge">${scenarioWords[scenario]}</span>`,
    replyState !== undefined && replyStateBadge(replyState),
    overdueSince !== undefined && badge('led to nothing yet', 'warn'),
  ];
}

const settled: Readonly<Record<Settlement['kind'], string>> = {
  approved: 'approved',
  edited: 'edited and sent',
  rerouted: 'sent otherwise',
  answered: 'answered',
  dismissed: 'dismissed',
  arrived: 'found to have arrived',
  'sent-again': 'sent again',
};

function settlementWords({ kind, by }: Settlement): string {
  return `${settled[kind]} by ${by}`;
}

interface Choice {
  readonly value: string;
  readonly words: string;
}

/** The form above the list: one box for words, the filters below it. */
export function caseFilters(filter: CaseFilter, mailboxes: readonly string[]): Html {
  const { q, action, scenario, reply, mailbox, from, to, customer } = filter;
  const isFiltered = Object.entries(filter).some(([name, value]) => name !== 'q' && value !== '');
  return html`<form class="card search" role="search" method="get" action="/cases">
<div class="field"><label for="q">Search</label>
<div class="row"><input id="q" name="q" type="search" value="${q}" maxlength="200" class="grow"
 aria-describedby="q-hint"> <button class="main">Search</button></div>
<div class="hint" id="q-hint">Words of the subject, an address, a customer’s name or id, a case id or a Message-ID</div></div>
<details${isFiltered && html` open`}><summary>Filters</summary>
<div class="filters">
${select('action', 'What was done', action, actionChoices)}
${reasonSelect(filter.reason)}
${select('scenario', 'Scenario', scenario, scenarioChoices)}
${select('reply', 'Reply', reply, replyChoices)}
${select(
  'mailbox',
  'Mailbox',
  mailbox,
  mailboxes.map((name) => ({ value: name, words: name })),
)}
<div class="field"><label for="customer">Customer’s id</label>
<input id="customer" name="customer" value="${customer}" maxlength="200"></div>
<div class="field"><label for="from">Came from</label><input id="from" name="from" type="date" value="${from}"></div>
<div class="field"><label for="to">Came until</label><input id="to" name="to" type="date" value="${to}"></div>
</div>
${isFiltered && html`<p><a href="${casesAddress({ q })}">Without filters</a></p>`}</details>
</form>`;
}

const actionChoices: readonly Choice[] = actions
  // Of a mail that was left alone no case is kept.
  .filter((action) => action !== 'ignore')
  .map((value) => ({ value, words: actionWords[value] }));
const scenarioChoices: readonly Choice[] = scenarios.map((value) => ({
  value,
  words: isGenericScenario(value) ? `${scenarioWords[value]} (general)` : scenarioWords[value],
}));
const replyChoices: readonly Choice[] = replyStates.map((value) => ({
  value,
  words: replyStateWords[value].words,
}));

function select(name: string, label: string, chosen: string, choices: readonly Choice[]): Html {
  return html`<div class="field"><label for="${name}">${label}</label>
<select id="${name}" name="${name}"><option value="">any</option>
${choices.map((choice) => option(choice, chosen))}</select></div>`;
}

function option({ value, words }: Choice, chosen: string): Html {
  return html`<option value="${value}"${value === chosen && html` selected`}>${words}</option>`;
}

const reasonsByAction = actionChoices.map(({ value: action, words }) => ({
  words,
  choices: (Object.keys(reasons) as Reason[])
    .filter((reason) => reasons[reason].action === action)
    .map((value) => ({ value, words: reasons[value].sentence })),
}));

function reasonSelect(chosen: string): Html {
  return html`<div class="field wide"><label for="reason">Reason</label>
<select id="reason" name="reason"><option value="">any</option>
${reasonsByAction.map(
  ({ words, choices }) =>
    html`<optgroup label="${words}">${choices.map((choice) => option(choice, chosen))}</optgroup>`,
)}</select></div>`;
}
