/**
 * The reply of a case: what would be sent and what can be done with it, or what was sent and what became of it.
 */
import type { FastifyRequest } from 'fastify';
import type { Scenario } from '../../core/decision.ts';
import type { Proposal, Refused } from '../../ports/desk.ts';
import type { CaseView } from '../case-view.ts';
import { explain } from '../explanation.ts';
import { choiceFields } from '../form-fields.ts';
import { type Content, type Html, html } from '../html.ts';
import { actsView } from './acts.ts';
import { timeOf } from './days.ts';
import { caseInput, originInputs, pageOf, pageWith } from './forms.ts';
import { replyStateNames, scenarioNames } from './words.ts';

export function replyView(request: FastifyRequest, view: CaseView): Html {
  const { proposed } = view;
  return html`<section id="reply" class="card reply" aria-labelledby="reply-title">
${proposed?.kind === 'proposal' ? proposalView(view, proposed.proposal) : settledView(view, proposed)}
${view.mayDecide && actsView(request, view)}
</section>`;
}

function proposalView(view: CaseView, proposal: Proposal): Html {
  const { reply, warnings } = proposal;
  return html`<h3 id="reply-title">${view.words === undefined ? 'The reply that would be sent' : 'The reply with your words'}</h3>
${choiceForm(view, proposal)}
${warnings.map((warning) => html`<p class="note warn">${warning}</p>`)}
${letter(reply.subject, reply.text)}
${view.words === undefined && framed(`/cases/${view.stored.caseId}/proposal.html${query(view)}`)}`;
}

function query({ choice }: CaseView): string {
  const text = new URLSearchParams(Object.fromEntries(choiceFields(choice))).toString();
  return text === '' ? '' : `?${text}`;
}

/** Only what there is to choose between. */
function choiceForm(view: CaseView, { choice, recipients, scenarios, locales }: Proposal): Html {
  const locale = view.choice.locale ?? proposalLocale(view);
  return choosing(
    view,
    html`<label>To <select id="choice-to" name="to">${recipients.map(({ address, name, as }) =>
      option(
        address,
        choice.to,
        `${name === undefined ? address : `${name} <${address}>`}${as === 'author' ? ', who wrote' : ', a contact of the record'}`,
      ),
    )}</select></label>
<label>Says <select id="choice-scenario" name="scenario">${withChosen(scenarios, choice.scenario).map((scenario) => option(scenario, choice.scenario, scenarioNames[scenario]))}</select></label>
<label>In <select id="choice-locale" name="locale">${withChosen(locales, locale).map((one) => option(one, locale, languageOf(one)))}</select></label>`,
  );
}

/** Where nothing is proposed, what may be said all the same is still a person's to choose. */
function scenarioForm(view: CaseView, scenarios: readonly Scenario[] = []): Content {
  if (!view.mayDecide || !view.isWaiting || scenarios.length === 0) return undefined;
  return choosing(
    view,
    html`<label>Say <select id="choice-scenario" name="scenario"><option value="">nothing</option>${scenarios.map((scenario) => option(scenario, '', scenarioNames[scenario]))}</select></label>`,
  );
}

/** Each choice shows the reply that it gives. The fields have ids, so that the focus stays on them. */
function choosing(view: CaseView, fields: Html): Html {
  const { customerId } = view.choice;
  return html`<form class="choice" method="get" action="${pageOf(view)}" hx-get="/cases/${view.stored.caseId}/reply" hx-trigger="change" hx-target="#reply" hx-swap="outerHTML">
${caseInput(view)}${originInputs(view)}
${customerId !== undefined && html`<input type="hidden" name="customer" value="${customerId}">`}
${fields}
<noscript><button>Show</button></noscript>
</form>`;
}

function proposalLocale({ proposed }: CaseView): string {
  return proposed?.kind === 'proposal' ? proposed.proposal.reply.locale : '';
}

function withChosen<T>(list: readonly T[], chosen: T): readonly T[] {
  return list.includes(chosen) ? list : [chosen, ...list];
}

function option(value: string, chosen: string, label: string): Html {
  return html`<option value="${value}"${value === chosen && html` selected`}>${label}</option>`;
}

const languages = new Intl.DisplayNames('en', { type: 'language' });

function languageOf(locale: string): string {
  try {
    return languages.of(locale) ?? locale;
  } catch {
    return locale;
  }
}

function letter(subject: string, text: string): Html {
  return html`<div class="letter" tabindex="0" role="group" aria-label="The words of the reply">
<p class="subject"><b>${subject}</b></p><pre>${text}</pre></div>`;
}

function framed(path: string): Html {
  return html`<details class="as-mail"><summary>As it looks in a mail program</summary>
<iframe class="paper" title="The reply as it looks in a mail program" sandbox="" loading="lazy" src="${path}"></iframe></details>`;
}

function settledView(view: CaseView, refused: Refused | undefined): Content {
  const { stored } = view;
  const { reply } = stored;
  const none =
    refused !== undefined &&
    html`<p class="note">${refused.sentence}</p>${hasChoice(view) && html`<p><a href="${pageWith(view, {})}">Back to what was proposed</a></p>`}${scenarioForm(view, refused.scenarios)}`;
  if (reply === undefined) {
    return html`<h3 id="reply-title">No reply</h3>${none}${refused === undefined && html`<p class="soft">Nothing was sent for this case.</p>`}`;
  }
  const { delivery } = explain(stored);
  return html`<h3 id="reply-title">${reply.state === 'pending' ? 'The reply that goes out' : 'The reply'}</h3>
${none}
<p><span class="badge ${tone[reply.state]}">${replyStateNames[reply.state]}</span>
${reply.settledAt !== undefined && timeOf(reply.settledAt, view.now)} <small>${reply.attempts} ${reply.attempts === 1 ? 'attempt' : 'attempts'}</small></p>
${delivery.slice(1).map(({ value }) => html`<p class="mono soft">${value}</p>`)}
<p>To <b>${reply.content.to.name ?? ''} ${reply.content.to.address}</b></p>
${letter(reply.content.subject, reply.content.text)}
${framed(`/cases/${stored.caseId}/reply.html`)}`;
}

const tone = {
  pending: '',
  sending: '',
  sent: 'good',
  unconfirmed: 'warn',
  undeliverable: 'bad',
  rejected: 'bad',
  withdrawn: 'warn',
} as const;

function hasChoice({ choice }: CaseView): boolean {
  return choiceFields(choice).length > 0;
}
