/**
 * The list of cases: everything that was decided, newest first, searched by words and filters.
 *
 * The search stands in the address, so that it can be sent to a colleague. A page goes on where the one before ended,
 * whatever came meanwhile.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { calendarDays } from '../../core/dates.ts';
import { scenarios } from '../../core/decision.ts';
import { actions, type Reason, reasons } from '../../core/reasons.ts';
import { endOfDay } from '../../core/trend-days.ts';
import type { CaseLine, CaseQuery } from '../../ports/console.ts';
import { replyStates } from '../../ports/states.ts';
import { type Html, html } from '../html.ts';
import { sendPage, sendPart } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { dayOf, oneOf, textOf } from '../query.ts';
import { type CaseFilter, caseFilters, caseLines, casesAddress } from '../views/case-list.ts';

const pageLines = 50;
const dayMs = 86_400_000;

export function casesRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get('/cases', { config: { role: 'viewer' } }, async (request, reply) => {
    const filter = filterOf(request);
    const after = cursorOf(textOf(request.query, 'after'));
    const query = queryOf(filter, parts.timeZone);
    // One more than is shown says whether there is another page.
    const found = await parts.store.searchCases({
      ...query,
      limit: pageLines + 1,
      ...(after === undefined ? {} : { after }),
    });
    const list = resultOf({ found, filter, isFirst: after === undefined, parts });
    if (textOf(request.query, 'part') === '1') return sendPart(reply, list);
    return sendPage(request, reply, {
      title: filter.q === '' ? 'Cases' : `${filter.q} · Cases`,
      section: '/cases',
      assets: ['records.css'],
      body: html`<h1>Cases</h1>
${caseFilters(filter, parts.house.mailboxes)}
${list}`,
    });
  });
}

function filterOf({ query }: FastifyRequest): CaseFilter {
  const text = (name: string) => textOf(query, name).trim().slice(0, 200);
  return {
    q: text('q'),
    action: text('action'),
    reason: text('reason'),
    scenario: text('scenario'),
    reply: text('reply'),
    mailbox: text('mailbox'),
    customer: text('customer'),
    from: text('from'),
    to: text('to'),
  };
}

/** What is no known value asks for nothing: an address that somebody typed still shows a list. */
function queryOf(filter: CaseFilter, timeZone: string): Omit<CaseQuery, 'limit' | 'after'> {
  const dayOfMoment = calendarDays(timeZone);
  const from = dayOf(filter.from);
  const to = dayOf(filter.to);
  return {
    ...given('text', filter.q || undefined),
    ...given('action', oneOf(actions, filter.action)),
    ...given('reason', oneOf(Object.keys(reasons) as Reason[], filter.reason)),
    ...given('scenario', oneOf(scenarios, filter.scenario)),
    ...given('replyState', oneOf(replyStates, filter.reply)),
    ...given('mailbox', filter.mailbox || undefined),
    ...given('customerId', filter.customer || undefined),
    // A day begins where the one before it ends, which need not be 24 hours earlier.
    ...given('since', from && after(endOfDay(dayBefore(from), dayOfMoment))),
    ...given('before', to && after(endOfDay(to, dayOfMoment))),
  };
}

function given<Key extends string, Value>(
  key: Key,
  value: Value | '' | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined || value === ''
    ? {}
    : ({ [key]: value } as { readonly [K in Key]: Value });
}

function after(at: Date): Date {
  return new Date(at.getTime() + 1);
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - dayMs).toISOString().slice(0, 10);
}

/** `1764244800000~<case id>`, as `nextAddress` writes it. */
function cursorOf(text: string): CaseQuery['after'] {
  const [, ms = '', caseId = ''] = /^(\d{1,15})~(.{1,300})$/s.exec(text) ?? [];
  return caseId === '' ? undefined : { decidedAt: new Date(Number(ms)), caseId };
}

interface Result {
  readonly found: readonly CaseLine[];
  readonly filter: CaseFilter;
  readonly isFirst: boolean;
  readonly parts: ConsoleParts;
}

/** Only the first page changes by itself: whoever reads an older one must not lose the place. */
function resultOf({ found, filter, isFirst, parts }: Result): Html {
  const lines = found.slice(0, pageLines);
  const last = lines.at(-1);
  const next =
    found.length > pageLines && last !== undefined
      ? casesAddress(filter, { after: `${last.decidedAt.getTime()}~${last.caseId}` })
      : undefined;
  const live = html` data-live="cases" data-src="${casesAddress(filter, { part: '1' })}"`;
  return html`<section id="found" aria-label="Cases found"${isFirst && live}>
${reachNote(filter.q, parts.store.searchesAll)}
${lines.length === 0 ? nothingFound(filter, isFirst) : html`<div class="card">${caseLines(lines, parts.timeZone)}</div>`}
<nav class="row" aria-label="Pages of the list">
${!isFirst && html`<a class="button" href="${casesAddress(filter)}">Newest</a>`}
${next !== undefined && html`<a class="button" href="${next}">Older</a>`}
</nav></section>`;
}

function reachNote(q: string, searchesAll: boolean): Html | false {
  const hasLongWord = /[\p{L}\p{N}]{3}/u.test(q);
  if (q === '' || (searchesAll && hasLongWord)) return false;
  const why = searchesAll
    ? 'For words this short only the newest cases are looked through; three letters or digits find all.'
    : 'Only the newest cases are looked through: the database has no pg_trgm.';
  return html`<p class="note">${why}</p>`;
}

function nothingFound(filter: CaseFilter, isFirst: boolean): Html {
  const isAsked = Object.values(filter).some((value) => value !== '');
  const sentence = isAsked
    ? 'No case fits this search.'
    : isFirst
      ? 'Each mail that is decided about becomes a line here.'
      : 'There are no older cases.';
  return html`<p class="card">${sentence}</p>`;
}
