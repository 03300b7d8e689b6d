/**
 * The list of customers.
 */
import type { CustomerLine } from '../../ports/console.ts';
import { type Html, html } from '../html.ts';
import { customerAddress } from './case-list.ts';
import { counted, timeOf } from './times.ts';

export function customerSearch(q: string): Html {
  return html`<form class="card search" role="search" method="get" action="/customers">
<div class="field"><label for="q">Search</label>
<div class="row"><input id="q" name="q" type="search" value="${q}" maxlength="200" class="grow" aria-describedby="q-hint"> <button class="main">Search</button></div>
<div class="hint" id="q-hint">A name, an id, a domain or a contact</div></div></form>`;
}

export function customersAddress(q: string, after?: string): string {
  const query = new URLSearchParams({
    ...(q === '' ? {} : { q }),
    ...(after === undefined ? {} : { after }),
  });
  return query.size === 0 ? '/customers' : `/customers?${query}`;
}

export function customerLines(lines: readonly CustomerLine[], timeZone: string): Html {
  return html`<ul class="card lines">
${lines.map(
  ({
    id,
    name,
    tenantDomain,
    subscriptions,
    updatedAt,
  }) => html`<li><div class="spread"><a class="subject" href="${customerAddress(id)}">${name}</a><span class="soft">${counted(subscriptions, 'subscription')}</span></div>
<div class="soft">${id}${tenantDomain !== undefined && ` · ${tenantDomain}`} · changed ${timeOf(updatedAt, timeZone)}</div></li>
`,
)}</ul>`;
}
