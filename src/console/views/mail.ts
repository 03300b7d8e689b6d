/**
 * The mail of a case beside its reply: who wrote what, shown so that it can do nothing.
 */
import { shownCharsMax } from '../../core/limits.ts';
import { shown } from '../../core/normalize.ts';
import type { CaseView } from '../case-view.ts';
import { type Content, type Html, html } from '../html.ts';
import { dayAway, nearness, timeOf } from './days.ts';

export function mailView({ stored, mail, now }: CaseView): Html {
  const { caseId, decision } = stored;
  return html`<section class="card mail" aria-labelledby="mail-title">
<div class="spread"><h3 id="mail-title">The mail</h3>${mail !== undefined && views(caseId, mail.hasHtml)}</div>
<dl class="facts tight">
<dt>From</dt><dd>${fromOf(decision.sender, mail?.from)} ${proof(stored)}</dd>
<dt>Subject</dt><dd>${shown(stored.subject, shownCharsMax) || '(none)'}</dd>
<dt>Received</dt><dd>${timeOf(stored.receivedAt, now)}${mail !== undefined && mail.replyTo !== '' && html`, asks for replies to ${mail.replyTo}`}</dd>
${noticeFacts(stored, now)}
</dl>
${mail === undefined ? html`<p class="note">${missing(stored)}</p>` : frame(caseId)}
${mail !== undefined && attachments(mail)}
</section>`;
}

function fromOf(sender: string | undefined, names: string | undefined): string {
  return names === undefined || names === '' ? (sender ?? '(no author)') : names;
}

function proof({ decision }: CaseView['stored']): Content {
  if (decision.sender === undefined) return undefined;
  return decision.authentication.result === 'pass'
    ? html`<span class="badge good">proven</span>`
    : html`<span class="badge ${decision.authentication.result === 'fail' ? 'bad' : 'warn'}">not proven</span>`;
}

function noticeFacts({ decision }: CaseView['stored'], now: CaseView['now']): Content {
  const { notice } = decision;
  if (notice === undefined) return undefined;
  const { organization, tenantDomain, subscription, licenses, expiresOn } = notice;
  const facts = [organization, tenantDomain, subscription].flatMap((fact) =>
    fact === undefined ? [] : [shown(fact, shownCharsMax)],
  );
  if (licenses !== undefined) facts.push(`${licenses} licenses`);
  const ends =
    expiresOn !== undefined &&
    html` <span class="badge ${nearness(expiresOn, now)}">${expiresOn}, ${dayAway(expiresOn, now)}</span>`;
  if (facts.length === 0 && expiresOn === undefined) return undefined;
  return html`<dt>Notice says</dt><dd>${facts.join(' · ')}${ends}</dd>`;
}

function views(caseId: string, hasHtml: boolean): Html {
  return html`<span class="row small">
${
  hasHtml &&
  html`<a href="/cases/${caseId}/mail" target="mail">As sent</a>
<a href="/cases/${caseId}/mail?as=text" target="mail">Text</a>`
}
<a href="/cases/${caseId}/mail.eml" download>Download</a></span>`;
}

function frame(caseId: string): Html {
  return html`<iframe class="paper" name="mail" title="The mail as it was sent" sandbox="" src="/cases/${caseId}/mail"></iframe>`;
}

function missing({ scenario, action }: CaseView['stored']): string {
  if (scenario === 'reminder' || scenario === 'outreach')
    return 'We wrote first: there is no mail to show.';
  return action === 'ignore'
    ? 'It was none of our business, so its contents were not kept.'
    : 'The contents of the mail were deleted.';
}

function attachments({ attachments: list, isCut }: NonNullable<CaseView['mail']>): Content {
  const cut =
    isCut &&
    html`<p class="note">The mail is large: only its beginning is shown. Download it to see all.</p>`;
  if (list.length === 0) return cut;
  return html`${cut}<h4>Attachments</h4><ul class="plain">${list.map(
    ({ name, type, size }) => html`<li>${name} <small>${type}, ${size}</small></li>`,
  )}</ul>`;
}
