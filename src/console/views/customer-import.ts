/**
 * A customers file that was handed over: what it would change, before anything is changed.
 */
import type { FileImport, FileReport } from '../../ports/customer-desk.ts';
import { type Html, html } from '../html.ts';
import { customerAddress } from './case-list.ts';
import { changeTable } from './customer-record.ts';
import { counted } from './times.ts';

export function uploadForm(action: string, bytesMax: number): Html {
  return html`<form class="card" method="post" action="${action}" enctype="multipart/form-data">
<div class="field"><label for="file">Customers file</label>
<input id="file" name="file" type="file" accept=".csv,.jsonl,.ndjson,.txt,text/csv" required aria-describedby="file-hint">
<div class="hint" id="file-hint">CSV as Excel saves it (“CSV UTF-8”), or JSON lines; ${Math.floor(bytesMax / 1024 / 1024)} MB at most. First you see what would change; nothing is changed before you say so.</div></div>
<button class="main">Show what would change</button></form>`;
}

export function importAddress(id: string): string {
  return `/customers/-/imports/${encodeURIComponent(id)}`;
}

/** The part that comes anew while the work goes on. */
export function importSection(file: FileImport, csrf: Html): Html {
  const isUnderWay = file.stage === 'comparing' || file.stage === 'applying';
  const again =
    isUnderWay &&
    html` hx-get="${importAddress(file.id)}?part=1" hx-trigger="load delay:1s" hx-swap="outerHTML"`;
  return html`<section id="import" aria-label="Import" aria-live="polite"${again}>${contentOf(file, csrf)}</section>`;
}

function contentOf(file: FileImport, csrf: Html): Html {
  const { stage, report, sentence } = file;
  if (stage === 'failed')
    return html`<p class="note bad">Nothing was changed. ${sentence ?? ''}</p>${again}`;
  if (stage === 'applied' && report !== undefined)
    return html`<p class="note good">Done: ${counted(report.added, 'customer')} added, ${report.changed} changed, ${report.unchanged} unchanged.</p>
${report.skippedCustomers > 0 && html`<p>${counted(report.skippedCustomers, 'customer')} left out, since a row of theirs is wrong.</p>`}
<p><a class="button" href="/customers">To the customers</a></p>`;
  if (stage !== 'ready' || report === undefined) return progressOf(file);
  return readyContent(file, report, csrf);
}

const again = html`<p><a class="button" href="/customers/-/import">Hand over a file</a></p>`;

function progressOf({ stage, rowsRead, customersDone, report, id }: FileImport): Html {
  const all = report?.customers;
  const words =
    stage === 'applying'
      ? `Applying: ${customersDone} of ${counted(all ?? 0, 'customer')}`
      : customersDone > 0
        ? `Comparing: ${counted(customersDone, 'customer')} so far`
        : `Reading: ${counted(rowsRead, 'row')} so far`;
  const bar =
    stage === 'applying' && all !== undefined
      ? html`<progress max="${Math.max(1, all)}" value="${customersDone}" aria-label="${words}"></progress>`
      : html`<progress aria-label="${words}"></progress>`;
  return html`<div class="card"><p>${words}</p>${bar}
<p class="soft">You may leave this page and come back. <a href="${importAddress(id)}">Look again</a></p></div>`;
}

function readyContent({ id, digest }: FileImport, report: FileReport, csrf: Html): Html {
  const { problemCount, customers } = report;
  const hasProblems = problemCount > 0;
  return html`<p class="note">Nothing is changed yet. The file is kept for half an hour.</p>
${counts(report)}
${hasProblems && problems(report)}
${samples(report)}
<form class="card" method="post" action="${importAddress(id)}/apply">${csrf}<input type="hidden" name="digest" value="${digest}">
${
  customers === 0
    ? html`<p>No row of the file is valid, so there is nothing to apply.</p>`
    : html`${hasProblems && html`<p><input type="checkbox" id="skip-bad" name="skip-bad" value="yes" required> <label class="inline" for="skip-bad">Leave out customers with a wrong row, and apply the others</label></p>`}
<button class="main">Apply to ${counted(customers, 'customer')}</button>`
}
</form>
<form method="post" action="${importAddress(id)}/discard">${csrf}<button>Discard the file</button></form>`;
}

function counts(report: FileReport): Html {
  const { rows, customers, added, changed, unchanged, missing, unknownColumns } = report;
  const lines: readonly (readonly [string, string | number])[] = [
    ['Rows', rows],
    ['Customers', customers],
    ['New', added],
    ['Changed', changed],
    ['Unchanged', unchanged],
    ['Not in the file, kept', missing],
    ...(report.skippedCustomers > 0
      ? [['With a wrong row', report.skippedCustomers] as const]
      : []),
    ...(report.rowsOfNobody > 0
      ? [['Rows that name no customer', report.rowsOfNobody] as const]
      : []),
    ...(unknownColumns.length > 0
      ? [['Columns that are not read', unknownColumns.slice(0, 50).map(cut).join(', ')] as const]
      : []),
  ];
  return html`<section class="card" aria-label="What would change"><h2>What would change</h2><dl class="facts">${lines.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl></section>`;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function problems({ problems: shown, problemCount }: FileReport): Html {
  return html`<section class="card" aria-label="Wrong rows"><h2>${counted(problemCount, 'wrong value')}</h2>
<table class="stack"><thead><tr><th scope="col">Line</th><th scope="col">Column</th><th scope="col">Value</th><th scope="col">What is wrong</th></tr></thead><tbody>
${shown.map(
  ({ line, column, value, message }) =>
    html`<tr><th scope="row">Line ${line}</th><td data-name="Column">${column}</td><td data-name="Value">${value}</td><td>${message}</td></tr>\n`,
)}</tbody></table>${problemCount > shown.length && html`<p>and ${problemCount - shown.length} more</p>`}</section>`;
}

function samples({ samples: changes, newIds, added, changed }: FileReport): Html {
  return html`${
    changes.length > 0 &&
    html`<section class="card" aria-label="Changes"><h2>Changes${changed > changes.length && `, the first ${changes.length}`}</h2>
${changes.map(
  ({ customerId, fields }) =>
    html`<h3><a href="${customerAddress(customerId)}">${customerId}</a></h3>${changeTable(fields)}`,
)}</section>`
  }${
    newIds.length > 0 &&
    html`<section class="card" aria-label="New customers"><h2>New customers${added > newIds.length && `, the first ${newIds.length}`}</h2><p>${newIds.join(', ')}</p></section>`
  }`;
}
