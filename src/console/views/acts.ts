/**
 * What a person can do with a case: one button each, with its key; what needs a word more opens above the bar.
 */
import type { FastifyRequest } from 'fastify';
import { shownCharsMax } from '../../core/limits.ts';
import { shown } from '../../core/normalize.ts';
import { isAddress } from '../../core/parse.ts';
import { dismissals, type Proposal } from '../../ports/desk.ts';
import type { CaseView } from '../case-view.ts';
import { type Content, type Html, html } from '../html.ts';
import { chooserView } from './candidates.ts';
import { choiceInputs, formFields } from './forms.ts';
import { dismissalNames } from './words.ts';

export function actsView(request: FastifyRequest, view: CaseView): Content {
  const { stored, isWaiting, settlement, proposed } = view;
  const { caseId, reply } = stored;
  if (!isWaiting) {
    const isReopenable = settlement?.kind === 'dismissed' || settlement?.kind === 'answered';
    if (!isReopenable) return undefined;
    return html`<div class="acts">${simple(request, view, { act: 'reopen', label: 'Reopen' })}
<small>Puts it back among the cases that wait.</small></div>`;
  }
  const proposal = proposed?.kind === 'proposal' ? proposed.proposal : undefined;
  const isUnsettled =
    reply !== undefined && ['unconfirmed', 'rejected', 'undeliverable'].includes(reply.state);
  return html`<div class="acts" id="acts">
${proposal !== undefined && approveForm(request, view, proposal)}
${isUnsettled && unsettledActs(request, view)}
${proposal !== undefined && panel('edit', html`Edit <kbd>e</kbd>`, editForm(request, view, proposal), view.words !== undefined)}
${panel('choose', html`Another customer <kbd>c</kbd>`, chooserView(view), view.found !== undefined)}
${panel('respond', html`Answer yourself <kbd>r</kbd>`, respondForm(request, view, proposal))}
${panel('dismiss', html`Dismiss <kbd>d</kbd>`, dismissForm(request, caseId, view))}
</div>`;
}

function panel(name: string, label: Html, content: Content, isOpen = false): Html {
  const key = { edit: 'e', choose: 'c', respond: 'r', dismiss: 'd' }[name] ?? '';
  return html`<details class="act" name="act" id="${name}"${isOpen && html` open`}>
<summary class="button" data-key="${key}" aria-keyshortcuts="${key}">${label}</summary>
<div class="panel">${content}</div></details>`;
}

function approveForm(request: FastifyRequest, view: CaseView, proposal: Proposal): Html {
  const { answeredBefore, digest, choice } = proposal;
  if (view.words !== undefined) return html``;
  return html`<form class="approve" method="post" action="/cases/${view.stored.caseId}/approve">
${formFields(request, view)}${choiceInputs(view)}
<input type="hidden" name="digest" value="${digest}">
${answeredBefore !== undefined && againTick('again', answeredBefore)}
<button class="main" data-key="a" aria-keyshortcuts="a" title="It goes out in ten seconds; until then you can undo it.">Send to ${choice.to} <kbd>a</kbd></button>
</form>`;
}

function againTick(id: string, { caseId }: NonNullable<Proposal['answeredBefore']>): Html {
  return html`<p class="tick"><input type="checkbox" id="${id}" name="evenIfAnswered" value="yes" required>
<label for="${id}">Send it although it was answered before</label> <a href="/cases/${caseId}">See that case</a></p>`;
}

function simple(
  request: FastifyRequest,
  view: CaseView,
  { act, label, title }: { readonly act: string; readonly label: string; readonly title?: string },
): Html {
  return html`<form method="post" action="/cases/${view.stored.caseId}/${act}">${formFields(request, view)}
<button${title !== undefined && html` title="${title}"`}>${label}</button></form>`;
}

function unsettledActs(request: FastifyRequest, view: CaseView): Html {
  const isUnconfirmed = view.stored.reply?.state === 'unconfirmed';
  return html`<div class="unsettled">
${isUnconfirmed && html`<div>${simple(request, view, { act: 'arrived', label: 'It arrived' })}<small>You found it in the Sent folder, or the customer has it: the case is done.</small></div>`}
<div>${simple(request, view, { act: 'again', label: 'Send again' })}<small>The same mail under the same Message-ID: whoever has it already sees one mail, as a rule.</small></div>
</div>`;
}

/** Words of the person in place of the template's; what would be sent stands beside them as they type. */
function editForm(request: FastifyRequest, view: CaseView, proposal: Proposal): Html {
  const { caseId } = view.stored;
  return html`<form class="edit" method="post" action="/cases/${caseId}/approve" hx-post="/cases/${caseId}/preview" hx-trigger="input delay:400ms" hx-target="#edit-preview" hx-swap="innerHTML">
${formFields(request, view)}${choiceInputs(view)}
<div class="field"><label for="edit-subject">Subject</label><input id="edit-subject" name="subject" maxlength="149" required value="${view.words?.subject ?? proposal.reply.subject}"></div>
<div class="field"><label for="edit-words">Words to ${proposal.choice.to}</label>
<textarea data-first id="edit-words" name="markdown" required rows="12">${view.words?.markdown ?? proposal.markdown}</textarea>
<span class="hint">A blank line begins a paragraph, **bold**, [a link](https://…), lists with - or 1.</span></div>
<div id="edit-preview" aria-live="polite">${editPreview(view)}</div>
</form>`;
}

/** What would be sent with the words as they are, and the button that sends exactly that. */
export function editPreview({ words, proposed, stored }: CaseView): Html {
  const show = html`<button formaction="/cases/${stored.caseId}/edit" formnovalidate class="quiet">Show what would be sent</button>`;
  if (words === undefined || proposed === undefined) return show;
  if (proposed.kind === 'refused') return html`<p class="note bad">${proposed.sentence}</p>${show}`;
  const { reply, digest, warnings, answeredBefore, choice } = proposed.proposal;
  return html`${warnings.map((warning) => html`<p class="note warn">${warning}</p>`)}
<div class="letter" tabindex="0" role="group" aria-label="What would be sent"><p class="subject"><b>${reply.subject}</b></p><pre>${reply.text}</pre></div>
<input type="hidden" name="digest" value="${digest}">
${answeredBefore !== undefined && againTick('edit-again', answeredBefore)}
<div class="row"><button class="main">Send this to ${choice.to}</button>${show}</div>`;
}

/** Longer, and mail programs and systems cut the address: then only the subject goes along. */
const mailtoCharsMax = 1_800;

function respondForm(
  request: FastifyRequest,
  view: CaseView,
  proposal: Proposal | undefined,
): Html {
  const { stored } = view;
  const to = proposal?.choice.to ?? stored.decision.sender ?? '';
  const subject = shown(stored.subject, shownCharsMax);
  const base = `mailto:${isAddress(to) ? encodeURIComponent(to).replace('%40', '@') : ''}?subject=${encodeURIComponent(/^re:/i.test(subject) ? subject : `Re: ${subject}`)}`;
  const full = `${base}&body=${encodeURIComponent((proposal?.reply.text ?? '').replaceAll('\n', '\r\n'))}`;
  return html`<p>Write in your own mail program, then say so here: nothing is sent from this page.</p>
<p class="row"><a class="button" href="${full.length <= mailtoCharsMax ? full : base}">Open a new mail to ${to === '' ? 'somebody' : shown(to, shownCharsMax)}</a>
<a href="/cases/${stored.caseId}/mail.eml" download>Download their mail</a></p>
<form method="post" action="/cases/${stored.caseId}/answer">${formFields(request, view)}<button class="main">I have answered it</button></form>`;
}

function dismissForm(request: FastifyRequest, caseId: string, view: CaseView): Html {
  return html`<form method="post" action="/cases/${caseId}/dismiss">${formFields(request, view)}
<p>Nobody gets a mail. Why?</p>
<div class="field"><label for="dismiss-note">A note, if you like</label><input id="dismiss-note" name="note" maxlength="500" autocomplete="off"></div>
<div class="row">${dismissals.map((why, index) => html`<button${index === 0 && html` data-first`} name="why" value="${why}">${dismissalNames[why]}</button>`)}</div></form>`;
}
