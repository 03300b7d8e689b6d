/**
 * The audit log in words: who, when, what, and what it was before.
 */
import { type AuditEntry, type AuditSubject, auditSubjects } from '../../ports/audit.ts';
import { type Html, html } from '../html.ts';
import type { When } from './house-frame.ts';
import { momentOf } from './times.ts';

export interface AuditFilter {
  readonly by?: string;
  readonly subject?: AuditSubject;
  readonly subjectId?: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly filter: AuditFilter;
  /** Where the next page begins; absent on the last. */
  readonly beforeId?: number;
  readonly when: When;
}

/** The address of a page of the log with these filters. */
export function auditAddress(path: string, filter: AuditFilter, beforeId?: number): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, beforeId }))
    if (value !== undefined && value !== '') query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query}`;
}

export function auditView({ entries, filter, beforeId, when }: AuditPage): Html {
  return html`<h1>Audit log</h1>
${filterForm(filter)}
<p><a href="${auditAddress('/settings/audit.csv', filter)}" download>Download as CSV</a></p>
${
  entries.length === 0
    ? html`<p class="soft">${
        Object.keys(filter).length === 0
          ? 'Every change that a person makes will stand here.'
          : 'Nothing was changed that fits.'
      }</p>`
    : html`<ol class="audit">${entries.map((entry) => entryView(entry, when))}</ol>`
}
${
  beforeId !== undefined &&
  html`<p><a class="button" rel="next" href="${auditAddress('/settings/audit', filter, beforeId)}">Older</a></p>`
}`;
}

function filterForm({ by = '', subject, subjectId = '' }: AuditFilter): Html {
  return html`<form class="card row filters" method="get" action="/settings/audit">
<div><label for="by">Person</label><input id="by" name="by" value="${by}" autocomplete="off"></div>
<div><label for="subject">About</label><select id="subject" name="subject"><option value="">anything</option>${auditSubjects.map(
    (name) =>
      html`<option value="${name}"${name === subject && html` selected`}>${subjectWords[name]}</option>`,
  )}</select></div>
<div><label for="subjectId">Which</label><input id="subjectId" name="subjectId" value="${subjectId}" autocomplete="off"></div>
<button>Show</button>
</form>`;
}

const subjectWords: Readonly<Record<AuditSubject, string>> = {
  case: 'a case',
  customer: 'a customer',
  customers: 'all customers',
  template: 'a template',
  user: 'a user',
  token: 'an API token',
  hold: 'what was held back',
  session: 'a login',
};

const doors: Readonly<Record<AuditEntry['via'], string>> = {
  console: 'in the console',
  api: 'by the API',
  command: 'by a command',
};

function entryView(entry: AuditEntry, when: When): Html {
  const { at, by, via, from, action, subject, subjectId } = entry;
  return html`<li class="card">
<p><strong>${by}</strong> ${action.replaceAll('-', ' ')}: ${subjectView(subject, subjectId)}
<small>${momentOf(at, when)}, ${doors[via]}${from !== undefined && ` from ${from}`}</small></p>
${changesView(entry)}
</li>`;
}

function subjectView(subject: AuditSubject, id: string): Html {
  const word = subjectWords[subject].replace(/^an? /, '');
  const path = subject === 'case' ? '/cases/' : subject === 'customer' ? '/customers/' : undefined;
  return path === undefined
    ? html`${word} ${id}`
    : html`${word} <a href="${path}${encodeURIComponent(id)}">${id}</a>`;
}

/** One line for each value: before → after. */
function changesView({ before = {}, after = {} }: AuditEntry): Html | false {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (names.length === 0) return false;
  return html`<dl class="facts">${names.map((name) => {
    const [was, is] = [before[name], after[name]];
    return html`<dt>${name}</dt><dd>${was !== undefined && html`<del>${was}</del> `}${
      is !== undefined && html`<ins>${is}</ins>`
    }</dd>`;
  })}</dl>`;
}
