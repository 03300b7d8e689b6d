/**
 * Whom a mail may be about: the records side by side, each with what speaks for it and against it.
 */
import { domainOf, normalizeAddress } from '../../core/address.ts';
import { type Customer, verifiedDomains } from '../../core/customer.ts';
import { shownCharsMax } from '../../core/limits.ts';
import { shown } from '../../core/normalize.ts';
import { normalizeOrganization } from '../../core/organization-name.ts';
import type { CaseView } from '../case-view.ts';
import { type Content, type Html, html } from '../html.ts';
import { caseInput, originInputs, pageOf, pageWith } from './forms.ts';

export function candidatesView(view: CaseView): Content {
  const { candidates } = view;
  if (candidates.length === 0) return undefined;
  const isOpen = candidates.length > 1 || chosenId(view) === undefined;
  return html`<details class="card" id="candidates"${isOpen && html` open`}>
<summary><h3>${candidates.length === 1 ? 'The customer’s record' : 'Whom it may be about'}</h3></summary>
<div class="grid">${candidates.map((customer) => recordView(view, customer))}</div></details>`;
}

/** The customer that the reply is for. */
function chosenId({ choice, stored }: CaseView): string | undefined {
  return choice.customerId ?? stored.customerId ?? stored.decision.match?.customer.id;
}

function recordView(view: CaseView, customer: Customer): Html {
  const isChosen = customer.id === chosenId(view);
  const sender = normalizeAddress(view.stored.decision.sender ?? '');
  const contacts = customer.contacts.slice(0, contactsShown);
  return html`<section class="record${isChosen && ' chosen'}" aria-label="${customer.name}">
<h4><a href="/customers/${encodeURIComponent(customer.id)}">${customer.name}</a> <small>${customer.id}</small></h4>
<ul class="plain witness">${witnesses(view, customer)}</ul>
<table><thead><tr><th scope="col">Subscription</th><th scope="col">Microsoft</th><th scope="col">Partner</th><th scope="col">Licenses</th></tr></thead>
<tbody>${customer.subscriptions
    .slice(0, subscriptionsShown)
    .map(
      (one) =>
        html`<tr><td>${one.product}</td><td>${one.advisorStatus ?? '?'}</td><td>${one.cspStatus ?? '?'}</td><td>${one.licensesAssigned ?? '?'}</td></tr>`,
    )}</tbody></table>
<p class="small">${
    contacts.length === 0
      ? 'No contacts.'
      : contacts.map(
          ({ name, address }, index) =>
            html`${index > 0 && ', '}${name ?? ''} ${
              normalizeAddress(address) === sender ? html`<b>${address}</b>` : address
            }`,
        )
  }</p>
${isChosen ? html`<p><span class="badge good">The reply is for this one</span></p>` : view.mayDecide && view.isWaiting && html`<p><a class="button" href="${pageWith(view, { customer: customer.id })}">Use this customer</a></p>`}
</section>`;
}

const contactsShown = 6;
const subscriptionsShown = 8;

/** What the mail says beside what the record says. */
function witnesses({ stored }: CaseView, customer: Customer): readonly Html[] {
  const { notice = {}, sender } = stored.decision;
  const lines: Html[] = [];
  const say = (speaks: boolean, sentence: string): void => {
    lines.push(
      html`<li class="${speaks ? 'for' : 'against'}"><span class="hidden">${speaks ? 'For:' : 'Against:'}</span> ${shown(sentence, shownCharsMax)}</li>`,
    );
  };
  const domains = verifiedDomains(customer);
  if (sender !== undefined) {
    const isContact = customer.contacts.some(
      ({ address }) => normalizeAddress(address) === normalizeAddress(sender),
    );
    const isOwn = domains.includes(domainOf(sender));
    if (isContact) say(true, `${sender} is a contact of the record`);
    else if (isOwn) say(true, `${sender} writes from the customer’s domain`);
    else say(false, `${sender} is not known here`);
  }
  if (notice.subscriptionId !== undefined) {
    const ids = customer.subscriptions.flatMap((one) => [
      one.advisorSubscriptionId,
      one.cspSubscriptionId,
    ]);
    const isOwn = ids.includes(notice.subscriptionId);
    say(
      isOwn,
      isOwn
        ? 'The subscription’s id is in the record'
        : 'The subscription’s id is not in the record',
    );
  }
  if (notice.tenantDomain !== undefined) {
    const isOwn = domains.includes(notice.tenantDomain);
    say(
      isOwn,
      `The notice names ${notice.tenantDomain}${isOwn ? '' : `; the record has ${domains.join(', ') || 'no domain'}`}`,
    );
  }
  if (notice.organization !== undefined) {
    const isSame =
      normalizeOrganization(notice.organization) === normalizeOrganization(customer.name);
    say(isSame, `The notice is for “${notice.organization}”`);
  }
  return lines;
}

/** Search for another customer; the reply is composed anew for it. */
export function chooserView(view: CaseView): Html {
  const { candidates, found, stored } = view;
  const chosen = chosenId(view);
  const others = candidates.filter(({ id }) => id !== chosen);
  return html`${others.length > 0 && html`<p>Perhaps:</p><ul class="plain picks">${others.map(({ id, name }) => pick(view, id, name))}</ul>`}
<form class="row" method="get" action="${pageOf(view)}" role="search" hx-get="/cases/${stored.caseId}/customers" hx-trigger="input delay:250ms" hx-target="#found" hx-swap="innerHTML">
${caseInput(view)}${originInputs(view)}
<label for="find">Name, domain or address</label> <input id="find" name="find" type="search" autocomplete="off" value="${found?.text ?? ''}"><noscript><button>Search</button></noscript></form>
<div id="found" aria-live="polite">${foundView(view)}</div>`;
}

export function foundView(view: CaseView): Content {
  const { found } = view;
  if (found === undefined) return undefined;
  if (found.customers.length === 0) return html`<p class="soft">No customer like that.</p>`;
  return html`<ul class="plain picks">${found.customers.map(({ id, name, tenantDomain }) => pick(view, id, name, tenantDomain))}</ul>`;
}

function pick(view: CaseView, id: string, name: string, domain?: string): Html {
  return html`<li><a class="button" href="${pageWith(view, { customer: id })}">${name} <small>${domain ?? id}</small></a></li>`;
}
