/**
 * What happened with a case: what the desk did, who did what when, and the cases that belong to it.
 */
import type { Settlement } from '../../ports/desk.ts';
import type { CaseView } from '../case-view.ts';
import { type Content, type Html, html } from '../html.ts';
import { type Now, timeOf } from './days.ts';
import { dismissalNames, settlementNames } from './words.ts';

export function settlementLine({ kind, by, at, dismissal, note }: Settlement, now: Now): Html {
  const why = dismissal !== undefined && html`: ${dismissalNames[dismissal]}`;
  return html`${settlementNames[kind]} by ${by}, ${timeOf(at, now)}${why}${note !== undefined && html`. “${note}”`}`;
}

export function historyView(view: CaseView): Html {
  const { settlements, audit, now } = view;
  const isEmpty = settlements.length === 0 && audit.length === 0;
  return html`<details class="card" id="history"><summary><h3>History</h3></summary>
${linksOf(view)}
${isEmpty && html`<p class="soft">Nobody did anything with this case yet.</p>`}
${settlements.length > 0 && html`<ul>${settlements.map((one) => html`<li>${settlementLine(one, now)}</li>`)}</ul>`}
${
  audit.length > 0 &&
  html`<div class="scroll"><table><thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
<tbody>${audit.map(
    (entry) =>
      html`<tr><td>${timeOf(entry.at, now)}</td><td>${entry.by}</td><td>${entry.action}</td><td>${values(entry.before)}</td><td>${values(entry.after)}</td></tr>`,
  )}</tbody></table></div>`
}</details>`;
}

function values(record: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(record ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ');
}

function linksOf({ stored }: CaseView): Content {
  const { relatedCaseId, followUps } = stored;
  const link = (caseId: string): Html => html`<a href="/cases/${caseId}">${caseId}</a> `;
  return html`${relatedCaseId !== undefined && html`<p>Belongs to ${link(relatedCaseId)}</p>`}
${followUps.length > 0 && html`<p>Later mails: ${followUps.slice(0, linksShown).map(link)}</p>`}`;
}

const linksShown = 20;
