/**
 * The queue of the desk: one line a case, the most urgent first.
 */
import { isOwnScenario } from '../../core/decision.ts';
import { shownCharsMax } from '../../core/limits.ts';
import { shown } from '../../core/normalize.ts';
import { type Reason, reasonSentence } from '../../core/reasons.ts';
import type { CaseLine } from '../../ports/console.ts';
import { type Content, type Html, html } from '../html.ts';
import { dayAway, type Now, nearness, waited } from './days.ts';
import { reasonName, scenarioNames } from './words.ts';

export interface Queue {
  /** Those of the chosen reason, or all. */
  readonly lines: readonly CaseLine[];
  /** How many wait for each reason, the most first. */
  readonly reasons: readonly (readonly [Reason, number])[];
  readonly total: number;
  readonly reason?: Reason;
  readonly selected?: string;
  /** What this person just did stays to be undone while they move on. */
  readonly done: readonly string[];
  readonly mayDecide: boolean;
  readonly now: Now;
}

export function queueView(queue: Queue): Html {
  const { lines, total, reason, selected, done } = queue;
  const about = html`data-total="${total}" data-part="/review/queue${address({ selected, reason, done })}"`;
  if (total === 0) {
    return html`<section id="queue" class="queue" ${about} aria-label="Waiting cases">
<h1>Nothing waits for you</h1>
<p class="soft">Cases that a person must decide appear here by themselves.</p>
</section>`;
  }
  return html`<section id="queue" class="queue" ${about} aria-label="Waiting cases">
<h1>Review <small>${total} ${total === 1 ? 'waits' : 'wait'}</small></h1>
<form class="seek" method="get" action="/cases" role="search"><input id="seek" type="search" name="q" data-key="/" aria-label="Search all cases" placeholder="Search all cases"></form>
${reasonFilter(queue)}
<ol class="lines">${lines.map((line, index) => lineView(queue, line, index))}</ol>
${lines.length < total && reason === undefined && html`<p class="soft">${total - lines.length} more follow when these are done.</p>`}
${bulkBar(queue)}
</section>`;
}

/** Where a case of the queue is opened. */
export function address({
  selected,
  reason,
  done = [],
}: {
  readonly selected?: string | undefined;
  readonly reason?: Reason | undefined;
  readonly done?: readonly string[] | undefined;
}): string {
  const query = new URLSearchParams({
    ...(selected === undefined ? {} : { case: selected }),
    ...(reason === undefined ? {} : { reason }),
  });
  for (const caseId of done) query.append('done', caseId);
  return query.size === 0 ? '' : `?${query}`;
}

/** Like cases: those that wait for the same reason. */
function reasonFilter({ reasons, reason, total }: Queue): Content {
  const alike = reasons.filter(([code, count]) => count > 1 || code === reason);
  if (alike.length === 0) return undefined;
  const chip = (code: Reason | undefined, name: string, count: number): Html => {
    const isCurrent = code === reason && html` aria-current="true"`;
    return html`<li><a href="/review${address({ reason: code })}"${isCurrent}>${name} <b>${count}</b></a></li>`;
  };
  return html`<nav aria-label="Like cases"><ul class="chips">
${chip(undefined, 'All', total)}${alike.map(([code, count]) => chip(code, reasonName(code), count))}
</ul></nav>`;
}

function lineView(queue: Queue, line: CaseLine, index: number): Html {
  const { lines, selected, reason, done, mayDecide, now } = queue;
  const at = lines.findIndex(({ caseId }) => caseId === selected);
  const key = index === at + 1 ? 'j' : index === at - 1 ? 'k' : undefined;
  const isCurrent = line.caseId === selected && html` aria-current="true"`;
  const pick =
    mayDecide &&
    reason !== undefined &&
    html`<input type="checkbox" form="bulk" name="case" value="${line.caseId}" checked aria-label="Select ${whoOf(line)}">`;
  return html`<li>${pick}
<a id="line-${line.caseId}" href="/review${address({ selected: line.caseId, reason, done })}"${isCurrent}${key !== undefined && html` data-key="${key}"`}>
<span class="spread"><b class="who-wrote">${whoOf(line)}</b>${waiting(line, now)}</span>
<span class="spread"><span class="what">${whatOf(line)}</span>${urgency(line, now)}</span>
<span class="why">${whyOf(line)}</span>
</a></li>`;
}

/** Nobody wrote what we begin ourselves. */
export function whoOf({ sender, scenario, customerName }: CaseLine): string {
  if (sender !== undefined) return shown(sender, shownCharsMax);
  return isOwnScenario(scenario) ? `We wrote to ${customerName ?? 'the customer'}` : 'No author';
}

function whatOf({ customerName, scenario, subject }: CaseLine): Content {
  if (customerName === undefined) return html`<span>${shown(subject, shownCharsMax)}</span>`;
  const name = shown(customerName, shownCharsMax);
  return scenario === undefined ? name : `${name} · ${scenarioNames[scenario]}`;
}

function whyOf({ overdueSince, action, reason }: CaseLine): string {
  return overdueSince !== undefined && action === 'reply'
    ? 'The record does not show yet what our reply asked for.'
    : reasonSentence(reason);
}

function waiting({ receivedAt, overdueSince }: CaseLine, now: Now): Html {
  const isOverdue = overdueSince !== undefined;
  const title = isOverdue ? 'overdue for so long' : 'waits for so long';
  return html`<small title="${title}">${waited(overdueSince ?? receivedAt, now)}</small>`;
}

function urgency({ expiresOn }: CaseLine, now: Now): Content {
  if (expiresOn === undefined) return undefined;
  return html`<small class="badge ${nearness(expiresOn, now)}" title="${expiresOn}: the day that the notice names">${dayAway(expiresOn, now)}</small>`;
}

function bulkBar({ reason, lines, mayDecide }: Queue): Content {
  if (reason === undefined || !mayDecide || lines.length === 0) return undefined;
  return html`<form id="bulk" class="bulk" method="get" action="/review/together">
<input type="hidden" name="reason" value="${reason}">
<p>The ticked ones together, after a look at what would happen:</p>
<div class="row"><button name="do" value="approve">Send replies…</button>
<button name="do" value="dismiss">Dismiss…</button></div>
</form>`;
}
