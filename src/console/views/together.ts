/**
 * What would happen to like cases, one line each, before it happens.
 */
import type { FastifyRequest } from 'fastify';
import { shownCharsMax } from '../../core/limits.ts';
import { shown } from '../../core/normalize.ts';
import { dismissals, type Proposal, type Refused } from '../../ports/desk.ts';
import type { StoredCase } from '../../ports.ts';
import { authorOf } from '../explanation.ts';
import { type Content, type Html, html } from '../html.ts';
import { csrfField } from '../page.ts';
import { counted } from './times.ts';
import { dismissalNames } from './words.ts';

export interface Together {
  readonly stored: StoredCase;
  readonly proposed?: { readonly kind: 'proposal'; readonly proposal: Proposal } | Refused;
}

export function approveTogetherView(
  request: FastifyRequest,
  cases: readonly Together[],
  back: string,
): Html {
  const ready = cases.flatMap((one) => {
    const { proposed } = one;
    const isReady = proposed?.kind === 'proposal' && proposed.proposal.answeredBefore === undefined;
    return isReady ? [{ stored: one.stored, proposal: proposed.proposal }] : [];
  });
  const left = cases.filter(({ stored }) => !ready.some((one) => one.stored === stored));
  const title =
    ready.length === 0
      ? 'None can be sent together'
      : `Send ${counted(ready.length, 'reply', 'replies')}?`;
  return html`<h1>${title}</h1>
${
  ready.length > 0 &&
  html`<div class="scroll"><table><thead><tr><th scope="col">To</th><th scope="col">Subject</th><th scope="col">To know</th></tr></thead>
<tbody>${ready.map(({ proposal }) => html`<tr><td>${proposal.choice.to}</td><td>${proposal.reply.subject}</td><td>${proposal.warnings.join(' ')}</td></tr>`)}</tbody></table></div>
<form method="post" action="/review/together">${csrfField(request)}<input type="hidden" name="do" value="approve">
${ready.map(({ stored, proposal }) => html`<input type="hidden" name="case" value="${stored.caseId} ${proposal.digest}">`)}
<div class="row"><button class="main">Send ${ready.length} now</button> <a class="button" href="${back}">Back</a> <small>For ten seconds you can undo it.</small></div></form>`
}
${leftView(left)}
${ready.length === 0 && html`<p><a href="${back}">Back</a></p>`}`;
}

function leftView(left: readonly Together[]): Content {
  if (left.length === 0) return undefined;
  return html`<h2>Not among them</h2><ul>${left.map(
    ({ stored, proposed }) =>
      html`<li><a href="/review?case=${stored.caseId}">${authorOf(stored)}</a>: ${proposed?.kind === 'refused' ? proposed.sentence : 'It was answered before; look at it by itself.'}</li>`,
  )}</ul>`;
}

export function dismissTogetherView(
  request: FastifyRequest,
  cases: readonly Together[],
  back: string,
): Html {
  if (cases.length === 0) return html`<h1>Nothing is ticked</h1><p><a href="${back}">Back</a></p>`;
  return html`<h1>Dismiss ${counted(cases.length, 'case')}?</h1>
<p>Nobody gets a mail.</p>
<ul>${cases.map(({ stored }) => html`<li>${authorOf(stored)}: ${shown(stored.subject, shownCharsMax)}</li>`)}</ul>
<form method="post" action="/review/together">${csrfField(request)}<input type="hidden" name="do" value="dismiss">
${cases.map(({ stored }) => html`<input type="hidden" name="case" value="${stored.caseId}">`)}
<div class="field"><label for="note">A note, if you like</label><input id="note" name="note" maxlength="500"></div>
<p>Why?</p>
<div class="row">${dismissals.map((why) => html`<button name="why" value="${why}">${dismissalNames[why]}</button>`)}</div>
<p><a class="button" href="${back}">Back</a></p></form>`;
}
