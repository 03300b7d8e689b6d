/**
 * A case on one screen: why it waits, the mail beside the reply, the buttons; below it everything that explains it.
 */
import type { FastifyRequest } from 'fastify';
import { shownCharsMax } from '../../core/limits.ts';
import type { Evidence } from '../../core/mail.ts';
import { shown } from '../../core/normalize.ts';
import { reasonSentence } from '../../core/reasons.ts';
import type { CaseView } from '../case-view.ts';
import { authorOf, explain } from '../explanation.ts';
import { type Content, type Html, html } from '../html.ts';
import { candidatesView } from './candidates.ts';
import { historyView, settlementLine } from './history.ts';
import { mailView } from './mail.ts';
import { replyView } from './reply.ts';

export function caseView(request: FastifyRequest, view: CaseView): Html {
  const { stored, from, reason, others, refusal, state } = view;
  const { caseId } = stored;
  return html`<article class="case" id="case" data-case="${caseId}" data-state="${state}"${view.mayDecide && html` data-present`} data-part="/cases/${caseId}/part?from=${from}${reason !== undefined && `&reason=${reason}`}" aria-labelledby="case-title">
<header><h2 id="case-title" tabindex="-1">${titleOf(view)}</h2>
<p class="reason">${whyOf(view)}</p></header>
<p id="presence" class="note warn" role="status"${others.length === 0 && html` hidden`}>${presenceSentence(others)}</p>
${refusal !== undefined && html`<p class="note bad" role="alert">${refusal}</p>`}
${settlementNote(view)}
<div class="sides">${mailView(view)}${replyView(request, view)}</div>
${candidatesView(view)}
${evidenceView(view)}
${historyView(view)}
</article>`;
}

export function presenceSentence(others: readonly string[]): string {
  if (others.length === 0) return '';
  const names = others.join(' and ');
  return `${names} ${others.length === 1 ? 'is' : 'are'} looking at this case too.`;
}

function titleOf({ stored }: CaseView): Content {
  const customer = stored.decision.match?.customer.name;
  return html`${authorOf(stored)}${customer !== undefined && html` <small>${shown(customer, shownCharsMax)}</small>`}`;
}

function whyOf({ stored }: CaseView): Content {
  const { followUp, action, reason } = stored;
  const isOverdue = followUp?.state === 'told' || followUp?.state === 'reminded';
  const sentence = reasonSentence(reason);
  if (!isOverdue) return sentence;
  return `${followUp.detail === undefined ? 'Our reply led to nothing in time.' : shown(followUp.detail, shownCharsMax)}${action === 'reply' ? '' : ` ${sentence}`}`;
}

function settlementNote({ settlement, now }: CaseView): Content {
  if (settlement === undefined) return undefined;
  return html`<p class="note good" role="status">${settlementLine(settlement, now)}</p>`;
}

/** Evidence of a page; `explain` and its page of text have every line. */
const evidenceShown = 60;

/** The lines of `explain`: the outcome on top, what was seen folded by stage. */
function evidenceView({ stored }: CaseView): Html {
  const { lines, evidence } = explain(stored);
  const stages = byStage(evidence.slice(0, evidenceShown));
  const more = evidence.length - evidenceShown;
  return html`<details class="card" id="evidence"><summary><h3>What was recognised, and why</h3></summary>
<dl class="facts">${lines.map(({ label, value }) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
<h4>What was seen</h4>
${stages.map(
  ([stage, list]) =>
    html`<details open><summary>${stage}</summary><table><tbody>${list.map(
      ({ code, detail }) =>
        html`<tr><th scope="row" class="mono">${code}</th><td>${detail}</td></tr>`,
    )}</tbody></table></details>`,
)}
${more > 0 && html`<p>${more} lines more.</p>`}
<p><a href="/cases/${stored.caseId}/explanation">All of it as text</a></p></details>`;
}

function byStage(
  evidence: readonly Evidence[],
): readonly (readonly [string, readonly Evidence[]])[] {
  const stages = new Map<string, Evidence[]>();
  for (const line of evidence) {
    const list = stages.get(line.stage);
    if (list === undefined) stages.set(line.stage, [line]);
    else list.push(line);
  }
  return [...stages];
}
